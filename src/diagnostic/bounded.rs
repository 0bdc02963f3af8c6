//! Findings within bounds: the first of each kind in each file, and how many more there are.
//!
//! A file of a few hundred kilobytes can be wrong in a hundred thousand places, and each finding
//! repeats what is known of its place. Nobody reads so many.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use super::{Code, Diagnostic, Severity, SourceId, Span};

/// How many findings of one code in one file are kept. Of all others only the number is.
pub const MOST_OF_A_KIND: usize = 1_000;

/// The first of what was found of one kind, in order, and how many different ones lie beyond.
#[derive(Clone, Debug)]
pub(crate) struct First<K, V> {
    kept: BTreeMap<K, V>,
    /// The hashes of those that are not kept: the same may be found again.
    beyond: BTreeSet<u64>,
}

impl<K, V> Default for First<K, V> {
    fn default() -> Self {
        Self {
            kept: BTreeMap::new(),
            beyond: BTreeSet::new(),
        }
    }
}

impl<K: Ord + Hash, V: Default> First<K, V> {
    /// What is kept for a finding; `None` where it lies beyond and is only counted.
    pub(crate) fn entry(&mut self, key: K) -> Option<&mut V> {
        if self.kept.len() < MOST_OF_A_KIND || self.kept.contains_key(&key) {
            return Some(self.kept.entry(key).or_default());
        }
        let is_last = self
            .kept
            .last_key_value()
            .is_none_or(|(last, _)| *last < key);
        if is_last {
            self.beyond.insert(hash(&key));
            return None;
        }
        if let Some((last, _)) = self.kept.pop_last() {
            self.beyond.insert(hash(&last));
        }
        Some(self.kept.entry(key).or_default())
    }

    /// What is kept, in order, and how many lie beyond.
    pub(crate) fn into_parts(self) -> (BTreeMap<K, V>, usize) {
        (self.kept, self.beyond.len())
    }
}

fn hash(key: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// Diagnostics of a run: of each code in each file the first [`MOST_OF_A_KIND`], and a count.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    kinds: BTreeMap<(SourceId, Code), Kind>,
}

#[derive(Clone, Debug, Default)]
struct Kind {
    first: First<Diagnostic, ()>,
    /// How many more were counted elsewhere.
    more: usize,
}

impl Diagnostics {
    /// Adds a finding. The same one again adds nothing.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        let place = diagnostic.primary.span.source;
        let kind = self.kinds.entry((place, diagnostic.code)).or_default();
        kind.first.entry(diagnostic);
    }

    /// Adds how many more of a kind there are than were pushed.
    pub(crate) fn count(&mut self, source: SourceId, code: Code, more: usize) {
        if more == 0 {
            return;
        }
        self.kinds.entry((source, code)).or_default().more += more;
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// The codes that were found, each with the file that it was found in.
    pub fn kinds(&self) -> impl Iterator<Item = (SourceId, Code)> {
        self.kinds.keys().copied()
    }

    /// Whether something was found that is an error by its code.
    pub fn has_errors(&self) -> bool {
        self.kinds()
            .any(|(_, code)| code.severity() == Severity::Error)
    }

    /// Adds what others found.
    pub fn append(&mut self, more: Self) {
        for ((source, code), kind) in more.kinds {
            let (kept, beyond) = kind.first.into_parts();
            self.count(source, code, beyond + kind.more);
            self.extend(kept.into_keys());
        }
    }

    /// Leaves out all findings of these codes.
    pub(crate) fn forget(&mut self, codes: &[Code]) {
        self.kinds.retain(|(_, code), _| !codes.contains(code));
    }

    /// Leaves out what does not pass.
    pub(crate) fn retain(&mut self, mut passes: impl FnMut(&Diagnostic) -> bool) {
        for kind in self.kinds.values_mut() {
            kind.first.kept.retain(|diagnostic, ()| passes(diagnostic));
        }
    }

    /// Everything in reading order. Where there are more of a kind than are kept, the last is one that
    /// stands for all of those.
    pub fn into_sorted(self) -> Vec<Diagnostic> {
        let mut all = Vec::new();
        for ((_, code), kind) in self.kinds {
            let (kept, beyond) = kind.first.into_parts();
            let last = kept
                .last_key_value()
                .map(|(last, ())| (last.primary.span, last.severity));
            all.extend(kept.into_keys());
            if let Some((span, severity)) = last
                && beyond + kind.more > 0
            {
                all.push(rest(code, severity, span, beyond + kind.more));
            }
        }
        all.sort();
        all
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<T: IntoIterator<Item = Diagnostic>>(&mut self, more: T) {
        more.into_iter()
            .for_each(|diagnostic| self.push(diagnostic));
    }
}

/// What stands for the findings that are not shown.
fn rest(code: Code, severity: Severity, last: Span, count: usize) -> Diagnostic {
    let message = match count {
        1 => "one more finding of this kind in this file is not shown".to_owned(),
        _ => format!("{count} more findings of this kind in this file are not shown"),
    };
    let mut rest = Diagnostic::new(code, last, message)
        .label("the last that is shown")
        .help("mend what is shown, then check again");
    rest.severity = severity;
    rest.stands_for = u32::try_from(count).unwrap_or(u32::MAX);
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(start: u32) -> Diagnostic {
        let span = Span {
            start,
            end: start + 1,
            ..Span::default()
        };
        Diagnostic::new(Code::UnknownKey, span, "unknown")
    }

    #[test]
    fn the_first_in_reading_order_are_kept_and_the_rest_is_counted() {
        let mut found = Diagnostics::default();
        // Backwards, and each twice.
        for start in (0..3_000).rev().chain(0..3_000) {
            found.push(at(start));
        }
        let all = found.into_sorted();
        assert_eq!(all.len(), MOST_OF_A_KIND + 1);
        let shown = all[..MOST_OF_A_KIND]
            .iter()
            .map(|one| one.primary.span.start);
        assert!(shown.eq(0..1_000));
        assert_eq!(all[MOST_OF_A_KIND].stands_for, 2_000);
        let total: u32 = all.iter().map(|one| one.stands_for).sum();
        assert_eq!(total, 3_000);
    }

    #[test]
    fn no_more_than_are_kept_need_no_count() {
        let mut found = Diagnostics::default();
        found.extend((0..1_000).map(at));
        assert!(found.into_sorted().iter().all(|one| one.stands_for == 1));
    }
}
