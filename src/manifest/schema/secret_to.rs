//! Where the key of a webhook goes that is shown once.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::manifest::de::Spanned;

/// Where the key goes that signs a webhook's deliveries: a program or a file. It is sent there once, when the webhook is created,
/// and shown nowhere.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecretTo {
    /// A program that reads the key from its standard input, and its arguments. No shell is involved. Before anything is created it
    /// is started once without a key, with `HOOKWRIGHT_SECRET_CHECK=1` in its environment, and must succeed.
    #[schemars(length(min = 1), extend("examples" = [["vault", "kv", "put", "kv/webhooks/loans", "secret=-"]]))]
    pub(crate) command: Option<Spanned<Vec<String>>>,
    /// A file that only its owner may read. It is made, or replaced as a whole. Relative to the manifest's folder.
    #[schemars(extend("examples" = ["secrets/${var:name}.whsec"]))]
    pub(crate) file: Option<Spanned<String>>,
}
