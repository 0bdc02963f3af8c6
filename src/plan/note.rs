//! What an operation costs that a plan otherwise promises not to cost, and what a receiver must know for it.
//!
//! Not every provider lets every guarantee hold for every operation. Where one does not, the operation says so. What
//! is to be said of each is found in `noting`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::form::{Exact, Form, Kept};

/// What is to be known of an operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, bound = "F: Kept")]
#[schemars(rename = "NoteRecord", bound = "F: Kept")]
pub enum Note<F: Form = Exact> {
    /// What is created gets a signing secret of its own, which its receiver must know.
    NewSecret,
    /// What is created gets the signing secret that its user chose, which its receiver must know.
    ChosenSecret,
    /// The webhook goes to another URL and keeps its signing secret, which the receiver there must know.
    KeepsSecret,
    /// Event types that other webhooks at its URL send come from this one, and are signed with its secret.
    OtherSecret {
        /// The event types.
        events: F::Events,
    },
    /// Event types come twice to its URL for a while.
    Twice {
        /// The event types.
        events: F::Events,
        /// The webhooks that send them too until they are deleted or moved: their names, or ids where those do not tell.
        until: Vec<F::Value>,
    },
    /// Event types do not come to its URL for a while: it is deleted before what replaces it is created.
    Gap {
        /// The event types.
        events: F::Events,
    },
}
