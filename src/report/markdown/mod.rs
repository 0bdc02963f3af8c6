//! Markdown for comments on pull and merge requests, as GitHub and GitLab render it.
//!
//! What comes from a manifest or a provider is hostile until shown otherwise: a name may hold backticks,
//! HTML, pipes, mentions, references or quick actions. It stands in three places only, none of which is
//! interpreted, and never at the beginning of a line (`text`).

mod drift;
mod ended;
mod plan;
mod share;
mod text;

pub use drift::drift;
pub use ended::{applied, failed};
pub use plan::plan;

/// The longest comment that GitHub takes, in characters.
pub const GITHUB_LONGEST: usize = 65_536;
