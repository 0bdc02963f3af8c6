//! JSON for programs: versioned structures of their own, so that internal types can change.
//!
//! Every document starts with `format_version`, `kind` and `outcome`. Fields are added, never changed or
//! removed, within a version.

mod v1;

pub use v1::*;

use std::io::{self, Write};

use crate::model::json_with_hidden_escaped;

/// Writes a document, indented, with a newline at its end.
///
/// # Errors
///
/// Those of the writer.
pub fn write<T: Kind + serde::Serialize>(
    document: &Document<T>,
    out: &mut dyn Write,
) -> io::Result<()> {
    pretty(document, out)
}

/// The text of a document, of a run or of the service, as [`write()`] writes it.
///
/// # Errors
///
/// Those of serialising, which has no reason to fail.
pub fn text(document: &impl serde::Serialize) -> io::Result<String> {
    let mut text = Vec::new();
    pretty(document, &mut text)?;
    String::from_utf8(text).map_err(io::Error::other)
}

/// Writes a value on lines of its own, with what cannot be seen as escapes: they are the same text to a machine.
pub(in crate::report) fn pretty(
    value: &impl serde::Serialize,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(
        out,
        "{}",
        json_with_hidden_escaped(&serde_json::to_string_pretty(value)?)
    )
}

/// The same on one line.
pub(in crate::report) fn line(
    value: &impl serde::Serialize,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(
        out,
        "{}",
        json_with_hidden_escaped(&serde_json::to_string(value)?)
    )
}
