//! What resolving gives.

use std::{collections::BTreeMap, num::NonZeroU32, sync::Arc, time::Duration};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{
    CredentialFact, CredentialSource, DesiredState, Destinations, EnvType, EnvironmentName,
    MaskedText, Policy, ProviderProfile, Secret,
};

/// One environment, resolved.
#[derive(Debug)]
pub struct ResolvedEnvironment {
    /// Its name.
    pub name: EnvironmentName,
    /// What is known of its provider.
    pub profile: &'static ProviderProfile,
    /// The provider's environment.
    pub env_type: EnvType,
    /// Where the API is.
    pub target: Target,
    /// Where the credentials come from; `None` where the target needs none.
    pub credentials: Option<CredentialSources>,
    /// What TLS uses besides what the operating system has.
    pub tls_files: TlsFiles,
    /// What a plan may do.
    pub policy: Policy,
    /// The variables, as far as their values are known.
    pub variables: BTreeMap<String, MaskedText>,
    /// Where events may be sent.
    pub destinations: Destinations,
    /// How many requests a minute the provider lets the account send: at least 1.
    pub requests_per_minute: u32,
    /// The share of that which a run may use: above 0, at most 1.
    pub rate_share: f64,
    /// The most webhooks that its list may have, where the manifest says so.
    pub max_webhooks: Option<NonZeroU32>,
    /// How long things may take.
    pub timeouts: Timeouts,
    /// What keeps two runs apart.
    pub lock: Option<LockPlace>,
    /// The environments that a run must have applied and proven before, where it applies them too.
    pub after: Vec<EnvironmentName>,
    /// What the service does with it.
    pub reconcile: Reconcile,
    /// The webhooks it should have.
    pub desired: DesiredState,
}

/// What the service that reconciles does with an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reconcile {
    /// What it may do.
    pub mode: ReconcileMode,
    /// How often it looks.
    pub interval: Duration,
    /// Why it leaves the environment alone, where it does.
    pub pause: Option<Pause>,
    /// The most requests by which it may change something in one day, in UTC.
    pub max_writes_per_day: u32,
}

/// What the service `hookwright reconcile` may do with an environment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReconcileMode {
    /// It says what differs, and writes nothing.
    #[default]
    Detect,
    /// It applies what no guard refuses. Needs `lock`.
    Apply,
    /// It does not look at it.
    Off,
}

impl ReconcileMode {
    /// The word for it in a manifest.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Detect => "detect",
            Self::Apply => "apply",
            Self::Off => "off",
        }
    }
}

/// Why the service leaves an environment alone, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// Why, in somebody's words: a ticket, say.
    pub reason: String,
    /// When it ends; `None`: when somebody ends it.
    pub until: Option<Timestamp>,
}

/// Where an environment's API is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The simulator inside this program.
    Simulator,
    /// An API at this base URL.
    Url(MaskedText),
    /// A base URL with a value that was withheld.
    Withheld,
}

/// The files that TLS uses.
#[derive(Clone, Debug, Default)]
pub struct TlsFiles {
    /// The certificates of the authorities that are trusted, in place of the operating system's.
    pub authorities: Option<PemFile>,
    /// The client's certificate and its private key.
    pub identity: Option<(PemFile, PemFile)>,
}

/// A file of certificates or of a key, in PEM as far as its labels tell.
#[derive(Clone, Debug)]
pub struct PemFile {
    /// The key of the manifest that names it.
    pub key: &'static str,
    /// Where it is, as the manifest says.
    pub path: MaskedText,
    /// What it holds.
    pub content: Arc<Secret>,
}

/// Where a lock is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LockPlace {
    /// In a local file.
    File {
        /// The manifest that names it: a relative path is relative to its folder.
        beside: String,
        /// The path.
        path: MaskedText,
    },
    /// In an object store.
    Object {
        /// The object: `s3`, `gs` or `az`, a bucket and a key.
        url: MaskedText,
        /// Where the store's API is, if not where it usually is.
        endpoint: Option<MaskedText>,
        /// The bucket's region.
        region: Option<MaskedText>,
        /// How long it lasts without renewal.
        expires_after: Duration,
    },
}

impl LockPlace {
    /// The lock beside this one, by which copies of the service settle which of them looks at an environment: this one stays
    /// free for whoever writes.
    #[must_use]
    pub fn beside(&self) -> Self {
        const LEADER: &str = ".leader";
        let and = |text: &MaskedText| {
            let mut beside = text.clone();
            beside.push_plain(LEADER);
            beside
        };
        match self {
            Self::File { beside, path } => Self::File {
                beside: beside.clone(),
                path: and(path),
            },
            Self::Object {
                url,
                endpoint,
                region,
                expires_after,
            } => Self::Object {
                url: and(url),
                endpoint: endpoint.clone(),
                region: region.clone(),
                expires_after: *expires_after,
            },
        }
    }
}

/// How long requests to a provider may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// One request, until its answer is complete.
    pub total: Duration,
    /// A connection, until it has come about.
    pub connect: Duration,
    /// The provider's silence; `None` for as long as the whole request may take.
    pub read: Option<Duration>,
}

/// Where the parts of credentials come from, by what they are, in the provider's order.
#[derive(Clone, Debug)]
pub struct CredentialSources(pub Vec<(&'static CredentialFact, CredentialSource)>);
