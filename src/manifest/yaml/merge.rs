//! Keys of a mapping: merged with `<<`, and none twice.

use std::collections::HashMap;

use super::{Builder, Node, Plain, Value};
use crate::diagnostic::{Code, Diagnostic, quoted};

type Entry<'s> = (Node<'s>, Node<'s>);

/// Up to so many keys, comparing each with each costs less than a table.
const FEW: usize = 16;

impl<'s> Builder<'s> {
    /// Resolves merge keys (`<<`) and drops repeated keys, reporting each with both places.
    pub(super) fn merged(&mut self, entries: Vec<Entry<'s>>) -> Vec<Entry<'s>> {
        let merges = entries.iter().any(|(key, _)| is_merge(key));
        if !merges && !repeats(&entries) {
            return entries;
        }
        let mut places: HashMap<String, usize> = HashMap::with_capacity(entries.len());
        let mut kept: Vec<Entry<'s>> = Vec::with_capacity(entries.len());
        let mut merged = Vec::new();
        for (key, value) in entries {
            let name = key.scalar().unwrap_or_default();
            if is_merge(&key) {
                merged.push(value);
            } else if let Some(first) = places.get(name) {
                let diagnostic = Diagnostic::new(
                    Code::DuplicateKey,
                    key.span(self.source),
                    format!("the key {} is defined twice", quoted(name)),
                )
                .label("defined again here")
                .related(kept[*first].0.span(self.source), "first defined here")
                .help("keep one of the two");
                self.parsed.diagnostics.push(diagnostic);
                self.parsed.lost |= self.stack.is_empty();
            } else {
                places.insert(name.to_owned(), kept.len());
                kept.push((key, value));
            }
        }
        for merge in merged {
            let maps = match merge.value {
                Value::List(items) => items.into_vec(),
                _ => vec![merge],
            };
            for map in maps {
                self.merge(map, &mut places, &mut kept);
            }
        }
        kept
    }

    /// Adds the keys of one mapping that are not there yet: earlier ones win.
    fn merge(
        &mut self,
        map: Node<'s>,
        places: &mut HashMap<String, usize>,
        kept: &mut Vec<Entry<'s>>,
    ) {
        let span = map.span(self.source);
        let Value::Map(entries) = map.value else {
            let diagnostic = Diagnostic::new(
                Code::WrongType,
                span,
                "only a mapping can be merged with `<<`",
            )
            .help("name an anchor that stands at a mapping");
            self.parsed.diagnostics.push(diagnostic);
            return;
        };
        for (key, value) in entries {
            let name = key.scalar().unwrap_or_default();
            if !places.contains_key(name) {
                places.insert(name.to_owned(), kept.len());
                kept.push((key, value));
            }
        }
    }
}

fn is_merge(key: &Node<'_>) -> bool {
    matches!(key.value, Value::Text("<<", Plain::Yes))
}

fn repeats(entries: &[Entry<'_>]) -> bool {
    if entries.len() <= FEW {
        return entries.iter().enumerate().any(|(index, (key, _))| {
            let written = key.scalar();
            entries[..index]
                .iter()
                .any(|(earlier, _)| earlier.scalar() == written)
        });
    }
    let mut seen = std::collections::HashSet::with_capacity(entries.len());
    !entries.iter().all(|(key, _)| seen.insert(key.scalar()))
}
