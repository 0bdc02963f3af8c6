//! What signs deliveries: whose secret it is, and what it must be where a user chooses it.

use std::{fmt, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Secret, is_hidden, tokens::places_in_text};

/// Where the key comes from that signs deliveries, and who can read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SigningSecret {
    /// It is the secret of the credentials.
    Credentials,
    /// Each webhook has its own, which the answer to its creation shows, and nothing afterwards.
    ShownOnce {
        /// How it begins.
        prefix: &'static str,
    },
    /// Each webhook has its own, which can be read at any time.
    Readable {
        /// How it begins.
        prefix: &'static str,
    },
}

impl SigningSecret {
    /// How a key begins that only the provider makes.
    pub fn prefix(self) -> Option<&'static str> {
        match self {
            Self::Credentials => None,
            Self::ShownOnce { prefix } | Self::Readable { prefix } => Some(prefix),
        }
    }
}

/// What a signing secret must be that a user chooses: a prefix, and base64 of so many bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyShape {
    /// How it begins.
    pub prefix: &'static str,
    /// The fewest bytes, and the most, that what follows stands for.
    pub bytes: (usize, usize),
}

impl KeyShape {
    /// What is wrong with a secret, in words that go on from what it is, and never show it; `None` where nothing is.
    pub fn fault(self, secret: &Secret) -> Option<String> {
        let Self {
            prefix,
            bytes: (fewest, most),
        } = self;
        let text = secret.expose();
        if text.trim().is_empty() {
            return Some("is empty".to_owned());
        }
        if text.trim() != text {
            return Some("has white space around it".to_owned());
        }
        let Some(encoded) = text.strip_prefix(prefix) else {
            return Some(format!("does not begin with `{prefix}`"));
        };
        match STANDARD.decode(encoded) {
            Ok(bytes) if (fewest..=most).contains(&bytes.len()) => None,
            Ok(bytes) => Some(format!(
                "has {} bytes after `{prefix}`, and must have {fewest} to {most}",
                bytes.len()
            )),
            Err(_) => Some(format!(
                "has something after `{prefix}` that is not base64 with its padding"
            )),
        }
    }

    /// The same in words.
    pub fn words(self) -> String {
        let (fewest, most) = self.bytes;
        format!(
            "`{}` and the base64 of {fewest} to {most} random bytes",
            self.prefix
        )
    }

    /// What nothing may show of a secret: all of it, and what stands after the prefix.
    pub fn sensitive(self, secret: &Secret) -> impl Iterator<Item = String> {
        let text = secret.expose();
        let rest = text.strip_prefix(self.prefix);
        let texts: Vec<String> = [Some(text), rest]
            .into_iter()
            .flatten()
            .map(str::to_owned)
            .collect();
        texts.into_iter()
    }
}

/// How a webhook's own secret is replaced by a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// Its API does it, and the old one stays valid for so long: what is signed meanwhile has a signature of each.
    Api {
        /// How long that is.
        overlap: Duration,
    },
    /// A person does it.
    ByHand {
        /// What that person does, and where: words that go on from "instead".
        how: &'static str,
    },
}

/// Which rotation of a webhook's secret is meant: a word of the user's, such as a date. One is done once; another word is
/// another rotation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct RotationWord(String);

impl RotationWord {
    /// The most characters.
    pub const LONGEST: usize = 64;

    /// A word that a manifest has. `True` is `true`, as it is in YAML.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words that go on from what it is.
    pub fn new(text: &str) -> Result<Self, &'static str> {
        let is_it = |word: &&str| text.eq_ignore_ascii_case(word);
        if text.trim().is_empty() {
            Err("is empty")
        } else if text.chars().count() > Self::LONGEST {
            Err("has more than 64 characters")
        } else if text.trim() != text || text.chars().any(is_hidden) {
            Err("has white space at an end, or characters that cannot be seen")
        } else if ["yes", "no", "on", "off", "y", "n"].iter().any(is_it) {
            // In YAML 1.1 those are no texts. Whoever means no would rotate.
            Err("could mean yes or no")
        } else if !places_in_text(text).is_empty() {
            // Read from the webhook, it would be another word, and rotate again and again.
            Err("has a URL with a secret in it")
        } else if is_it(&"true") {
            Ok(Self("true".to_owned()))
        } else {
            Ok(Self(text.to_owned()))
        }
    }

    /// A word that a provider has kept, whatever it is.
    pub fn from_live(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RotationWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_secret_is_said_without_showing_it() {
        let shape = KeyShape {
            prefix: "whsec_",
            bytes: (24, 75),
        };
        let key = |bytes: usize| format!("whsec_{}", STANDARD.encode(vec![0xfb; bytes]));
        let whole = key(24);
        for (text, fault) in [
            (key(24), None),
            (key(75), None),
            (
                key(23),
                Some("has 23 bytes after `whsec_`, and must have 24 to 75"),
            ),
            (
                key(76),
                Some("has 76 bytes after `whsec_`, and must have 24 to 75"),
            ),
            (
                "whsec_".to_owned(),
                Some("has 0 bytes after `whsec_`, and must have 24 to 75"),
            ),
            (String::new(), Some("is empty")),
            (" \n".to_owned(), Some("is empty")),
            (format!("{whole}\n"), Some("has white space around it")),
            (format!(" {whole}"), Some("has white space around it")),
            (
                whole.replace("whsec_", ""),
                Some("does not begin with `whsec_`"),
            ),
            (
                whole.replace("whsec_", "whsk_"),
                Some("does not begin with `whsec_`"),
            ),
            (
                format!("{whole}canary"),
                Some("has something after `whsec_` that is not base64 with its padding"),
            ),
            (
                whole.replace('+', "-"),
                Some("has something after `whsec_` that is not base64 with its padding"),
            ),
        ] {
            let found = shape.fault(&Secret::new(text.clone()));
            assert_eq!(found.as_deref(), fault, "{text}");
        }
    }
}
