//! Declarations → an existing manifest, of which every other byte stays.
//!
//! Lines are put in whole, so comments, blank lines, quotes and order of what is there cannot change.
//! A comment belongs to the entry it stands directly above, or to the one it stands in by its indent.

use std::ops::Range;

use super::{
    declare::Declaration,
    render::{self, Quotes},
};
use crate::manifest::{Entry, Shape, outline};

/// The key that webhooks stand under.
const WEBHOOKS: &str = "webhooks";
/// The key before which they stand best.
const REMOVED: &str = "removed";

/// Why nothing was put in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotInserted {
    /// The text is no manifest.
    #[error("it cannot be read")]
    Unreadable,
    /// The webhooks are written in a way that is not added to.
    #[error("its webhooks are written in a way that `import` does not add to")]
    Unknown,
}

/// Text that is put in at a place, which may replace what stands there.
struct Edit {
    at: Range<usize>,
    text: String,
}

/// Adds webhooks to the text of a manifest, in its own style: at their place where its keys are in
/// order, else behind the last.
///
/// # Errors
///
/// The text is written in a way that is not added to.
pub fn insert(text: &str, webhooks: &[Declaration]) -> Result<String, NotInserted> {
    let root = outline(text).ok_or(NotInserted::Unreadable)?;
    let file = File {
        text,
        newline: if text.contains("\r\n") { "\r\n" } else { "\n" },
    };
    let mut edits = file.edits(&root, webhooks)?;
    // From the end, so that places stay what they are; what goes to one place keeps its order.
    edits.reverse();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.at.start));
    let mut whole = text.to_owned();
    for edit in edits {
        let text = edit.text.replace('\n', file.newline);
        whole.replace_range(edit.at, &text);
    }
    Ok(whole)
}

pub(super) struct File<'t> {
    pub(super) text: &'t str,
    newline: &'static str,
}

impl Edit {
    fn at(place: usize, text: String) -> Self {
        Self {
            at: place..place,
            text,
        }
    }
}

impl File<'_> {
    fn edits(&self, root: &[Entry], webhooks: &[Declaration]) -> Result<Vec<Edit>, NotInserted> {
        let in_braces = |at: usize| self.text[at..].starts_with('{');
        let first = root.first().ok_or(NotInserted::Unreadable)?;
        let root_in_braces = self.text[..first.key_at.start].trim_end().ends_with('{');
        let Some(section) = root.iter().find(|entry| entry.key == WEBHOOKS) else {
            return match root_in_braces {
                true => Err(NotInserted::Unknown),
                false => Ok(vec![self.section(root, webhooks)]),
            };
        };
        let Shape::Map(entries) = &section.value else {
            return Err(NotInserted::Unknown);
        };
        // An alias stands elsewhere.
        if section.value_at.start < section.key_at.end {
            return Err(NotInserted::Unknown);
        }
        match (entries.as_slice(), in_braces(section.value_at.start)) {
            ([], true) if !root_in_braces => Ok(self.instead_of_braces(section, webhooks)),
            (_, true) => Ok(self.in_braces(section, entries, webhooks)),
            (_, false) => self.in_block(section, entries, webhooks),
        }
    }

    /// A section where there is none: before what is removed, or at the end.
    fn section(&self, root: &[Entry], webhooks: &[Declaration]) -> Edit {
        let body = format!("{WEBHOOKS}:\n{}", render::webhooks(webhooks, 2));
        if let Some(removed) = root.iter().find(|entry| entry.key == REMOVED) {
            let at = self.with_comments(removed.key_at.start);
            return Edit::at(at, format!("{body}\n"));
        }
        let last = root.iter().map(|entry| entry.key_at.start).max();
        let at = self.end_of_entry(last.unwrap_or_default());
        Edit::at(at, format!("{}\n{body}", self.break_before(at)))
    }

    /// Block entries in place of `{}`, below the rest of its line.
    fn instead_of_braces(&self, section: &Entry, webhooks: &[Declaration]) -> Vec<Edit> {
        let braces = &section.value_at;
        let before = self.text[..braces.start].trim_end_matches(' ').len();
        let end = self.line_end(braces.end);
        let margin = self.column(section.key_at.start) + 2;
        let entries = render::webhooks(webhooks, margin);
        let entries = format!("{}{entries}", self.break_before(end));
        vec![
            Edit {
                at: before..braces.end,
                text: String::new(),
            },
            Edit::at(end, entries),
        ]
    }

    /// More entries before a closing brace.
    fn in_braces(&self, section: &Entry, entries: &[Entry], webhooks: &[Declaration]) -> Vec<Edit> {
        let quotes = match self.text[..section.key_at.end].ends_with('"') {
            true => Quotes::Always,
            false => Quotes::Needed,
        };
        let written: Vec<String> = webhooks
            .iter()
            .map(|one| render::webhook_in_braces(one, quotes))
            .collect();
        let Some(last) = entries.iter().max_by_key(|entry| entry.key_at.start) else {
            let at = section.value_at.end - 1;
            return vec![Edit::at(at, format!(" {} ", written.join(", ")))];
        };
        let own_line = self.text[self.line_start(last.key_at.start)..last.key_at.start]
            .trim()
            .is_empty();
        let gap = match own_line {
            true => format!("\n{}", " ".repeat(self.column(last.key_at.start))),
            false => " ".to_owned(),
        };
        let written = written.join(&format!(",{gap}"));
        let end = last.value_at.end.max(last.key_at.end);
        let behind = self.text[end..].find(|c: char| !c.is_whitespace());
        let comma = behind.filter(|at| self.text[end + at..].starts_with(','));
        let after = comma.map_or(end, |comma| end + comma + 1);
        // A comment behind the last entry stays with it.
        let rest = self.text[after..self.line_end(after)].trim_end();
        let place = match rest.trim_start().starts_with('#') && own_line {
            true => after + rest.len(),
            false => after,
        };
        match comma {
            Some(_) => vec![Edit::at(place, format!("{gap}{written},"))],
            None => vec![
                Edit::at(end, ",".to_owned()),
                Edit::at(place, format!("{gap}{written}")),
            ],
        }
    }

    fn in_block(
        &self,
        section: &Entry,
        entries: &[Entry],
        webhooks: &[Declaration],
    ) -> Result<Vec<Edit>, NotInserted> {
        // What a merge key takes from elsewhere stands elsewhere.
        let mut own: Vec<&Entry> = entries
            .iter()
            .filter(|entry| section.value_at.contains(&entry.key_at.start))
            .collect();
        own.sort_by_key(|entry| entry.key_at.start);
        let Some(first) = own.first() else {
            return Err(NotInserted::Unknown);
        };
        let margin = self.column(first.key_at.start);
        let alone = |entry: &&Entry| {
            let start = entry.key_at.start;
            self.text[self.line_start(start)..start]
                .chars()
                .all(|c| c == ' ')
                && self.column(start) == margin
        };
        if !own.iter().all(alone) {
            return Err(NotInserted::Unknown);
        }
        let sorted = own.len() > 1 && own.is_sorted_by(|a, b| a.key < b.key);
        let blank = if self.are_apart(&own) { "\n" } else { "" };
        let style = self.style(&own, margin);
        let edits = webhooks.iter().map(|one| {
            let body = match style {
                Some(style) => render::webhook(one, margin, style),
                None => {
                    let braces = render::webhook_in_braces(one, Quotes::Needed);
                    format!("{}{braces}\n", " ".repeat(margin))
                }
            };
            match own.iter().position(|entry| sorted && entry.key > one.key) {
                Some(0) => Edit::at(self.with_comments(first.key_at.start), body + blank),
                next => {
                    let before = own[next.unwrap_or(own.len()) - 1];
                    let at = self.end_of_entry(before.key_at.start);
                    Edit::at(at, format!("{}{blank}{body}", self.break_before(at)))
                }
            }
        });
        Ok(self.one_break(edits.collect()))
    }

    /// What several edits at the end of a file without a last newline need but once.
    fn one_break(&self, mut edits: Vec<Edit>) -> Vec<Edit> {
        let end = self.text.len();
        if !self.text.ends_with('\n') {
            let mut behind = edits.iter_mut().filter(|edit| edit.at.start == end);
            behind.next();
            for edit in behind {
                edit.text.remove(0);
            }
        }
        edits
    }
}
