//! GitHub's and GitLab's API, as far as one comment on a pull request needs it.
//!
//! - [`Repository`] is where comments belong; [`Comment`] is what it is to say.
//! - `request` and `response` turn wishes into requests, and answers into what they mean: pure.
//! - `sticky` decides, from the comments that are there, what is written: pure.
//! - [`Client`] asks for it and reads pages, over a [`crate::net::Transport`].
//!
//! Anybody can write comments. One counts as ours only where the token's own user wrote it and
//! its first line is our marker; everything else is neither edited nor trusted.
//!
//! This module must not know plans, manifests, files, environment variables or the terminal.

mod client;
mod error;
mod exchange;
mod repository;
mod request;
mod response;
mod reviewed;
mod sticky;

pub use client::{Client, Posted};
pub use error::{ForgeError, ForgeErrorKind};
pub use repository::{Forge, Repository};
pub use request::InvalidToken;
pub use reviewed::Reviewed;
pub use sticky::{Comment, CommentName, Done, InvalidCommentName};
