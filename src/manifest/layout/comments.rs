//! Comments at the ends of lines: put aside while the rest is laid out, so that they break no line, and
//! put back aligned.

use std::collections::BTreeMap;

use unicode_width::UnicodeWidthStr;

/// How far a comment stands from what is before it. Two columns, as yamllint has it.
const GAP: usize = 2;
/// Comments are not aligned with one that stands behind so many columns: each line would become as long.
const WIDEST: usize = 200;
/// Characters for private use, of which two number a comment.
const FIRST: u32 = 0xF_0000;
const DIGITS: u32 = 0xF000;

/// The comments that were put aside.
#[derive(Debug)]
pub(super) struct Aside<'s> {
    text: &'s str,
    comments: Vec<Comment>,
}

#[derive(Debug)]
struct Comment {
    text: String,
    /// Where it stood, in columns from 0.
    column: usize,
}

/// A comment where it is to be put back.
struct Place {
    line: usize,
    comment: usize,
    /// How wide what stands before it is.
    width: usize,
}

impl<'s> Aside<'s> {
    /// For the comments of this text; `None` where it has characters of its own for private use, which
    /// stand for comments meanwhile.
    pub(super) fn new(text: &'s str) -> Option<Self> {
        let private = |c: char| (FIRST..FIRST + DIGITS).contains(&u32::from(c));
        (!text.contains(private)).then_some(Self {
            text,
            comments: Vec::new(),
        })
    }

    /// Puts a comment aside that begins at this byte, and returns what stands for it: always of one
    /// width, so that what is laid out does not depend on it.
    pub(super) fn put(&mut self, comment: &str, at: usize) -> String {
        let index = u32::try_from(self.comments.len()).unwrap_or(u32::MAX);
        let line = self.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        self.comments.push(Comment {
            text: comment.trim_end().to_owned(),
            column: self.text[line..at].width(),
        });
        let digit = |value| char::from_u32(FIRST + value % DIGITS).unwrap_or_default();
        format!("#{}{}", digit(index / DIGITS), digit(index))
    }

    /// Puts the comments back. Those that stood below each other still do.
    pub(super) fn put_back(&self, text: &str) -> String {
        let lines: Vec<&str> = text.split('\n').collect();
        let mut places = Vec::new();
        let mut block = 0;
        let mut groups: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        for (number, line) in lines.iter().enumerate() {
            if line.trim().is_empty() {
                block += 1;
            }
            let Some((before, comment)) = self.held(line) else {
                continue;
            };
            let column = self.comments[comment].column;
            groups
                .entry((block, column))
                .or_default()
                .push(places.len());
            places.push(Place {
                line: number,
                comment,
                width: before.width(),
            });
        }
        let mut columns: Vec<usize> = places.iter().map(|place| place.width + GAP).collect();
        for group in groups.into_values() {
            let widest = group
                .iter()
                .map(|at| columns[*at])
                .filter(|column| *column <= WIDEST)
                .max()
                .unwrap_or_default();
            group
                .iter()
                .for_each(|at| columns[*at] = columns[*at].max(widest));
        }
        let mut lines: Vec<String> = lines.into_iter().map(str::to_owned).collect();
        for (place, column) in places.iter().zip(columns) {
            let line = &mut lines[place.line];
            let before = self.held(line).map_or(0, |(before, _)| before.len());
            let is_alone = line[..before].is_empty();
            let indent = line.len() - line.trim_start().len();
            line.truncate(if is_alone { indent } else { before });
            if !is_alone {
                line.push_str(&" ".repeat(column - place.width));
            }
            line.push_str(&self.comments[place.comment].text);
        }
        lines.join("\n")
    }

    /// What stands before a comment that was put aside, and which it is.
    fn held<'l>(&self, line: &'l str) -> Option<(&'l str, usize)> {
        let digit = |c: char| u32::from(c).checked_sub(FIRST).filter(|one| *one < DIGITS);
        let mut ends = line.chars();
        let (low, high) = (digit(ends.next_back()?)?, digit(ends.next_back()?)?);
        let before = ends.as_str().strip_suffix('#')?;
        let index = usize::try_from(high * DIGITS + low).ok()?;
        (index < self.comments.len()).then_some((before.trim_end(), index))
    }
}
