//! A plan in a file: what was reviewed is what is applied.
//!
//! A [`SavedPlan`] is versioned JSON that holds all that is needed to show the plan, and none of what is
//! needed to make its requests: a sensitive value stands in it as its masked form and a digest, keyed by a
//! [`Key`] of its environment's access secret. So whoever applies a file makes its plan anew, from the
//! manifest and the live state of that moment, and applies that where [`compare`] finds it the same.
//!
//! A file is bound to the manifest, to the environment and its address, to the account, to the options it was
//! made with, and of the live state to what the plan touches or relies on. A digest over its content tells damage; a seal for each of its
//! environments, which only its access secret makes, tells an edit.
//!
//! Pure: this module must not know files, the clock, the manifest's reader, transports or the terminal.

mod check;
mod differences;
mod drift;
mod file;
mod ink;
mod key;
mod moved;
mod origin;
mod record;
mod write;

pub use differences::{Aspect, Compared, Difference, Moved, compare, differences, is_done};
pub use drift::{Applied, Look, drift};
pub use file::{Content, FileError, KIND, ManifestFile, ManifestRecord, SavedPlan, Unsealed};
pub use ink::KeyedInk;
pub use key::Key;
pub use moved::{Drift, FieldMoved, FieldValue, How, MovedWebhook};
pub use origin::Origin;
pub use record::{DesiredRecord, EnvironmentRecord};
pub use write::{Planned, environment};
