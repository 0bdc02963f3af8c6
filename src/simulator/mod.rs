//! A provider's API as a state machine: a sandbox without an account, and the test double that every
//! request of the program meets.
//!
//! [`Simulator`] is the machine itself: `(state, request, now) → response`, without clock, network or
//! randomness. It is strict in what it takes and faithful in what it answers. Where the provider's
//! behaviour is documented nowhere, [`Quirks`] has a switch. [`SharedSimulator`] puts one behind a lock
//! and adds what surrounds an API: a journal on disk, scripted [`Fault`]s, latency and a log of requests.
//! [`InProcessTransport`] and `Server` are two ways to talk to it: without a socket and with one.
//!
//! What is one provider's own (paths, credentials, bodies, answers) is in its folder; `api` says what such a folder has.
//!
//! The wire format is written down here a second time, on purpose: a shared mistake would be invisible.
//! So this module must not know the provider's client and wire types, nor the manifest, the plan or apply.

#[cfg(feature = "server")]
mod admin;
mod answer;
mod builder;
mod delivery;
#[cfg(feature = "server")]
mod dispatch;
#[cfg(feature = "server")]
mod emission;
mod fault;
mod fault_rule;
mod id;
mod journal;
mod log;
mod page;
mod quirks;
mod rate_limit;
mod register;
mod served;
#[cfg(feature = "server")]
mod server;
mod shared;
mod state;
#[cfg(test)]
mod tests;
mod transport;
mod webhook;

pub use builder::SimulatorBuilder;
pub use delivery::{DeliveryRecord, StoredDelivery};
#[cfg(feature = "server")]
pub use dispatch::{Dispatcher, Emission, Emitted, EmittedAttempt, EmittedState};
#[cfg(feature = "server")]
pub use emission::{Emit, EmitError, Wait};
pub use fault::Fault;
pub use fault_rule::{FaultRule, InvalidFaultRule, Occurrences};
pub use journal::{DroppedLine, JournalError};
pub use log::LoggedRequest;
pub use quirks::{
    AbsentEvents, Dates, EmptyName, Enabled, EnvTypePatch, EnvTypeShape, EventsShape, ExtraFields,
    IdShape, InvalidQuirk, ListOrder, ListParameters, ListScope, ListShape, Loopback, MissingSlash,
    OldNames, QuirkKey, Quirks, RefusalCode, ReplayedSecret, RetryAdvice, RotateAnswer,
    ThrottleStyle, Timestamps, Unknown, UrlComparison, UrlForm, Verdict,
};
#[cfg(feature = "server")]
pub use server::Server;
pub use shared::{Clock, SharedSimulator};
pub use state::Simulator;
pub use transport::InProcessTransport;
pub use webhook::{StoredWebhook, WebhookSeed};

use self::state::api::Api;
use crate::model::ProviderProfile;

macro_rules! apis {
    ($($name:ident)+) => {
        $(mod $name;)+

        /// How each provider answers, by its id.
        static LIST: &[(&str, &dyn Api)] = &[$((stringify!($name), &$name::API)),+];
    };
}
providers!(apis);

/// How this provider answers.
fn api_of(profile: &ProviderProfile) -> &'static dyn Api {
    let found = LIST.iter().find(|(id, _)| *id == profile.id);
    found.expect("a provider is one of the list").1
}
