//! What an archive was given.

use super::Span;

/// What one run kept of an environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptSummary {
    /// Deliveries that the archive had not.
    pub new: u64,
    /// Deliveries that came and that it had.
    pub known: u64,
    /// How many pages were read.
    pub pages: u64,
    /// Deliveries that were forgotten, as they were older than they are to be kept.
    pub forgotten: u64,
    /// The spans of which the archive now has all deliveries.
    pub covered: Vec<Span>,
}

#[cfg(feature = "archive")]
impl KeptSummary {
    /// Adds what was kept.
    pub fn add(&mut self, kept: super::archive::Kept) {
        self.new += kept.new;
        self.known += kept.known;
    }
}
