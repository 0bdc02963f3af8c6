//! Globs over names, hosts and event types.

use std::fmt;

use serde::Serialize;
use wildmatch::WildMatch;

use super::composed;

/// A glob: `*` stands for any run of characters, `?` for one, everything else for itself, however its accents
/// are written.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern(WildMatch);

impl Pattern {
    /// Takes a glob. Every text is one.
    pub fn new(glob: &str) -> Self {
        Self(WildMatch::new(&composed(glob)))
    }

    /// Whether the whole of `text` matches.
    pub fn matches(&self, text: &str) -> bool {
        self.0.matches(&composed(text))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Pattern {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
