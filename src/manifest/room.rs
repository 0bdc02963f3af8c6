//! How large a manifest is once it is written out for each environment.
//!
//! A file of a few megabytes can stand for a product of its parts: webhooks times environments times
//! patterns, or one long value in each of many places; and it can name any number of files. All of these draw
//! on one sum.

use super::{
    de::Spanned,
    schema::{Override, Webhook},
};
use crate::diagnostic::{Code, Diagnostic, Span};

/// What all webhooks in all environments, and the files that they refer to, may come to, in bytes.
const LARGEST: usize = 128 * 1024 * 1024;
/// What a webhook, or an entry of a list, takes beside its text.
const WEBHOOK: usize = 100;
const ENTRY: usize = 16;
/// A pattern is compared with a name or a host in about the time that a byte of text takes.
const PATTERN_BYTES: usize = 8;

/// What is left of the sum.
pub(super) struct Room(Option<usize>);

impl Default for Room {
    fn default() -> Self {
        Self(Some(LARGEST))
    }
}

impl Room {
    /// Takes so many bytes; `false`, and nothing is left, where there are not so many.
    pub(super) fn take(&mut self, bytes: usize) -> bool {
        self.0 = self.0.and_then(|left| left.checked_sub(bytes));
        self.is_left()
    }

    pub(super) fn is_left(&self) -> bool {
        self.0.is_some()
    }

    /// That there is no more from here on.
    pub(super) fn exceeded(place: Span) -> Diagnostic {
        let message = format!(
            "written out for each environment, with the values and files that it refers to, the manifest comes to more than {} MiB",
            LARGEST / 1024 / 1024
        );
        Diagnostic::new(Code::TooLarge, place, message)
            .label("no more from here on")
            .help("split the manifest, or shorten what is large or repeated: files, lists of patterns, groups, values of variables")
    }
}

/// What a webhook comes to in an environment, without the values of what it refers to.
pub(super) fn of_webhook(webhook: &Webhook, over: &Override) -> usize {
    let text = |text: Option<&Spanned<String>>| text.map_or(0, |text| text.value.len());
    let events = over.events.as_ref().or(webhook.events.as_ref());
    let moved_from = over.moved_from.as_ref().or(webhook.moved_from.as_ref());
    WEBHOOK
        + text(over.name.as_ref().or(webhook.name.as_ref()))
        + text(over.url.as_ref().or(webhook.url.as_ref()))
        + events.map_or(0, |events| of_list(&events.value))
        + moved_from.map_or(0, |urls| of_list(urls))
}

/// What a list comes to.
pub(super) fn of_list(texts: &[Spanned<String>]) -> usize {
    texts.iter().map(|text| ENTRY + text.value.len()).sum()
}

/// What it takes to compare a text with each of some patterns.
pub(super) fn of_patterns(patterns: &[Spanned<String>]) -> usize {
    let bytes = |pattern: &Spanned<String>| 1 + pattern.value.len() / PATTERN_BYTES;
    patterns.iter().map(bytes).sum()
}

/// What so many event types come to.
pub(super) fn of_events(count: usize) -> usize {
    count * ENTRY
}
