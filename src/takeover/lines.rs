//! Where lines and entries of a file begin and end, and how its webhooks are written.

use super::{insert::File, render::Style};
use crate::manifest::{Entry, Shape};

impl File<'_> {
    /// Whether most webhooks have a blank line between them.
    pub(super) fn are_apart(&self, own: &[&Entry]) -> bool {
        let gaps = own.windows(2).map(|pair| {
            let end = self.end_of_entry(pair[0].key_at.start);
            let gap = self.text.get(end..pair[1].key_at.start).unwrap_or_default();
            gap.lines()
                .any(|line| line.trim().is_empty() && !line.starts_with(' '))
        });
        let (mut with, mut without) = (0, 0);
        for gap in gaps {
            match gap {
                true => with += 1,
                false => without += 1,
            }
        }
        with > without
    }

    /// How the webhooks are written; `None`: each in braces, on a line of its own.
    pub(super) fn style(&self, own: &[&Entry], margin: usize) -> Option<Style> {
        let in_braces = |entry: &Entry| self.text[entry.value_at.start..].starts_with('{');
        let braces = own.iter().filter(|entry| in_braces(entry)).count();
        if braces * 2 > own.len() {
            return None;
        }
        let mut style = Style::default();
        let fields = || {
            own.iter()
                .filter(|entry| !in_braces(entry))
                .flat_map(|entry| {
                    let inside = |field: &&Entry| entry.value_at.contains(&field.key_at.start);
                    match &entry.value {
                        Shape::Map(fields) => fields.iter().filter(inside).collect(),
                        Shape::List | Shape::Scalar => Vec::new(),
                    }
                })
        };
        if let Some(field) = fields().next() {
            let column = self.column(field.key_at.start);
            style.indent = column.saturating_sub(margin).max(1);
        }
        let lists: Vec<&Entry> = fields()
            .filter(|field| field.value == Shape::List)
            .collect();
        let in_brackets = |field: &&&Entry| self.text[field.value_at.start..].starts_with('[');
        let flow = lists.iter().filter(in_brackets).count();
        style.flow = flow * 2 >= lists.len();
        if let Some(block) = lists.iter().find(|list| !in_brackets(list)) {
            let behind = &self.text[block.key_at.end..];
            let dash = behind
                .lines()
                .find(|line| line.trim_start().starts_with('-'));
            let dash = dash.map_or(0, |line| line.len() - line.trim_start().len());
            style.indented_lists = dash > self.column(block.key_at.start);
        }
        Some(style)
    }

    /// Where the entry ends whose key begins here: behind the last line that stands further right.
    pub(super) fn end_of_entry(&self, key: usize) -> usize {
        let margin = self.column(key);
        let mut end = self.line_end(key);
        let mut at = end;
        while at < self.text.len() {
            let next = self.line_end(at);
            let line = &self.text[at..next];
            let content = line.trim_start_matches(' ');
            let indent = line.len() - content.len();
            // A list may stand no further right than its key.
            let is_inside = indent > margin || (indent == margin && content.starts_with("- "));
            match content.trim_end() {
                "" => {}
                _ if is_inside => end = next,
                comment if comment.starts_with('#') => {}
                _ => break,
            }
            at = next;
        }
        end
    }

    /// Where the comments begin that stand directly above this place; else the line itself.
    pub(super) fn with_comments(&self, place: usize) -> usize {
        let mut at = self.line_start(place);
        while at > 0 {
            let before = self.line_start(at - 1);
            if !self.text[before..at].trim_start().starts_with('#') {
                break;
            }
            at = before;
        }
        at
    }

    /// What ends a last line that has no newline.
    pub(super) fn break_before(&self, at: usize) -> &'static str {
        match self.text[..at].ends_with('\n') {
            true => "",
            false => "\n",
        }
    }

    pub(super) fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |newline| newline + 1)
    }

    /// Behind the newline that ends the line, or the end.
    pub(super) fn line_end(&self, at: usize) -> usize {
        let newline = self.text[at..].find('\n');
        newline.map_or(self.text.len(), |newline| at + newline + 1)
    }

    pub(super) fn column(&self, at: usize) -> usize {
        let line = &self.text[self.line_start(at)..at];
        line.trim_start_matches('\u{feff}').len()
    }
}
