//! In which order the entries of a mapping may stand.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    ops::Range,
};

use yaml_parser::{SyntaxKind, SyntaxNode};

/// An anchor or an alias.
#[derive(Clone, Copy, Debug)]
struct Mention {
    /// Which of the names it is.
    name: usize,
    at: usize,
    is_anchor: bool,
}

/// All anchors and aliases of a text, in its order.
#[derive(Debug)]
pub(super) struct Mentions(Vec<Mention>);

impl Mentions {
    pub(super) fn of(root: &SyntaxNode) -> Self {
        let mut names = HashMap::new();
        let tokens = root.descendants_with_tokens();
        let tokens = tokens.filter_map(|element| element.into_token());
        Self(
            tokens
                .filter(|token| token.kind() == SyntaxKind::ANCHOR_NAME)
                .map(|token| {
                    let next = names.len();
                    let name = *names.entry(token.text().to_owned()).or_insert(next);
                    let parent = token.parent().map(|parent| parent.kind());
                    Mention {
                        name,
                        at: token.text_range().start().into(),
                        is_anchor: parent == Some(SyntaxKind::ANCHOR_PROPERTY),
                    }
                })
                .collect(),
        )
    }

    fn within(&self, range: &Range<usize>) -> &[Mention] {
        let first = self.0.partition_point(|one| one.at < range.start);
        let end = self.0.partition_point(|one| one.at < range.end);
        &self.0[first..end]
    }
}

/// An entry of a mapping: what its order depends on.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its place among the keys; `None` for a `<<`, over which nothing moves.
    pub(super) place: Option<usize>,
    /// The bytes it has in the text.
    pub(super) range: Range<usize>,
}

/// The canonical order of entries, as indices into them: that of their places as far as `<<` and
/// anchors allow. Whoever comes first stays first among equals, so that ordering twice is ordering once.
pub(super) fn order(entries: &[Entry], mentions: &Mentions) -> Vec<usize> {
    let mut ordered = Vec::with_capacity(entries.len());
    let mut begin = 0;
    for end in 0..=entries.len() {
        if entries.get(end).is_some_and(|entry| entry.place.is_some()) {
            continue;
        }
        between_merges(entries, begin..end, mentions, &mut ordered);
        if end < entries.len() {
            ordered.push(end);
        }
        begin = end + 1;
    }
    ordered
}

fn between_merges(
    entries: &[Entry],
    which: Range<usize>,
    mentions: &Mentions,
    ordered: &mut Vec<usize>,
) {
    let mut waits = Waits::of(entries, which.clone(), mentions);
    // Of those that wait for nobody, the one with the first place is next.
    let rank = |entry: usize| Reverse((entries[entry].place, entry));
    let free = which.filter(|entry| !waits.count.contains_key(entry));
    let mut free: BinaryHeap<_> = free.map(rank).collect();
    while let Some(Reverse((_, entry))) = free.pop() {
        ordered.push(entry);
        free.extend(waits.passed(entry).into_iter().map(rank));
    }
}

/// Entries that must stay behind others, as they mention what those name, or name anew what those mention.
///
/// Only the nearest are counted: each that mentions a name stays behind the anchor before it, and each anchor behind
/// all that mentioned its name since the last one. So this takes as long as there are mentions.
#[derive(Default)]
struct Waits {
    /// How many others each waits for.
    count: HashMap<usize, usize>,
    /// Who waits for each.
    behind: HashMap<usize, Vec<usize>>,
}

impl Waits {
    fn of(entries: &[Entry], which: Range<usize>, mentions: &Mentions) -> Self {
        let mut waits = Self::default();
        // For each name, the last entry that has it as an anchor, and those that mentioned it since.
        let mut names: HashMap<usize, (Option<usize>, Vec<usize>)> = HashMap::new();
        for later in which {
            for mention in mentions.within(&entries[later].range) {
                let (anchor, since) = names.entry(mention.name).or_default();
                if let Some(earlier) = *anchor {
                    waits.add(earlier, later);
                }
                if mention.is_anchor {
                    for earlier in since.drain(..) {
                        waits.add(earlier, later);
                    }
                    *anchor = Some(later);
                } else {
                    since.push(later);
                }
            }
        }
        waits
    }

    fn add(&mut self, earlier: usize, later: usize) {
        if earlier != later {
            *self.count.entry(later).or_default() += 1;
            self.behind.entry(earlier).or_default().push(later);
        }
    }

    /// Those that no longer wait for anybody once this one has its place.
    fn passed(&mut self, earlier: usize) -> Vec<usize> {
        let mut behind = self.behind.remove(&earlier).unwrap_or_default();
        behind.retain(|later| {
            let Some(count) = self.count.get_mut(later) else {
                return false;
            };
            *count -= 1;
            *count == 0
        });
        behind
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An entry: its place among the keys, and the names it mentions, with whether it gives them.
    type Shape = (usize, Vec<(usize, bool)>);

    fn mention(name: usize, at: usize, is_anchor: bool) -> Mention {
        Mention {
            name,
            at,
            is_anchor,
        }
    }

    /// As the rule says it: of those behind no other that is left, the one with the first place.
    fn by_the_rule(entries: &[Entry], mentions: &Mentions) -> Vec<usize> {
        let bound = |earlier: usize, later: usize| {
            let of = |entry: usize| mentions.within(&entries[entry].range);
            of(earlier).iter().any(|one| {
                let mut same = of(later).iter().filter(|other| other.name == one.name);
                same.any(|other| one.is_anchor || other.is_anchor)
            })
        };
        let mut left: Vec<usize> = (0..entries.len()).collect();
        let mut ordered = Vec::new();
        while !left.is_empty() {
            let is_free = |entry: &usize| {
                let mut before = left.iter().take_while(|other| *other != entry);
                !before.any(|earlier| bound(*earlier, *entry))
            };
            let free = left.iter().copied().filter(is_free);
            let next = free
                .min_by_key(|entry| (entries[*entry].place, *entry))
                .unwrap();
            left.retain(|entry| *entry != next);
            ordered.push(next);
        }
        ordered
    }

    proptest::proptest! {
        #[test]
        fn what_mentions_a_name_stays_behind_its_anchor(
            all in proptest::collection::vec(
                (0..4_usize, proptest::collection::vec((0..3_usize, proptest::bool::ANY), 0..4)),
                0..9,
            ),
        ) {
            let entry = |(at, (place, _)): (usize, &(usize, _))| Entry {
                place: Some(*place),
                range: at * 10..at * 10 + 10,
            };
            let entries: Vec<Entry> = all.iter().enumerate().map(entry).collect();
            let of = |(at, (_, own)): (usize, &Shape)| {
                let own = own.iter().enumerate();
                own.map(|(nth, (name, anchor))| mention(*name, at * 10 + nth, *anchor))
                    .collect::<Vec<_>>()
            };
            let mentions = Mentions(all.iter().enumerate().flat_map(of).collect());
            proptest::prop_assert_eq!(order(&entries, &mentions), by_the_rule(&entries, &mentions));
        }
    }

    #[test]
    fn a_hundred_thousand_entries_are_ordered() {
        let entries: Vec<Entry> = (0..100_000)
            .map(|at| Entry {
                place: Some(100_000 - at),
                range: at..at + 1,
            })
            .collect();
        let ordered = order(&entries, &Mentions(Vec::new()));
        assert!(ordered.into_iter().eq((0..100_000).rev()));
    }
}
