//! Texts that diagnostics point into.

use std::ops::Range;

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
            end: self.start + within(offset + length),
        }
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What people know it by.
    pub label: String,
    /// Its text.
    pub text: String,
}

impl Source {
    /// The position of a byte offset. Offsets beyond the end are the end.
    pub fn position(&self, offset: usize) -> Position {
        let before = self.text.get(..offset).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Position {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

/// All sources of one run.
#[derive(Clone, Debug, Default)]
pub struct Sources(Vec<Source>);

impl Sources {
    /// Adds a source.
    pub fn add(&mut self, source: Source) -> SourceId {
        self.0.push(source);
        SourceId(u32::try_from(self.0.len() - 1).unwrap_or(u32::MAX))
    }

    /// The source that an id of this run stands for.
    pub fn get(&self, id: SourceId) -> &Source {
        &self.0[id.0 as usize]
    }

    /// The sources with their ids, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        self.0
            .iter()
            .enumerate()
            .map(|(index, source)| (SourceId(u32::try_from(index).unwrap_or(u32::MAX)), source))
    }
}
