//! Texts that diagnostics point into.

use std::{ops::Range, sync::OnceLock};

/// Which of a run's sources a span points into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(u32);

impl From<u32> for SourceId {
    fn from(index: u32) -> Self {
        Self(index)
    }
}

impl From<SourceId> for u32 {
    fn from(id: SourceId) -> Self {
        id.0
    }
}

/// A range of bytes in one source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The source.
    pub source: SourceId,
    /// The first byte.
    pub start: u32,
    /// The byte behind the last one.
    pub end: u32,
}

impl Span {
    /// The beginning of a source.
    pub fn beginning(source: SourceId) -> Self {
        Self {
            source,
            start: 0,
            end: 0,
        }
    }

    /// The bytes as a range.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// A part of this span: `length` bytes from `offset`, both kept inside it.
    pub fn part(self, offset: usize, length: usize) -> Self {
        let within = |n: usize| {
            u32::try_from(n)
                .unwrap_or(u32::MAX)
                .min(self.end - self.start)
        };
        Self {
            source: self.source,
            start: self.start + within(offset),
            end: self.start + within(offset.saturating_add(length)),
        }
    }

    /// Whether the two have a byte in common.
    pub fn overlaps(self, other: Self) -> bool {
        self.source == other.source && self.start < other.end && other.start < self.end
    }
}

/// A line and a column, both from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// A text with the label it is known by: a path, or `<stdin>`.
#[derive(Clone, Debug)]
pub struct Source {
    /// What people know it by.
    pub label: String,
    /// Its path from its repository's root on, where it has one.
    path: Option<String>,
    /// Its text; where its bytes are no text, with `U+FFFD` in their place.
    pub text: String,
    /// The first byte that is no text.
    not_text: Option<usize>,
    /// Where each line begins; found when it is first asked for.
    lines: OnceLock<Vec<u32>>,
    /// How many characters begin before each block of [`BLOCK`] bytes; found when it is first asked for.
    characters: OnceLock<Vec<usize>>,
}

/// So many bytes are counted at most to find a column, however long its line is.
const BLOCK: usize = 1_024;

impl Source {
    /// A source of this text.
    pub fn new(label: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            path: None,
            text: text.into(),
            not_text: None,
            lines: OnceLock::new(),
            characters: OnceLock::new(),
        }
    }

    /// A source of these bytes, which should be UTF-8.
    pub fn from_bytes(label: impl Into<String>, bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => Self::new(label, text),
            Err(err) => Self {
                not_text: Some(err.utf8_error().valid_up_to()),
                ..Self::new(label, String::from_utf8_lossy(err.as_bytes()))
            },
        }
    }

    /// The same, with its path from its repository's root on.
    #[must_use]
    pub fn in_repository(self, path: Option<String>) -> Self {
        Self { path, ..self }
    }

    /// What forges know it by: its path from its repository's root on, or else its label.
    pub fn path(&self) -> &str {
        self.path.as_deref().unwrap_or(&self.label)
    }

    /// Where the text stops being what was read: the first byte that is not UTF-8.
    pub fn not_text(&self) -> Option<usize> {
        self.not_text
    }

    /// The position of a byte offset. Offsets beyond the end are the end.
    pub fn position(&self, offset: usize) -> Position {
        let offset = self.text.floor_char_boundary(offset);
        let line = self.line(offset);
        let start = self.line_range(line).start;
        Position {
            line,
            column: self.characters_before(offset) - self.characters_before(start) + 1,
        }
    }

    /// The line, from 1, that a byte offset is in.
    pub fn line(&self, offset: usize) -> usize {
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        self.lines()
            .partition_point(|start| *start <= offset)
            .max(1)
    }

    /// How many lines there are; a newline at the very end begins none.
    pub fn line_count(&self) -> usize {
        self.lines().len()
    }

    /// The bytes of a line without what ends it. Lines beyond the last are empty, at the end.
    pub fn line_range(&self, line: usize) -> Range<usize> {
        let end = self.text.len();
        let begin = |line: usize| {
            self.lines()
                .get(line)
                .map_or(end, |start| (*start as usize).min(end))
        };
        let range = begin(line.saturating_sub(1))..begin(line);
        let text = self.text[range.clone()].trim_end_matches(['\n', '\r']);
        range.start..range.start + text.len()
    }

    fn characters_before(&self, offset: usize) -> usize {
        let bytes = self.text.as_bytes();
        let blocks = self.characters.get_or_init(|| {
            let mut before = 0;
            let counted = bytes.chunks(BLOCK).map(|block| {
                let begin = before;
                before += beginnings(block);
                begin
            });
            counted.collect()
        });
        let block = offset / BLOCK;
        // Where the text ends at the end of a block, no other one begins.
        match blocks.get(block) {
            Some(before) => before + beginnings(&bytes[block * BLOCK..offset]),
            None => blocks.last().map_or(0, |before| {
                before + beginnings(&bytes[(blocks.len() - 1) * BLOCK..])
            }),
        }
    }

    fn lines(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let starts = self
                .text
                .bytes()
                .enumerate()
                .filter(|(at, byte)| *byte == b'\n' && at + 1 < self.text.len())
                .map(|(at, _)| u32::try_from(at + 1).unwrap_or(u32::MAX));
            std::iter::once(0).chain(starts).collect()
        })
    }
}

/// How many characters begin in these bytes of a text.
fn beginnings(bytes: &[u8]) -> usize {
    let continues = |byte: &&u8| **byte & 0b1100_0000 == 0b1000_0000;
    bytes.len() - bytes.iter().filter(continues).count()
}

/// All sources of one run.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    all: Vec<Source>,
    hidden: Vec<Span>,
}

impl Sources {
    /// Adds a source.
    pub fn add(&mut self, source: Source) -> SourceId {
        self.all.push(source);
        SourceId(u32::try_from(self.all.len() - 1).unwrap_or(u32::MAX))
    }

    /// The source that an id of this run stands for.
    pub fn get(&self, id: SourceId) -> &Source {
        &self.all[id.0 as usize]
    }

    /// The sources with their ids, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        self.all
            .iter()
            .enumerate()
            .map(|(index, source)| (SourceId(u32::try_from(index).unwrap_or(u32::MAX)), source))
    }

    /// Keeps these places from being shown: secrets that are written in a manifest.
    pub fn hide(&mut self, spans: impl IntoIterator<Item = Span>) {
        self.hidden.extend(spans);
        self.hidden.sort();
        self.hidden.dedup();
    }

    /// What must not be shown of this place, in order.
    pub fn hidden(&self, within: Span) -> impl Iterator<Item = Span> {
        self.hidden
            .iter()
            .copied()
            .filter(move |span| span.overlaps(within))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters() {
        let source = Source::new("m.yaml", "a: é\r\nbb: x\n");
        let at = |offset| {
            let Position { line, column } = source.position(offset);
            (line, column)
        };
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(5), (1, 5));
        assert_eq!(at(7), (2, 1));
        assert_eq!(at(10), (2, 4));
        assert_eq!(at(999), (2, 7));
        assert_eq!(&source.text[source.line_range(1)], "a: é");
        assert_eq!(source.line_count(), 2);
        assert_eq!(source.line_range(9), 13..13);
    }

    #[test]
    fn columns_of_a_long_line_count_characters() {
        for length in [1, 511, 512, 513, 1_024, 3_000] {
            let text = format!("a: b\n{}", "é".repeat(length));
            let source = Source::new("m.yaml", text.clone());
            for offset in (5..=text.len()).filter(|at| text.is_char_boundary(*at)) {
                let Position { line, column } = source.position(offset);
                let expected = text[5..offset].chars().count() + 1;
                assert!((line, column) == (2, expected), "{length} {offset}");
            }
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_remembered() {
        let source = Source::from_bytes("m.yaml", b"a: \xff".to_vec());
        assert_eq!(source.not_text(), Some(3));
        assert_eq!(source.text, "a: \u{fffd}");
    }
}
