//! Characters that people cannot see, and texts that look alike.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{
        DefaultIgnorableCodePoint, ExtendedPictographic, GeneralCategory, NoncharacterCodePoint,
    },
};

/// Whether a character cannot be seen where it stands, or changes how others are seen: controls, format
/// characters (among them those that turn the direction of a text), separators of lines, what Unicode says
/// to show as nothing, and what is no character.
///
/// Source: the Unicode Character Database.
pub fn is_hidden(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    matches!(
        CodePointMapData::<GeneralCategory>::new().get(c),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
    ) || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
        || CodePointSetData::new::<NoncharacterCodePoint>().contains(c)
}

/// `text` with hidden characters written out, such as `\u{202e}`. What joins emojis to one is seen in it, and stays.
pub fn with_hidden_written_out(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut written = String::with_capacity(text.len());
    let mut before = None;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let after = rest.clone().next();
        if is_hidden(c) && !is_of_emoji(before, c, after) {
            written.extend(c.escape_unicode());
        } else {
            written.push(c);
        }
        before = Some(c);
    }
    Cow::Owned(written)
}

/// JSON in which hidden characters are escaped, such as `\u202e`: the same texts to a program, and shown to a
/// person who opens the file. Beyond ASCII, JSON has characters in texts alone.
pub fn json_with_hidden_escaped(json: &str) -> Cow<'_, str> {
    // Between texts these lay it out; within them, JSON has them as escapes.
    let hidden = |c: char| is_hidden(c) && !matches!(c, '\n' | '\t' | '\r');
    if !json.contains(hidden) {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        if hidden(c) {
            let units = c.encode_utf16(&mut [0; 2]).to_vec();
            escaped.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

/// Whether a hidden character, by its neighbours, is part of an emoji (Unicode Technical Standard 51).
fn is_of_emoji(before: Option<char>, c: char, after: Option<char>) -> bool {
    const JOINER: char = '\u{200d}';
    const AS_PICTURE: char = '\u{fe0f}';
    let is_picture = |c: char| CodePointSetData::new::<ExtendedPictographic>().contains(c);
    let is_end =
        |c: char| is_picture(c) || c == AS_PICTURE || ('\u{1f3fb}'..='\u{1f3ff}').contains(&c);
    match c {
        JOINER => before.is_some_and(is_end) && after.is_some_and(is_picture),
        AS_PICTURE => before.is_some_and(is_picture),
        _ => false,
    }
}

/// `text` in Unicode's composed form (NFC): texts that people see as one are one in it, whichever of the two
/// ways their accents are written.
pub fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    ComposingNormalizerBorrowed::new_nfc().normalize(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_written_out() {
        for hidden in [
            '\0',
            '\t',
            '\n',
            '\u{1b}',
            '\u{7f}',
            '\u{85}',
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{115f}',
            '\u{180e}',
            '\u{200b}',
            '\u{200d}',
            '\u{200f}',
            '\u{2028}',
            '\u{2029}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{206f}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{fdd0}',
            '\u{fff9}',
            '\u{ffff}',
            '\u{1d173}',
            '\u{e0041}',
            '\u{e0100}',
            '\u{10ffff}',
        ] {
            let shown = with_hidden_written_out(&format!("a{hidden}b")).into_owned();
            assert_eq!(shown, format!("a{}b", hidden.escape_unicode()));
        }
        for seen in [
            "a b",
            "é",
            "e\u{301}",
            "日本",
            "•••",
            "😀",
            "\u{a0}",
            "👩\u{200d}💻",
            "❤\u{fe0f}\u{200d}🔥",
        ] {
            assert_eq!(with_hidden_written_out(seen), seen);
        }
    }

    #[test]
    fn json_with_escapes_is_the_same_to_a_program() {
        let texts = [
            "a\u{202e}b",
            "\u{7f}\u{9b}",
            "\u{e0041}",
            "a\n\t\"\\",
            "é日😀",
        ];
        let json = serde_json::to_string_pretty(&texts).unwrap();
        let escaped = json_with_hidden_escaped(&json);
        assert!(!escaped.replace('\n', "").contains(is_hidden), "{escaped}");
        let read: Vec<String> = serde_json::from_str(&escaped).unwrap();
        assert_eq!(read, texts);
        assert!(escaped.contains(r"a\u202eb") && escaped.contains(r"\udb40\udc41"));
    }

    #[test]
    fn both_ways_to_write_an_accent_are_one() {
        assert_eq!(composed("cafe\u{301}"), "café");
        assert_eq!(composed("café"), "café");
        assert_eq!(composed("\u{1112}\u{1161}\u{11ab}"), "한");
        assert_ne!(composed("ﬁ"), "fi");
    }
}
