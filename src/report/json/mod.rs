//! JSON for programs: versioned structures of their own, so that internal types can change.
//!
//! Every document starts with `format_version` and `outcome`. Fields are added, never changed or
//! removed, within a version.

mod v1;

pub use v1::*;
pub use v1::{
    Applied, Document, Explained, Failure, Formatted, Outcome, Planned, Validated, Verified,
    applied, explained, failure, formatted, planned, schemas, validated, verified,
};

use std::io::{self, Write};

/// Writes a document, indented, with a newline at its end.
///
/// # Errors
///
/// Those of the writer.
pub fn write(document: &Document<impl serde::Serialize>, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, document)?;
    writeln!(out)
}
