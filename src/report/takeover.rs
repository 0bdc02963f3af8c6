//! What `init` and `import` did.

use crate::{
    diagnostic::{Diagnostic, Sources},
    takeover::Takeover,
};

/// What was written, from what, and what to do next.
#[derive(Debug)]
pub struct TakenOver<'r> {
    /// The files, in the order in which they were written.
    pub files: Vec<TouchedFile>,
    /// What was taken over; `None` where nothing was read.
    pub takeover: Option<&'r Takeover>,
    /// The difference to the file before, where it was asked for or is not written.
    pub diff: Option<String>,
    /// What is to be said of the manifest as it is now.
    pub diagnostics: &'r [Diagnostic],
    /// What they point into.
    pub sources: &'r Sources,
    /// What to do next, one sentence or command each.
    pub next: Vec<String>,
}

/// A file, and what was done to it.
#[derive(Clone, Debug)]
pub struct TouchedFile {
    /// Its path, as it is shown.
    pub path: String,
    /// What was done.
    pub touch: Touch,
}

/// What was done to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touch {
    /// It is new.
    Created,
    /// It has other content.
    Replaced,
    /// Lines were added.
    Extended,
    /// It was there, and is as it was.
    Kept,
}
