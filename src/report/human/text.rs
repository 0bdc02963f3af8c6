//! Styles, and text that is safe to show.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

pub use crate::report::words::clean;
pub(super) use crate::report::words::count;
use crate::{plan::Action, report::words};

pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();
pub(super) const GREEN: Style = AnsiColor::Green.on_default();
pub(super) const YELLOW: Style = AnsiColor::Yellow.on_default();
pub(super) const RED: Style = AnsiColor::Red.on_default();

/// The sign of an action, in its colour.
pub(super) fn sign(action: Action) -> String {
    let style = match action {
        Action::Create => GREEN,
        Action::Update | Action::Rotate => YELLOW,
        Action::Delete => RED,
    };
    paint(style, words::sign(action))
}

pub(super) fn paint(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// `text` wrapped to `width` columns, its further lines indented by `indent` columns.
pub(super) fn wrap(text: &str, width: usize, indent: usize) -> String {
    wrap_after(indent, text, width, indent)
}

/// The same, where `used` columns of the first line are taken.
pub(super) fn wrap_after(used: usize, text: &str, width: usize, indent: usize) -> String {
    let spaces = " ".repeat(indent);
    let options = textwrap::Options::new(width.max(indent + 20))
        .subsequent_indent(&spaces)
        .break_words(false)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    // The first line is begun by the caller.
    let padded = format!("{}{text}", " ".repeat(used));
    textwrap::fill(&padded, options).trim_start().to_owned()
}

/// A line of an environment: a coloured title and `text` after it, wrapped together.
pub(super) fn titled(style: Style, title: &str, text: &str, width: usize) -> String {
    let wrapped = wrap_after(2, &format!("{title} {text}"), width, 6);
    match wrapped.strip_prefix(title) {
        Some(rest) => format!("  {}{rest}", paint(style, title)),
        // The title itself did not fit.
        None => format!("  {}", paint(style, wrapped)),
    }
}

/// Writes what to do next, below what went wrong.
pub(super) fn to_go_on(way_out: Option<&str>, width: usize, out: &mut dyn Write) -> io::Result<()> {
    match way_out {
        Some(text) => writeln!(
            out,
            "      {}",
            wrap(&format!("to go on: {text}"), width, 6)
        ),
        None => Ok(()),
    }
}

/// Writes an error that ends a command, with what to do next.
///
/// # Errors
///
/// Those of the writer.
pub fn error(text: &str, hints: &[String], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{} {}", paint(RED.bold(), "error:"), clean(text))?;
    self::hints(hints, out)
}

/// Writes what to do next.
///
/// # Errors
///
/// Those of the writer.
pub fn hints(hints: &[String], out: &mut dyn Write) -> io::Result<()> {
    for hint in hints {
        // One can be lines of YAML.
        let lines: Vec<_> = hint.lines().map(clean).collect();
        writeln!(out, "  hint: {}", lines.join("\n        ").trim_end())?;
    }
    Ok(())
}
