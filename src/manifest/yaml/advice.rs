//! What the parser says of broken YAML, and what would be right.

use crate::diagnostic::{Code, Diagnostic, SourceId, Span};

/// A syntax error at an offset, with the parser's words and advice where the line shows the cause.
pub(super) fn syntax(source: SourceId, text: &str, at: usize, info: &str) -> Diagnostic {
    let span = character(source, text, at);
    let start = span.range().start;
    let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[line_start..].lines().next().unwrap_or_default();
    if let Some(tab) = indenting_tab(line) {
        let tab = (line_start + tab) as u32;
        let span = Span {
            source,
            start: tab,
            end: tab + 1,
        };
        return Diagnostic::new(Code::Syntax, span, "a tab cannot indent")
            .help("YAML is indented with spaces; two for each level");
    }
    let help = begins(&text[start..]).or_else(|| advice(line));
    Diagnostic::new(Code::Syntax, span, info.to_owned()).maybe_help(help)
}

/// The character at an offset; at the end of the text, the last of its last line.
pub(super) fn character(source: SourceId, text: &str, at: usize) -> Span {
    let start = text.floor_char_boundary(at.min(text.len()));
    let start = if start == text.len() {
        let end = text.trim_end().len();
        text.floor_char_boundary(end.saturating_sub(1))
    } else {
        start
    };
    let width = text[start..].chars().next().map_or(0, char::len_utf8);
    Span {
        source,
        start: start as u32,
        end: (start + width) as u32,
    }
}

/// Advice for a value that begins with what YAML gives a meaning.
fn begins(value: &str) -> Option<String> {
    let first = value.chars().next()?;
    matches!(first, '*' | '&' | '@' | '`' | '%' | '!')
        .then(|| format!("quote a value that begins with `{first}`"))
}

/// The first tab among the white space that a line begins with.
fn indenting_tab(line: &str) -> Option<usize> {
    let blank = line.len() - line.trim_start_matches([' ', '\t']).len();
    line[..blank].find('\t')
}

fn advice(line: &str) -> Option<String> {
    let value = line
        .split_once(": ")
        .map_or(line, |(_, value)| value)
        .trim_start()
        .trim_start_matches("- ");
    begins(value).or_else(|| {
        value
            .contains(": ")
            .then(|| "quote a value that holds `: `".to_owned())
    })
}
