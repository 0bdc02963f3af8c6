//! What is moved from one archive to another: as it was kept.
//!
//! An archive does not know the URLs and accounts that it has digests of. So digests are moved as they are, and so is the salt
//! that they were made with.

use crate::delivery::Span;

/// An environment, as an archive keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MovedEnvironment {
    pub(super) name: String,
    pub(super) provider: String,
    pub(super) env_type: String,
    /// A digest, in hexadecimal digits, with the salt of its archive.
    pub(super) account: String,
}

/// A delivery, as an archive keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MovedDelivery {
    /// Microseconds since 1970; the smallest number where its event has no moment.
    pub(super) created: i64,
    pub(super) identity: i64,
    pub(super) event: String,
    /// The URL as it is shown.
    pub(super) url: String,
    /// A digest, in hexadecimal digits, with the salt of its archive.
    pub(super) url_digest: String,
    pub(super) status: Option<u16>,
    pub(super) error: Option<String>,
    pub(super) record: Option<String>,
    pub(super) object_kind: Option<String>,
    pub(super) object: Option<String>,
    /// JSON.
    pub(super) payload: Option<String>,
}

/// What was moved of an environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportedEnvironment {
    /// The environment's name.
    pub name: String,
    /// Its provider's id.
    pub provider: String,
    /// How many deliveries the file has.
    pub deliveries: u64,
    /// How many of them the archive had not.
    pub new: u64,
    /// How many of them it had.
    pub known: u64,
    /// How many of them have a payload.
    pub payloads: u64,
    /// The spans of which the file has all deliveries.
    pub covered: Vec<Span>,
}
