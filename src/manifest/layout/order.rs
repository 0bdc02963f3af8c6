//! In which order the entries of a mapping may stand.

use std::{collections::HashMap, ops::Range};

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
    let mut left: Vec<usize> = which.collect();
    while !left.is_empty() {
        // The first of those that are left waits for nobody, so there is always one.
        let next = (0..left.len())
            .filter(|at| {
                let own = mentions.within(&entries[left[*at]].range);
                let before = &left[..*at];
                let mut others = before.iter().map(|one| &entries[*one].range);
                !others.any(|range| bound(mentions.within(range), own))
            })
            .min_by_key(|at| (entries[left[*at]].place, *at));
        ordered.push(left.remove(next.unwrap_or_default()));
    }
}

/// Whether two entries must keep their order: one names what the other mentions.
fn bound(earlier: &[Mention], later: &[Mention]) -> bool {
    earlier.iter().any(|one| {
        let mut same = later.iter().filter(|other| other.name == one.name);
        same.any(|other| one.is_anchor || other.is_anchor)
    })
}
