//! How one provider's API answers: where what is common to all ends and a provider's folder begins.

use std::fmt::Debug;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Request, Response};
use jiff::Timestamp;
use serde_json::Value;

use super::{Decision, Simulator};
use crate::{
    model::{Credentials, EnvType, ProviderProfile, Secret},
    simulator::{
        id,
        quirks::{Quirks, RetryAdvice, ThrottleStyle},
        webhook::StoredWebhook,
    },
};

/// One provider's API: its paths and credentials, what it takes, and what it answers.
///
/// Strict in what it takes, faithful in what it answers. Where the documentation is silent,
/// [`Quirks`](crate::simulator::Quirks) say what it does. It knows nothing of journals, faults, sockets and clocks.
#[cfg_attr(
    not(feature = "server"),
    expect(dead_code, reason = "only a server reads bodies and sends events")
)]
pub(in crate::simulator) trait Api: Debug + Send + Sync {
    /// Decides on a request without changing anything but the count of requests, and the keys that sign events.
    fn decide(
        &self,
        simulator: &mut Simulator,
        request: &Request<Bytes>,
        now: Timestamp,
    ) -> Decision;

    /// The environment that a request's credentials name, whether they are accepted or not.
    fn claimed_env_type(&self, headers: &HeaderMap, profile: &ProviderProfile) -> Option<EnvType>;

    /// The account that credentials name, as what is stored names it.
    fn account(&self, credentials: &Credentials) -> String {
        credentials.account().expose().to_owned()
    }

    /// The answer to a request that is one too many.
    fn throttled(&self, style: ThrottleStyle, seconds: u64, now: Timestamp) -> Response<Bytes>;

    /// The header by which answers say whether the same request may be sent again, and its value; `None` where it has none.
    fn retry_advice(&self, _: RetryAdvice) -> Option<(HeaderName, &'static str)> {
        None
    }

    /// The answer to a body that is larger than a server takes.
    fn too_large(&self) -> Response<Bytes>;

    /// The body of an event as it is sent to one webhook: `id` is this delivery's own. Most bodies show neither.
    fn addressed(&self, payload: Value, _id: String) -> Value {
        payload
    }

    /// The id of the webhook with this number.
    fn id(&self, serial: u64, quirks: &Quirks) -> String {
        id::id(0, serial, quirks.id_shape)
    }

    /// Gives a new webhook what only this provider's webhooks have, as far as nobody chose it.
    fn complete(&self, _: &mut StoredWebhook) {}

    /// What signs the events of this webhook, where it has a key of its own.
    fn signing_secret(&self, _: &StoredWebhook) -> Option<Secret> {
        None
    }

    /// The secrets that were a webhook's and are valid still: what is sent is signed with them too.
    fn old_secrets(&self, _: &StoredWebhook, _: Timestamp) -> Vec<Secret> {
        Vec::new()
    }

    /// Whether the provider has this event type.
    fn has_event(&self, simulator: &Simulator, event: &str) -> bool {
        simulator.profile.event_types.contains(&event)
    }
}
