//! The nouns: webhooks, their parts, desired state, live state and what is known of a provider.
//!
//! Everything here is plain data that is valid by construction. This module must not know YAML,
//! wire JSON, HTTP, files, the clock or the terminal.

mod beside;
mod catalogue;
mod compared;
mod desired;
mod destinations;
mod environment;
mod event;
mod exact;
mod host;
mod interned;
mod live;
mod masked;
mod masker;
mod pattern;
mod places;
mod planning;
mod policy;
mod profile;
mod request;
mod route;
mod ruling;
mod secret;
mod signing;
mod sink;
mod source;
mod spelling;
mod text;
mod tokens;
mod url;
mod webhook;

pub use catalogue::{AccountEvents, Standing};
pub use desired::{DesiredState, DesiredWebhook};
pub use destinations::{Destinations, NotAllowed};
pub use environment::{EnvType, EnvironmentName};
pub use event::{EventSet, EventType};
pub use exact::{ExactUrl, InvalidUrl, Oddity};
pub use host::{HostPattern, InvalidHost};
pub(crate) use interned::interned;
pub use live::{LiveField, LiveState, LiveWebhook, Unreadable};
pub use masked::{MASK, MaskedText};
pub use masker::Masker;
pub use pattern::Pattern;
pub use planning::{CreateOnly, KeyScope, PlanningFacts, UrlRule, Wildcard};
pub use policy::{Heal, Policy};
pub use profile::{
    Catalogue, CredentialFact, ENV_TYPE_SPELLINGS, OwnReplays, ProviderProfile, ReplayFacts,
    SignatureScheme, StandardHeaders,
};
pub use request::{NewWebhook, WebhookPatch};
pub use route::{Place, Route};
pub use ruling::{Level, RuleId, Ruling, Verdict};
pub use secret::{Credentials, Secret};
pub use signing::{KeyShape, Rotation, RotationWord, SigningSecret};
pub use sink::SecretSink;
pub use source::CredentialSource;
pub use text::{composed, is_hidden, json_with_hidden_escaped, with_hidden_written_out};
pub use tokens::{UrlSecret, UrlSecretKind, is_secret_name, secrets_in_url};
pub use url::EndpointUrl;
pub use webhook::{InvalidName, WebhookId, WebhookKey, WebhookName};
