//! The canonical layout of a manifest: the same text for everyone, with the same meaning.
//!
//! What the layout is:
//!
//! - keys stand in the order of the schema; what is named by its author (environments, webhooks,
//!   groups, variables) and items of lists stay in the author's order. A `<<` stays where it is, and an
//!   alias stays behind its anchor;
//! - two spaces for each level, at most one blank line, and one between the sections;
//! - quotes only where they are needed, and double ones where that does not mean escaping;
//! - what stands in brackets or braces is broken where a line would be too long;
//! - comments stay with what they are about; those at the ends of lines that stood below each
//!   other still do.
//!
//! `pretty_yaml` lays out, on a tree that loses nothing; ordering, quoting and the alignment of comments
//! are done here. This module alone names it and its parser. Nothing is trusted: what came out is read
//! again by the parser that reads manifests, and refused where it does not mean the same.

mod comments;
mod format;
mod guard;
mod order;
mod scalars;
mod sections;

pub use format::{Unformatted, format};
pub(super) use scalars::is_plain;
