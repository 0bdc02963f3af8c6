//! Where the things that a manifest names stand.

use std::collections::BTreeMap;

use super::Span;

/// The parts of a manifest in which things have names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// `environments`, by their names.
    Environments,
    /// `webhooks`, by their keys.
    Webhooks,
    /// `removed`, which is a list of names.
    Removed,
    /// `policies`, by the ids of the rules.
    Policies,
}

/// Where the things that a manifest names stand. It holds their names and places and nothing else of the manifest, which may
/// be large and is not kept while a plan is made.
#[derive(Clone, Debug, Default)]
pub struct Places(BTreeMap<Section, Vec<(Box<str>, Span)>>);

impl Places {
    /// Takes what a section names. A name that stands there twice keeps its first place.
    pub fn add(&mut self, section: Section, names: impl IntoIterator<Item = (String, Span)>) {
        let named = self.0.entry(section).or_default();
        named.extend(
            names
                .into_iter()
                .map(|(name, span)| (name.into_boxed_str(), span)),
        );
        named.sort();
        named.dedup_by(|again, first| again.0 == first.0);
        named.shrink_to_fit();
    }

    /// Where a section names something; `None` where it does not, and where nothing is known of the manifest.
    pub fn of(&self, section: Section, name: &str) -> Option<Span> {
        let named = self.0.get(&section)?;
        let at = named.binary_search_by(|(known, _)| (**known).cmp(name));
        Some(named[at.ok()?].1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_its_first_place_in_its_own_section() {
        let span = |start| Span {
            start,
            end: start + 1,
            ..Span::default()
        };
        let mut places = Places::default();
        let named = [("b", 7), ("a", 3), ("b", 5)];
        places.add(
            Section::Webhooks,
            named.map(|(name, start)| (name.to_owned(), span(start))),
        );
        assert_eq!(places.of(Section::Webhooks, "a"), Some(span(3)));
        assert_eq!(places.of(Section::Webhooks, "b"), Some(span(5)));
        assert_eq!(places.of(Section::Webhooks, "c"), None);
        assert_eq!(places.of(Section::Removed, "a"), None);
    }
}
