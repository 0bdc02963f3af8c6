//! What the program knows of each provider's API.
//!
//! Sources: the providers' public API documentation (`docs.truv.com`, `docs.transcrypts.com`),
//! pages on webhooks, authentication, environments and rate limits.

use super::{EnvType, Provider};

/// The facts about one provider's API in which providers differ.
#[derive(Debug, PartialEq, Eq)]
pub struct ProviderProfile {
    /// Which provider this is.
    pub provider: Provider,
    /// What manifests, archives, plan files and audit logs call it: never changed.
    pub id: &'static str,
    /// Its name as prose has it.
    pub title: &'static str,
    /// Where its API is, with the version, ending in `/`.
    pub base_url: &'static str,
    /// Its environments, and how it spells them in what is sent.
    pub env_types: &'static [(EnvType, &'static str)],
    /// The event types it documents. The list grows: others are not errors.
    pub event_types: &'static [&'static str],
    /// Whether webhooks can be disabled without being deleted.
    pub has_enabled: bool,
    /// Whether a webhook cannot be created without its environment.
    pub requires_env_type: bool,
    /// What the value of the signature's header begins with, before the hex digits.
    pub signature_prefix: &'static str,
    /// Requests a minute, per access secret, over all endpoints together.
    pub requests_per_minute: u32,
}

/// All providers, in the order in which they are named.
pub static PROFILES: &[&ProviderProfile] = &[&TRUV, &TRANSCRYPTS];

impl ProviderProfile {
    /// The profile of a provider.
    pub fn of(provider: Provider) -> &'static Self {
        match provider {
            Provider::Truv => &TRUV,
            Provider::Transcrypts => &TRANSCRYPTS,
        }
    }

    /// The provider of this id.
    pub fn by_id(id: &str) -> Option<&'static Self> {
        PROFILES.iter().find(|profile| profile.id == id).copied()
    }

    /// How the provider spells this kind of environment; `None` where it has none such.
    pub fn spelling(&self, env_type: EnvType) -> Option<&'static str> {
        self.env_types
            .iter()
            .find(|(known, _)| *known == env_type)
            .map(|(_, spelling)| *spelling)
    }

    /// The provider's environment of this spelling, whichever provider's spelling it is.
    pub fn env_type(&self, spelling: &str) -> Option<EnvType> {
        ENV_TYPE_SPELLINGS
            .iter()
            .find(|(known, _)| *known == spelling)
            .map(|(_, env_type)| *env_type)
            .filter(|env_type| self.spelling(*env_type).is_some())
    }
}

/// Every spelling of an environment that either provider's documentation or examples show.
pub const ENV_TYPE_SPELLINGS: &[(&str, EnvType)] = &[
    ("sandbox", EnvType::Sandbox),
    ("dev", EnvType::Development),
    ("development", EnvType::Development),
    ("prod", EnvType::Production),
    ("production", EnvType::Production),
];

/// Truv.
pub static TRUV: ProviderProfile = ProviderProfile {
    provider: Provider::Truv,
    id: "truv",
    title: "Truv",
    base_url: "https://prod.truv.com/v1/",
    env_types: &[
        (EnvType::Sandbox, "sandbox"),
        (EnvType::Development, "dev"),
        (EnvType::Production, "prod"),
    ],
    event_types: &[
        "bank-accounts-created",
        "bank-accounts-updated",
        "certification-completed",
        "employment-created",
        "employment-updated",
        "link-connected",
        "link-deleted",
        "link-disconnected",
        "order-created",
        "order-finalized",
        "order-refresh-failed",
        "order-status-updated",
        "profile-created",
        "profile-updated",
        "shifts-created",
        "shifts-updated",
        "statements-created",
        "statements-updated",
        "task-status-updated",
    ],
    has_enabled: true,
    requires_env_type: true,
    signature_prefix: "v1=",
    requests_per_minute: 300,
};

/// Transcrypts. Its API is Truv's, reworded; only its `instant-verification-*` events are its own.
pub static TRANSCRYPTS: ProviderProfile = ProviderProfile {
    provider: Provider::Transcrypts,
    id: "transcrypts",
    title: "Transcrypts",
    base_url: "https://prod.transcrypts.com/v1/",
    env_types: &[
        (EnvType::Development, "development"),
        (EnvType::Production, "production"),
    ],
    event_types: &[
        "employment-created",
        "employment-updated",
        "instant-verification-completed",
        "instant-verification-failed",
        "link-connected",
        "link-deleted",
        "link-disconnected",
        "order-refresh-failed",
        "order-status-updated",
        "profile-created",
        "profile-updated",
        "statements-created",
        "statements-updated",
        "task-status-updated",
    ],
    has_enabled: false,
    // Its reference calls the field optional.
    requires_env_type: false,
    // Its page shows no prefix.
    signature_prefix: "",
    requests_per_minute: 300,
};
