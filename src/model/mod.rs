//! The nouns: webhooks, their parts, desired state, live state and what is known of a provider.
//!
//! Everything here is plain data that is valid by construction. This module must not know YAML,
//! wire JSON, HTTP, files, the clock or the terminal.

mod desired;
mod environment;
mod event;
mod live;
mod masked;
mod pattern;
mod policy;
mod profile;
mod request;
mod secret;
mod url;
mod webhook;

pub use desired::{DesiredState, DesiredWebhook};
pub use environment::{EnvType, EnvironmentName, Provider};
pub use event::{EventSet, EventType};
pub use live::{LiveState, LiveWebhook};
pub use masked::{MASK, MaskedText, Masker};
pub use pattern::Pattern;
pub use policy::{Heal, Policy};
pub use profile::{ENV_TYPE_SPELLINGS, PROFILES, ProviderProfile, TRANSCRYPTS, TRUV};
pub use request::{NewWebhook, WebhookPatch};
pub use secret::{Credentials, Secret};
pub use url::{EndpointUrl, InvalidUrl};
pub use webhook::{InvalidName, WebhookId, WebhookKey, WebhookName};
