//! The document of `fmt`.

use schemars::JsonSchema;
use serde::Serialize;

use super::Document;
use crate::report::Layout;
use crate::run::Outcome;

/// What laying manifests out gave.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Formatted {
    /// The files that were looked at.
    files: Vec<FormattedFile>,
}

/// A file of a manifest.
#[derive(Debug, Serialize, JsonSchema)]
struct FormattedFile {
    file: String,
    /// Whether it was laid out otherwise.
    changes: bool,
    /// What changes, as a unified diff; empty where nothing does. Only with `--diff`.
    diff: Option<String>,
}

/// The document of `fmt`. `written`: what changes was written.
pub fn formatted(layouts: &[Layout<'_>], diff: bool, written: bool) -> Document<Formatted> {
    let outcome = match (layouts.iter().any(Layout::changes), written) {
        (false, _) => Outcome::Nothing,
        (true, true) => Outcome::Applied,
        (true, false) => Outcome::Changes,
    };
    let files = layouts.iter().map(|layout| FormattedFile {
        file: layout.file.to_owned(),
        changes: layout.changes(),
        diff: diff.then(|| layout.diff()),
    });
    let files = files.collect();
    Document::new(outcome, Formatted { files })
}
