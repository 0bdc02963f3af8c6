//! The facts about Transcrypts's API.
//!
//! Source: its public documentation (`docs.transcrypts.com`), pages on webhooks, authentication, environments and rate limits.

use crate::{
    model::{EnvType, PlanningFacts, ProviderProfile, SignatureScheme},
    provider::truv,
};

/// What is known of Transcrypts's API: what is not said here is as Truv has it.
pub static PROFILE: ProviderProfile = ProviderProfile {
    id: "transcrypts",
    title: "Transcrypts",
    about: "income and employment verification.",
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
    signature: SignatureScheme::HexDigest {
        header: "X-WEBHOOK-SIGN",
        // Its page shows no prefix.
        prefix: "",
    },
    user_agent: "Transcrypts-Webhook-Service/2.0",
    sample: super::sample::payload,
    planning: PlanningFacts {
        disables: false,
        ..truv::PROFILE.planning
    },
    ..truv::PROFILE
};
