//! The lines that labels stand on, ready for the renderer: secrets veiled, long lines cut.
//!
//! Only these lines are handed on: the renderer's work grows with the text it is given.

use std::ops::Range;

use crate::{
    diagnostic::{Source, SourceId, Sources, Span},
    model::{MASK, is_hidden},
};

/// How much of a line is shown behind what a label needs, in bytes.
const MARGIN: usize = 200;
/// The longest part of a line that a label marks, in bytes.
const LONGEST: usize = 200;
/// The furthest into a line, in bytes, that a label may begin for the line to be shown.
const FURTHEST: usize = 2_000;
/// Prefixes of access secrets (stated in both providers' documentation on authentication).
const SECRET_PREFIXES: [&str; 3] = ["sandbox-", "dev-", "prod-"];
/// Parameters whose values are secrets, as far as a name can tell.
const SECRET_PARAMETERS: [&str; 5] = ["token=", "secret=", "password=", "apikey=", "api_key="];
/// So many hex digits behind such a prefix make a secret.
const SECRET_DIGITS: usize = 16;

/// Some lines of a source.
pub(super) struct Excerpt {
    pub(super) text: String,
    /// The number of the first line.
    pub(super) line: usize,
    /// The labels' places in `text`.
    pub(super) places: Vec<Range<usize>>,
}

/// The line that a label begins on.
pub(super) fn line(span: Span, sources: &Sources) -> usize {
    sources.get(span.source).line(span.range().start)
}

/// The lines of labels of one source. `None` where they cannot be shown: the file is empty, or the
/// place is too far into a line.
pub(super) fn excerpt(spans: &[Span], sources: &Sources) -> Option<Excerpt> {
    let source = sources.get(spans.first()?.source);
    if source.text.is_empty() {
        return None;
    }
    let first = spans.iter().map(|span| line(*span, sources)).min()?;
    let last = spans.iter().map(|span| line(*span, sources)).max()?;
    let mut excerpt = Excerpt {
        text: String::new(),
        line: first,
        places: vec![0..0; spans.len()],
    };
    for number in first..=last {
        excerpt.push_line(number, spans, source, sources)?;
    }
    Some(excerpt.with_hidden_written_out())
}

impl Excerpt {
    /// The same with what cannot be seen written out.
    fn with_hidden_written_out(self) -> Self {
        let hidden = |c: char| is_hidden(c) && !matches!(c, '\n' | '\r' | '\t');
        if !self.text.contains(hidden) {
            return self;
        }
        let mut text = String::with_capacity(self.text.len());
        let mut places = self.places.clone();
        for (at, c) in self.text.char_indices() {
            if !hidden(c) {
                text.push(c);
                continue;
            }
            let before = text.len();
            text.extend(c.escape_unicode());
            let more = text.len() - before - c.len_utf8();
            for (place, old) in places.iter_mut().zip(&self.places) {
                place.start += if old.start > at { more } else { 0 };
                place.end += if old.end > at { more } else { 0 };
            }
        }
        Self {
            text,
            places,
            ..self
        }
    }

    fn push_line(
        &mut self,
        number: usize,
        spans: &[Span],
        source: &Source,
        sources: &Sources,
    ) -> Option<()> {
        let whole = source.line_range(number);
        let id = spans.first()?.source;
        let mut shown = whole.start..whole.start;
        let mut here = Vec::new();
        for (index, span) in spans.iter().enumerate() {
            if line(*span, sources) != number {
                continue;
            }
            let start = span.range().start.clamp(whole.start, whole.end);
            if start - whole.start > FURTHEST {
                return None;
            }
            // A label over several lines is shown on the first.
            let end = span
                .range()
                .end
                .clamp(start, whole.end)
                .min(start + LONGEST);
            let end = source.text.floor_char_boundary(end);
            shown.end = shown.end.max(end);
            here.push((index, start..end));
        }
        shown.end = source
            .text
            .floor_char_boundary((shown.end + MARGIN).min(whole.end));
        let veils = veils(id, shown.clone(), source, sources);
        if !self.text.is_empty() || number > self.line {
            self.text.push('\n');
        }
        let before = self.text.len();
        let mut at = shown.start;
        for veil in &veils {
            self.text.push_str(&source.text[at..veil.start]);
            self.text.push_str(MASK);
            at = veil.end;
        }
        self.text.push_str(&source.text[at..shown.end]);
        let moved = |offset: usize, is_end: bool| {
            before + offset_behind(&veils, offset, is_end) - shown.start
        };
        for (index, place) in here {
            self.places[index] = moved(place.start, false)..moved(place.end, true);
        }
        Some(())
    }
}

/// What of a line must not be shown: what the run hides, and what looks like an access secret. In
/// order, without overlap.
fn veils(
    id: SourceId,
    shown: Range<usize>,
    source: &Source,
    sources: &Sources,
) -> Vec<Range<usize>> {
    let span = Span {
        source: id,
        start: u32::try_from(shown.start).unwrap_or(u32::MAX),
        end: u32::try_from(shown.end).unwrap_or(u32::MAX),
    };
    let within = |range: Range<usize>| range.start.max(shown.start)..range.end.min(shown.end);
    let mut veils: Vec<Range<usize>> = sources
        .hidden(span)
        .map(|hidden| within(hidden.range()))
        .collect();
    let text = &source.text[shown.clone()];
    for prefix in SECRET_PREFIXES {
        for (at, _) in text.match_indices(prefix) {
            let digits = text[at + prefix.len()..]
                .bytes()
                .take_while(u8::is_ascii_hexdigit)
                .count();
            if digits >= SECRET_DIGITS {
                let start = shown.start + at;
                veils.push(start..start + prefix.len() + digits);
            }
        }
    }
    veils.extend(credentials(text).map(|range| range.start + shown.start..range.end + shown.start));
    veils.sort_by_key(|veil| (veil.start, veil.end));
    let mut apart: Vec<Range<usize>> = Vec::with_capacity(veils.len());
    for veil in veils {
        match apart.last_mut() {
            Some(last) if veil.start <= last.end => last.end = last.end.max(veil.end),
            _ => apart.push(veil),
        }
    }
    apart
}

/// What looks like credentials in URLs: user and password, and values of parameters of such names.
fn credentials(text: &str) -> impl Iterator<Item = Range<usize>> {
    let user = text.match_indices("://").filter_map(|(at, scheme)| {
        let start = at + scheme.len();
        let rest = &text[start..];
        let end = rest.find(|c: char| c.is_whitespace() || "/?#\"'".contains(c));
        let password = rest[..end.unwrap_or(rest.len())].rfind('@')?;
        let named = rest[..password].find(':')? + 1;
        Some(start + named..start + password)
    });
    let values = SECRET_PARAMETERS.iter().flat_map(|name| {
        text.match_indices(name).map(|(at, name)| {
            let start = at + name.len();
            let rest = &text[start..];
            let end = rest.find(|c: char| c.is_whitespace() || "&#\"',]}".contains(c));
            start..start + end.unwrap_or(rest.len())
        })
    });
    // What is interpolated is no secret: it says where one comes from.
    user.chain(values)
        .filter(|range| !range.is_empty() && !text[range.clone()].contains("${"))
}

/// Where an offset of the source is once what stands before it is veiled; inside a veil: its edge.
fn offset_behind(veils: &[Range<usize>], offset: usize, is_end: bool) -> usize {
    let mut moved = offset;
    for veil in veils {
        if offset >= veil.end {
            moved = moved + MASK.len() - veil.len();
        } else if offset > veil.start {
            let edge = if is_end { MASK.len() } else { 0 };
            moved = moved - (offset - veil.start) + edge;
        }
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(source: SourceId, start: u32, end: u32) -> Span {
        Span { source, start, end }
    }

    #[test]
    fn what_is_hidden_is_not_in_the_excerpt() {
        let mut sources = Sources::default();
        let id = sources.add(Source::new("m", "url: https://u:pass@h/\nnext: 1\n"));
        sources.hide([span(id, 15, 19)]);
        let excerpt = excerpt(&[span(id, 5, 22)], &sources).unwrap();
        assert_eq!(excerpt.text, "url: https://u:•••@h/");
        assert_eq!(&excerpt.text[excerpt.places[0].clone()], "https://u:•••@h/");
    }

    #[test]
    fn what_looks_like_a_secret_is_not_in_the_excerpt() {
        let mut sources = Sources::default();
        let secret = format!("k: [prod-{}, x]\n", "ab12".repeat(10));
        let id = sources.add(Source::new("m", secret));
        let excerpt = excerpt(&[span(id, 10, 12)], &sources).unwrap();
        assert_eq!(excerpt.text, "k: [•••, x]");
        assert_eq!(&excerpt.text[excerpt.places[0].clone()], "•••");
    }

    #[test]
    fn long_lines_are_cut() {
        let mut sources = Sources::default();
        let id = sources.add(Source::new("m", format!("k: {}\n", "x".repeat(1_000_000))));
        let shown = excerpt(&[span(id, 3, 1_000_003)], &sources).unwrap();
        assert!(shown.text.len() < 500);
        assert!(excerpt(&[span(id, 900_000, 900_001)], &sources).is_none());
    }
}
