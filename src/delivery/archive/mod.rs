//! The archive: deliveries, kept beyond the days that a provider remembers.
//!
//! One set of verbs ([`Archive`]) over two stores: one SQLite file, or a folder or bucket of Parquet files. The only
//! place that knows SQLite and Parquet. An archive knows which spans of time it has all deliveries of
//! ([`Archive::covered`]): what no span covers was never fetched, and is shown as missing, not as silence.
//! What is written is written as a whole or not at all, so a process may be killed at any time. A delivery is kept
//! once, however often it comes ([`DeliveryIdentity`]).
//!
//! What is sensitive in a URL is not kept: it stands there masked, beside a salted digest by which
//! whoever knows the URL finds its deliveries. Payloads are kept only when asked for; the object that
//! an event is about is kept always.
//!
//! [`DeliveryIdentity`]: super::DeliveryIdentity

mod asked;
mod digest;
mod error;
#[cfg(feature = "parquet")]
mod folder;
#[cfg(feature = "parquet")]
mod import;
#[cfg(feature = "parquet")]
mod moved;
#[cfg(feature = "parquet")]
mod parquet;
mod place;
mod recent;
mod sqlite;
#[cfg(test)]
#[cfg(feature = "parquet")]
mod tests;
mod upkeep;
mod verbs;

#[cfg(feature = "parquet")]
pub use self::{folder::Folder, import::Importable, moved::ImportedEnvironment, parquet::Objects};
pub use asked::{ArchivedEnvironment, EnvironmentId, Kept, KeptDeliveries, Payloads};
pub use error::{ArchiveError, Attempt, StoreError};
pub use place::Place;
pub use upkeep::{CompactedEnvironment, Fault, VerifiedEnvironment};
pub use verbs::Archive;
