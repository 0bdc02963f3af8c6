//! Manifests: text → desired state, or diagnostics that say everything that is wrong.
//!
//! Reading has three stages, each of which reports all it finds, and goes on with what is right:
//!
//! 1. [`Document::read`]: every file is parsed, checked against the schema and merged with the others;
//! 2. [`Document::resolve`]: values are interpolated, overrides applied, event patterns expanded,
//!    for the environments asked for and no others;
//! 3. the checks of what came out: URLs, names, hosts, webhooks that exclude each other.
//!
//! This module must not know providers' HTTP, plans, files, the network or environment variables:
//! what it needs of the outside comes through [`Values`].

mod check;
mod checks;
mod credentials;
mod de;
mod declared;
mod desired;
mod document;
mod environment;
mod events;
mod expansions;
mod findings;
mod interpolate;
mod layout;
mod left_out;
mod lints;
mod lock;
mod misplaced;
mod outline;
mod outside;
mod patterns;
mod pem;
mod placements;
mod policies;
mod reconcile;
mod referred;
mod resolve;
mod resolved;
mod room;
mod schema;
mod scope;
mod shape;
mod signing;
mod silence;
mod sinks;
mod state;
mod tombstones;
mod transport;
mod turns;
mod unused;
mod urls;
mod values;
mod webhooks;
mod yaml;

pub use document::Document;
pub use layout::{Unformatted, format};
pub use lints::is_borrowed_host;
pub use outline::{Entry, Shape, outline};
pub use outside::{Lookup, Offline, Values};
pub use resolve::Resolution;
pub use resolved::{
    CredentialSources, LockPlace, Pause, PemFile, Reconcile, ReconcileMode, ResolvedEnvironment,
    Target, Timeouts, TlsFiles,
};
pub use tombstones::{Tombstone, add_tombstones, can_be_tombstone, tombstones};

/// The JSON Schema of the manifest (draft 2020-12), for editors and for checking by other programs.
pub fn json_schema() -> serde_json::Value {
    schema::json_schema().to_value()
}
