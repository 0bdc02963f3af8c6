//! The order of entries that stand on lines of their own, each with the comments that are about it.
//!
//! Comments right above an entry, and those below it that are indented deeper than it, move with it.
//! Comments with a blank line between them and the first entry are about the whole mapping and stay above
//! it, as do those behind its last entry below it.

use std::{borrow::Cow, collections::BTreeMap, ops::Range};

use yaml_parser::{SyntaxKind, SyntaxNode};

use super::{
    order::{Mentions, order},
    scalars::{key, placed},
};
use crate::manifest::shape::Shape;

/// How editors find the schema of a file: at its top.
const MODELINE: &str = "yaml-language-server:";

/// Puts the lines of a tree's text into the canonical order.
pub(super) fn arrange(root: &SyntaxNode, text: &str) -> String {
    let mut starts = vec![0];
    starts.extend(text.match_indices('\n').map(|(newline, _)| newline + 1));
    let mut arranger = Arranger {
        lines: text.split('\n').collect(),
        starts,
        mentions: Mentions::of(root),
        mappings: BTreeMap::new(),
    };
    arranger.find(root, Some(Shape::manifest()), true);
    let mut out = Vec::with_capacity(arranger.lines.len());
    arranger.emit(0..arranger.lines.len(), false, &mut out);
    out.join("\n")
}

/// A mapping whose entries may change places.
struct Mapping {
    /// How far its entries are indented.
    column: usize,
    /// The lines of each entry, one behind the other, in the order of the text.
    parts: Vec<Part>,
    /// The canonical order of the parts.
    order: Vec<usize>,
    /// Whether its entries are the file's sections, with a blank line between them.
    is_root: bool,
}

/// An entry with its comments.
struct Part {
    lines: Range<usize>,
    /// The line that the entry itself begins at.
    entry: usize,
    /// Whether it ends with a text to which blank lines behind it belong.
    keeps: bool,
}

struct Arranger<'t> {
    lines: Vec<&'t str>,
    /// The byte at which each line begins.
    starts: Vec<usize>,
    mentions: Mentions,
    /// The mappings by their first line. What is inside another begins below it.
    mappings: BTreeMap<usize, Mapping>,
}

impl<'t> Arranger<'t> {
    /// Finds the mappings that are not in order, and the root.
    fn find(&mut self, node: &SyntaxNode, keys: Option<&Shape>, is_root: bool) {
        let mut below = keys;
        match node.kind() {
            // Lists hold nothing that has an order; what is in braces has no lines.
            SyntaxKind::BLOCK_SEQ | SyntaxKind::FLOW => return,
            SyntaxKind::BLOCK_MAP_ENTRY => {
                below = key(node).and_then(|key| keys?.below_key(&key));
            }
            SyntaxKind::BLOCK_MAP => {
                let ordered = keys.map_or(&[][..], Shape::ordered_keys);
                if !ordered.is_empty() {
                    let mapping = self.mapping(node, ordered, is_root);
                    self.mappings.extend(mapping);
                }
            }
            _ => {}
        }
        if below.is_some() {
            let is_root = is_root && node.kind() != SyntaxKind::BLOCK_MAP;
            node.children()
                .for_each(|child| self.find(&child, below, is_root));
        }
    }

    /// A mapping with its first line, where each entry has lines of its own and something is to be done.
    fn mapping(
        &self,
        node: &SyntaxNode,
        keys: &[String],
        is_root: bool,
    ) -> Option<(usize, Mapping)> {
        let is_entry = |child: &SyntaxNode| child.kind() == SyntaxKind::BLOCK_MAP_ENTRY;
        let entries: Vec<SyntaxNode> = node.children().filter(is_entry).collect();
        let placed = placed(&entries, keys);
        let order = order(&placed, &self.mentions);
        if order.is_sorted() && !is_root {
            return None;
        }
        let column = self.column(placed.first()?.range.start)?;
        let mut parts: Vec<Part> = Vec::with_capacity(entries.len());
        for (entry, node) in placed.iter().zip(&entries) {
            if self.column(entry.range.start)? != column {
                return None;
            }
            let line = self.line(entry.range.start);
            let begin = match parts.last() {
                Some(before) => before.lines.end,
                None => self.above(line, is_root),
            };
            let last = self.line(entry.range.end.saturating_sub(1));
            let keeps = keeps(node);
            parts.push(Part {
                entry: line,
                lines: begin..self.below(last, column, keeps),
                keeps,
            });
        }
        let first = parts.first()?.lines.start;
        Some((
            first,
            Mapping {
                column,
                parts,
                order,
                is_root,
            },
        ))
    }

    /// The line that a byte is in.
    fn line(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at) - 1
    }

    /// The column of what begins at this byte, where nothing stands before it on its line.
    fn column(&self, at: usize) -> Option<usize> {
        let line = self.line(at);
        let before = &self.lines[line][..at - self.starts[line]];
        before.trim().is_empty().then_some(before.len())
    }

    /// The first line of what is about the first entry, which begins at this line.
    fn above(&self, line: usize, is_root: bool) -> usize {
        let is_modeline = |line: &str| is_root && line.contains(MODELINE);
        let mut first = line;
        while let Some(above) = first.checked_sub(1).map(|above| self.lines[above]) {
            if !above.trim_start().starts_with('#') || is_modeline(above) {
                break;
            }
            first -= 1;
        }
        first
    }

    /// The line behind an entry whose last line this is, and behind the comments that are about it.
    fn below(&self, last: usize, column: usize, keeps: bool) -> usize {
        let mut end = last + 1;
        for (number, line) in self.lines.iter().enumerate().skip(end) {
            let content = line.trim_start();
            let is_deeper = content.starts_with('#') && line.len() - content.len() > column;
            if is_deeper
                || (keeps && content.is_empty() && number == end && number + 1 < self.lines.len())
            {
                end = number + 1;
            } else if !content.is_empty() {
                break;
            }
        }
        end
    }

    /// Gives lines out, those of mappings in their canonical order. `inside`: the first line is that of
    /// an entry of the mapping that begins there.
    fn emit(&self, lines: Range<usize>, inside: bool, out: &mut Vec<Cow<'t, str>>) {
        let mut line = lines.start;
        while line < lines.end {
            let begins = self.mappings.get(&line);
            let Some(mapping) = begins.filter(|_| !(inside && line == lines.start)) else {
                out.push(self.lines[line].into());
                line += 1;
                continue;
            };
            let mut may_separate = false;
            for part in mapping.order.iter().map(|index| &mapping.parts[*index]) {
                let separated = self.lines[part.lines.start].trim().is_empty();
                if mapping.is_root && may_separate && !separated {
                    out.push("".into());
                }
                may_separate = !part.keeps;
                // Comments that are indented deeper would become part of a text they come to stand below.
                let above = part.lines.start..part.entry;
                out.extend(above.map(|line| match self.lines[line].trim_start() {
                    "" => Cow::Borrowed(""),
                    comment => format!("{}{comment}", " ".repeat(mapping.column)).into(),
                }));
                self.emit(part.entry..part.lines.end, true, out);
            }
            line = mapping
                .parts
                .last()
                .map_or(lines.end, |part| part.lines.end);
        }
    }
}

/// Whether an entry ends with a block scalar that keeps the blank lines behind it.
fn keeps(entry: &SyntaxNode) -> bool {
    let mut scalars = entry
        .descendants()
        .filter(|node| node.kind() == SyntaxKind::BLOCK_SCALAR);
    let last = scalars.by_ref().last();
    last.is_some_and(|scalar| {
        scalar.text_range().end() == entry.text_range().end()
            && scalar
                .descendants_with_tokens()
                .any(|element| element.kind() == SyntaxKind::PLUS)
    })
}
