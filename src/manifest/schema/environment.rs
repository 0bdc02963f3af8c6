//! Environments, as types.

use std::{collections::BTreeMap, num::NonZeroU32};

use schemars::JsonSchema;
use serde::Deserialize;

use super::credentials::{self, Credentials};
use crate::{
    manifest::{de::Spanned, resolved::ReconcileMode},
    model::{EnvType, ProviderProfile},
};

/// A named target: one environment of one provider account, with its credentials.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("allOf" = credentials::by_provider()))]
pub(crate) struct Environment {
    /// The provider.
    #[schemars(with = "Spanned<ProviderProfile>")]
    pub(crate) provider: Option<Spanned<&'static ProviderProfile>>,
    /// The provider's environment. Default: the environment's name, if the provider has it.
    pub(crate) env_type: Option<Spanned<ProviderEnvType>>,
    /// Where the provider's API is. Default: the provider's own; `simulator` is the embedded one.
    #[schemars(extend("examples" = [ProviderProfile::usual().base_url, "simulator"]))]
    pub(crate) base_url: Option<Spanned<String>>,
    /// A file with the certificates, in PEM, of the authorities that the API's own must come from, in
    /// place of those that the operating system trusts. Relative to the manifest's folder.
    #[schemars(extend("examples" = ["tls/authority.pem"]))]
    pub(crate) ca_file: Option<Spanned<String>>,
    /// A file with the certificate, in PEM, that this side shows to an API that asks for one, such as
    /// at the providers' mTLS hosts. Needs `client_key`.
    #[schemars(extend("examples" = ["tls/client.pem"]))]
    pub(crate) client_certificate: Option<Spanned<String>>,
    /// A file with the private key, in PEM, of `client_certificate`. May be the same file.
    #[schemars(extend("examples" = ["/run/secrets/client.key", "${env:CLIENT_KEY_FILE}"]))]
    pub(crate) client_key: Option<Spanned<String>>,
    /// What authenticates requests. May be left out for the embedded simulator.
    pub(crate) credentials: Option<Spanned<Credentials>>,
    /// Variables for `${var:NAME}`.
    #[serde(default)]
    #[schemars(extend("examples" = [{"host": "hooks.sandbox.example.com"}]))]
    pub(crate) vars: BTreeMap<Spanned<String>, Spanned<String>>,
    /// Globs of the hosts events may be sent to. Default: anywhere.
    #[schemars(extend("examples" = [["*.example.com"]]))]
    pub(crate) allowed_hosts: Option<Spanned<Vec<Spanned<String>>>>,
    /// Allows plain `http` beyond loopback, for events and for the API: both travel unencrypted.
    #[serde(default)]
    pub(crate) allow_http: bool,
    /// Globs of the live names that are ours. Default: all.
    #[schemars(extend("examples" = [["acme-*"]]))]
    pub(crate) owns: Option<Vec<Spanned<String>>>,
    /// Globs of the live names that are never ours.
    #[serde(default)]
    #[schemars(extend("examples" = [["legacy-*"]]))]
    pub(crate) ignore: Vec<Spanned<String>>,
    /// Whether what is ours and not declared is deleted.
    #[serde(default)]
    pub(crate) prune: bool,
    /// Globs of the names of webhooks that are never deleted, even when gone from the manifest.
    #[serde(default)]
    #[schemars(extend("examples" = [["acme-loan-*"]]))]
    pub(crate) protect: Vec<Spanned<String>>,
    /// How many enabled webhooks must receive an event type, before, during and after an apply.
    #[serde(default)]
    #[schemars(extend("examples" = [{"order-status-updated": 1}]))]
    pub(crate) require: BTreeMap<Spanned<String>, u32>,
    /// When a webhook that the provider disabled is enabled again. Default: always.
    #[serde(default)]
    pub(crate) heal: Heal,
    /// The environments that a run which applies them too must have applied and proven before it writes
    /// to this one. Where one of them is not, this one is skipped.
    #[serde(default)]
    #[schemars(extend("examples" = [["sandbox"]]))]
    pub(crate) after: Vec<Spanned<String>>,
    /// Bounds on what one run may do.
    #[serde(default)]
    pub(crate) limits: Limits,
    /// Keeps two runs of `apply` from working on this environment at once. Default: nothing does.
    #[schemars(extend("examples" = [{"file": ".hookwright/prod.lock"}, {"url": "s3://acme-locks/hookwright/prod"}]))]
    pub(crate) lock: Option<Spanned<Lock>>,
    /// What the service `hookwright reconcile` does with this environment.
    #[serde(default)]
    pub(crate) reconcile: Reconcile,
}

/// What the service `hookwright reconcile` does with an environment.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reconcile {
    /// Whether it only says what differs, or applies what no guard refuses. Default: detect.
    #[serde(default)]
    pub(crate) mode: ReconcileMode,
    /// How often it looks: from `1s` to `24h`. Each environment looks a little earlier or later than that, so that not all look
    /// at once. Default: 10m.
    #[schemars(extend("examples" = ["10m"]))]
    pub(crate) interval: Option<Spanned<String>>,
    /// Why it leaves this environment alone for now, such as a ticket: while this is there, it looks at nothing and writes nothing.
    #[schemars(length(min = 1), extend("examples" = ["INC-1234"]))]
    pub(crate) paused: Option<Spanned<String>>,
    /// When the pause ends by itself. Default: when `paused` is taken out.
    #[schemars(extend("format" = "date-time", "examples" = ["2026-12-01T00:00:00Z"]))]
    pub(crate) until: Option<Spanned<String>>,
}

/// When a webhook that the provider disabled is enabled again.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(extend("description" = heal_description()))]
pub(crate) enum Heal {
    /// At once.
    #[default]
    Always,
    /// When a signed probe of its URL succeeded, which `apply` sends.
    Probe,
}

/// The provider's environment, in either provider's spelling.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ProviderEnvType {
    Sandbox,
    Dev,
    Development,
    Prod,
    Production,
}

impl From<ProviderEnvType> for EnvType {
    fn from(spelled: ProviderEnvType) -> Self {
        match spelled {
            ProviderEnvType::Sandbox => Self::Sandbox,
            ProviderEnvType::Dev | ProviderEnvType::Development => Self::Development,
            ProviderEnvType::Prod | ProviderEnvType::Production => Self::Production,
        }
    }
}

/// Bounds on what one run may do.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Limits {
    /// The most webhooks one apply may delete.
    #[schemars(extend("examples" = [2]))]
    pub(crate) max_deletes: Option<u32>,
    /// The most requests by which the service `hookwright reconcile` may change something in one day, in UTC. Default: 50.
    #[schemars(extend("examples" = [50]))]
    pub(crate) max_writes_per_day: Option<u32>,
    /// The most webhooks that the environment's list may have, ours and others', with 1 KiB each on average: a longer
    /// list is given up. So much may also come in one answer, or else 16 MiB. Default: 100000.
    /// Where the provider documents how many an account may have, a plan goes by this number instead.
    #[schemars(extend("examples" = [250000]))]
    pub(crate) max_webhooks: Option<NonZeroU32>,
    /// How many requests a minute the provider lets this account send. Default: what its documentation
    /// says.
    #[schemars(range(min = 1), extend("examples" = [600]))]
    pub(crate) requests_per_minute: Option<Spanned<u32>>,
    /// The share of the provider's rate limit that a run may use. Default: 0.5.
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0, "examples" = [0.5]))]
    pub(crate) rate_share: Option<Spanned<f64>>,
    /// How long one request may take, until its answer is complete. Default: 30s.
    #[schemars(extend("examples" = ["30s", "1m"]))]
    pub(crate) timeout: Option<Spanned<String>>,
    /// How long a connection may take to come about, as a part of `timeout`. Default: 10s.
    #[schemars(extend("examples" = ["3s"]))]
    pub(crate) connect_timeout: Option<Spanned<String>>,
    /// How long the provider may be silent, as a part of `timeout`. Default: all of it.
    #[schemars(extend("examples" = ["10s"]))]
    pub(crate) read_timeout: Option<Spanned<String>>,
}

/// Keeps two runs from working on an environment at once: what one holds, another does not get.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lock {
    /// A local file, for runs on one machine. Relative to the manifest's folder; made where it is not
    /// there. Not on a network file system.
    #[schemars(extend("examples" = [".hookwright/prod.lock"]))]
    pub(crate) file: Option<Spanned<String>>,
    /// An object in S3, what is compatible with it, Google Cloud Storage or Azure Blob Storage, for runs
    /// anywhere. Credentials come from the environment variables that the store's own tools know.
    #[schemars(extend("examples" = ["s3://acme-locks/hookwright/prod", "gs://acme-locks/prod", "az://locks/prod"]))]
    pub(crate) url: Option<Spanned<String>>,
    /// Where the object store's API is. Default: the store's own.
    #[schemars(extend("examples" = ["https://minio.example.com"]))]
    pub(crate) endpoint: Option<Spanned<String>>,
    /// The region of an S3 bucket. Default: what `AWS_REGION` says.
    #[schemars(extend("examples" = ["eu-central-1"]))]
    pub(crate) region: Option<Spanned<String>>,
    /// How long an object's lock lasts when its run has died; a run that lives renews it. At least
    /// `10s`; twice `limits.timeout` or more, so that no request outlasts it. Default: 2m.
    #[schemars(extend("examples" = ["2m"]))]
    pub(crate) expires_after: Option<Spanned<String>>,
}

/// What editors say of `heal`.
fn heal_description() -> String {
    let who = ProviderProfile::all().find(|provider| provider.has_enabled);
    let who = who.unwrap_or_else(ProviderProfile::usual).title;
    format!(
        "When a webhook that the provider disabled, as {who} does with endpoints that keep failing, is enabled\nagain."
    )
}
