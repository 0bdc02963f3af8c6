//! Text of which some parts must not be shown.

use std::{fmt, ops::Range};

use super::compared::compared_by;

/// What stands where a sensitive part was.
pub const MASK: &str = "•••";

/// Text that knows which of its parts are sensitive.
///
/// It compares, orders and hashes by its real content; `Display`, `Debug` and `Serialize` give the
/// masked form. The real content is reached through [`MaskedText::expose`] alone, so every place
/// that does so can be found.
#[derive(Clone)]
pub struct MaskedText {
    exposed: String,
    /// `None` where nothing is masked.
    hidden: Option<Box<Hidden>>,
}

/// What of a text is sensitive.
#[derive(Clone)]
struct Hidden {
    /// The sensitive parts, in order and apart from each other.
    parts: Vec<Range<usize>>,
    /// The text without them.
    shown: String,
}

impl MaskedText {
    /// Text without a sensitive part.
    pub fn plain(text: impl Into<String>) -> Self {
        Self {
            exposed: text.into(),
            hidden: None,
        }
    }

    /// No text yet, with room for so many bytes.
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self::plain(String::with_capacity(bytes))
    }

    /// Text that is sensitive as a whole.
    pub fn sensitive(text: impl Into<String>) -> Self {
        let exposed = text.into();
        let hidden = Hidden {
            parts: std::iter::once(0..exposed.len()).collect(),
            shown: MASK.to_owned(),
        };
        Self {
            exposed,
            hidden: Some(Box::new(hidden)),
        }
    }

    /// The same text with a part of its real content spelt differently; what is shown stays where a part
    /// is sensitive.
    pub(super) fn with_exposed(self, exposed: String) -> Self {
        let Some(hidden) = self.hidden else {
            return Self::plain(exposed);
        };
        let same = |(a, b): &(u8, u8)| a == b;
        let (old, new) = (self.exposed.as_bytes(), exposed.as_bytes());
        let first = old.iter().copied().zip(new.iter().copied());
        let first = first.take_while(same).count();
        let last = old[first..].iter().rev().copied();
        let last = last
            .zip(new[first..].iter().rev().copied())
            .take_while(same)
            .count();
        // What ends or begins within the part that is spelt differently takes all of it.
        let moved = |at: usize, within: usize| match at {
            at if at <= first => at,
            at if at >= old.len() - last => (at + new.len()) - old.len(),
            _ => within,
        };
        let parts = hidden.parts.iter();
        let parts = parts.map(|part| moved(part.start, first)..moved(part.end, new.len() - last));
        let parts = joined(&exposed, parts.collect());
        let shown = hidden.shown;
        Self {
            hidden: Some(Box::new(Hidden { parts, shown })),
            exposed,
        }
    }

    /// Text of which these parts are sensitive, in whatever order. A part that begins or ends within
    /// a character takes all of it.
    pub(super) fn hiding(text: String, parts: Vec<Range<usize>>) -> Self {
        let parts = joined(&text, parts);
        if parts.is_empty() {
            return Self::plain(text);
        }
        let shown = without(&text, &parts);
        Self {
            exposed: text,
            hidden: Some(Box::new(Hidden { parts, shown })),
        }
    }

    /// The same text, of which these parts are sensitive too.
    #[must_use]
    pub(super) fn hiding_too(&self, mut parts: Vec<Range<usize>>) -> Self {
        parts.extend_from_slice(self.hidden());
        Self::hiding(self.exposed.clone(), parts)
    }

    /// A part of the text: what is sensitive in the whole stays so, also where the part has only some of it.
    /// It ends where characters end.
    #[must_use]
    pub fn part(&self, part: Range<usize>) -> Self {
        let end = self.exposed.floor_char_boundary(part.end);
        let start = self.exposed.floor_char_boundary(part.start).min(end);
        let hidden = self.hidden().iter();
        let hidden = hidden.map(|it| {
            let within = |at: usize| at.clamp(start, end) - start;
            within(it.start)..within(it.end)
        });
        Self::hiding(self.exposed[start..end].to_owned(), hidden.collect())
    }

    /// Whether a cut before this byte leaves a part of something sensitive on either side.
    pub fn is_cut_at(&self, at: usize) -> bool {
        let mut hidden = self.hidden().iter();
        hidden.any(|part| part.start < at && at < part.end)
    }

    /// The sensitive parts, in order and apart from each other.
    pub(super) fn hidden(&self) -> &[Range<usize>] {
        self.hidden.as_ref().map_or(&[], |hidden| &hidden.parts)
    }

    /// Appends `other`; what is sensitive in either stays so. Neighbouring masks become one.
    pub fn push(&mut self, other: &Self) {
        let start = self.exposed.len();
        self.exposed.push_str(&other.exposed);
        if other.hidden.is_none() {
            if let Some(hidden) = &mut self.hidden {
                hidden.shown.push_str(&other.exposed);
            }
            return;
        }
        let mut parts = self.hidden().to_vec();
        let behind = other.hidden().iter();
        parts.extend(behind.map(|part| start + part.start..start + part.end));
        let is_empty = parts.iter().all(Range::is_empty);
        let parts = if is_empty {
            parts
        } else {
            joined(&self.exposed, parts)
        };
        let shown = without(&self.exposed, &parts);
        self.hidden = Some(Box::new(Hidden { parts, shown }));
    }

    /// Appends text without a sensitive part.
    pub fn push_plain(&mut self, text: &str) {
        if let Some(hidden) = &mut self.hidden {
            hidden.shown.push_str(text);
        }
        self.exposed.push_str(text);
    }

    /// The real content, sensitive parts included. Never for output.
    pub fn expose(&self) -> &str {
        &self.exposed
    }

    /// The masked form.
    pub fn shown(&self) -> &str {
        let hidden = self.hidden.as_ref();
        hidden.map_or(&self.exposed, |hidden| &hidden.shown)
    }

    /// Whether some part is sensitive.
    pub fn is_sensitive(&self) -> bool {
        self.hidden.is_some()
    }
}

/// The parts in order, apart from each other, and ending where characters end.
fn joined(text: &str, mut parts: Vec<Range<usize>>) -> Vec<Range<usize>> {
    for part in &mut parts {
        part.start = text.floor_char_boundary(part.start);
        part.end = text.ceil_char_boundary(part.end);
    }
    parts.sort_by_key(|part| (part.start, part.end));
    let mut joined: Vec<Range<usize>> = Vec::with_capacity(parts.len());
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        match joined.last_mut() {
            Some(last) if part.start <= last.end => last.end = last.end.max(part.end),
            _ => joined.push(part),
        }
    }
    joined
}

/// The text with a mask in the place of each part.
fn without(text: &str, parts: &[Range<usize>]) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut copied = 0;
    for part in parts {
        shown.push_str(&text[copied..part.start]);
        if !shown.ends_with(MASK) {
            shown.push_str(MASK);
        }
        copied = part.end;
    }
    shown.push_str(&text[copied..]);
    shown
}

impl fmt::Display for MaskedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.shown())
    }
}

impl fmt::Debug for MaskedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.shown())
    }
}

compared_by!(MaskedText, text => &text.exposed);

impl serde::Serialize for MaskedText {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.shown())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concatenation_masks_only_the_sensitive_part() {
        let mut url = MaskedText::plain("https://h/");
        url.push(&MaskedText::sensitive("token"));
        url.push(&MaskedText::sensitive("more"));
        url.push_plain("/end");
        assert_eq!(url.to_string(), "https://h/•••/end");
        assert_eq!(url.expose(), "https://h/tokenmore/end");
        assert_eq!(format!("{url:?}"), "\"https://h/•••/end\"");
    }

    #[test]
    fn a_part_of_what_is_sensitive_is_sensitive() {
        let text = MaskedText::hiding(
            "https://h/tökén/x".to_owned(),
            std::iter::once(10..17).collect(),
        );
        let shown = |start, end| text.part(start..end).to_string();
        assert_eq!(shown(0, 19), "https://h/•••/x");
        assert_eq!(shown(0, 13), "https://h/•••");
        assert_eq!(shown(0, 10), "https://h/");
        assert_eq!(shown(14, 99), "•••/x");
        assert_eq!(shown(9, 3), "");
    }
}
