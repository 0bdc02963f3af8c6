//! The facts about Svix's API.
//!
//! Source: its OpenAPI document, its server's source and its clients (`svix` 2.9.1 of PyPI, 2.5.0 of npm).

use std::time::Duration;

use crate::model::{
    Catalogue, CredentialFact, EnvType, KeyScope, KeyShape, OwnReplays, PlanningFacts,
    ProviderProfile, ReplayFacts, Rotation, SignatureScheme, SigningSecret, StandardHeaders,
    UrlRule, Wildcard,
};

/// What is known of Svix's API.
pub static PROFILE: ProviderProfile = ProviderProfile {
    id: "svix",
    title: "Svix",
    about: "webhooks as a service, in its cloud and self-hosted: the endpoints of one application.",
    base_url: "https://api.svix.com/api/v1/",
    regions: &[
        ("us", "https://api.us.svix.com/api/v1/"),
        ("eu", "https://api.eu.svix.com/api/v1/"),
        ("in", "https://api.in.svix.com/api/v1/"),
        ("ca", "https://api.ca.svix.com/api/v1/"),
        ("au", "https://api.au.svix.com/api/v1/"),
    ],
    // It has none: what a token belongs to is whatever its owner says.
    env_types: &[
        (EnvType::Sandbox, "sandbox"),
        (EnvType::Development, "development"),
        (EnvType::Production, "production"),
    ],
    credentials: &[
        CredentialFact {
            key: "token",
            title: "token",
            about: "of the dashboard, or a JWT of a server of your own. What stands after its last dot names the region.",
            variable: "TOKEN",
            secret: true,
            required: true,
        },
        CredentialFact {
            key: "application",
            title: "application",
            about: "whose endpoints are meant: its id (`app_…`) or its uid.",
            variable: "APPLICATION",
            secret: false,
            required: true,
        },
    ],
    secret_prefixes: &[],
    catalogue: Catalogue::Account,
    event_types: &[],
    has_enabled: true,
    requires_env_type: false,
    // Its attempts are listed for each endpoint, and are read as one history.
    has_history: true,
    replays: Some(OwnReplays {
        by_hand: "\"Replay\" in its dashboard",
        api: Some(ReplayFacts {
            reach: Duration::from_secs(14 * 24 * 3_600),
        }),
    }),
    signature: SignatureScheme::StandardWebhooks {
        headers: StandardHeaders {
            id: "svix-id",
            timestamp: "svix-timestamp",
            signature: "svix-signature",
        },
        tolerance: 300,
    },
    signing_secret: SigningSecret::Readable { prefix: "whsec_" },
    chosen_secret: Some(KeyShape {
        prefix: "whsec_",
        bytes: (24, 75),
    }),
    rotation: Rotation::Api {
        overlap: Duration::from_secs(86_400),
    },
    user_agent: "Svix-Webhooks",
    sample: super::sample::payload,
    // It throttles, and publishes no numbers: this is our own choice.
    requests_per_minute: 600,
    planning: PlanningFacts {
        url: UrlRule::Shared,
        key: KeyScope::Endpoint,
        // There is a limit; its number is published nowhere.
        most: None,
        created_disabled: true,
        wildcard: Wildcard::All { except: &[] },
        create_only: &[],
        disables: true,
    },
};
