//! Credentials, which never show themselves.

use std::{collections::BTreeMap, fmt};

use secrecy::{ExposeSecret, SecretString};

use super::MaskedText;

/// A secret value. `Debug` is `***`; there is no `Display` and no `Serialize`; memory is wiped on drop.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes over a secret value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(SecretString::from(value.into()))
    }

    /// The value itself, for the request header and for comparing. Never for output.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Secret {}

/// What authenticates requests, and says whose they are, in the provider's own terms.
///
/// [`ProviderProfile::credentials`](super::ProviderProfile::credentials) has the keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    secret: Secret,
    others: BTreeMap<&'static str, MaskedText>,
}

impl Credentials {
    /// The one secret: it authenticates requests, decides the environment they run in, and the provider's rate limit counts
    /// by it.
    pub fn new(secret: Secret) -> Self {
        Self {
            secret,
            others: BTreeMap::new(),
        }
    }

    /// The same, with what the provider calls `key`, beside the secret: it says whose webhooks are meant.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: MaskedText) -> Self {
        self.others.insert(key, value);
        self
    }

    /// The one secret.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// What the provider calls `key`; `None` where it is the secret, or was not given.
    pub fn get(&self, key: &str) -> Option<&MaskedText> {
        self.others.get(key)
    }

    /// What was given beside the secret, in the order of the keys.
    pub fn others(&self) -> impl Iterator<Item = (&'static str, &MaskedText)> {
        self.others.iter().map(|(key, value)| (*key, value))
    }

    /// What says whose webhooks are meant, as one text; empty where the secret alone says it.
    pub fn account(&self) -> MaskedText {
        let mut account = MaskedText::plain("");
        for (index, value) in self.others.values().enumerate() {
            if index > 0 {
                account.push_plain("/");
            }
            account.push(value);
        }
        account
    }

    /// What nothing may show.
    pub fn sensitive(&self) -> impl Iterator<Item = String> {
        let others = self.others.values().filter(|value| value.is_sensitive());
        let others = others.map(MaskedText::expose);
        std::iter::once(self.secret.expose())
            .chain(others)
            .map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        let credentials = Credentials::new(Secret::new("prod-canary"))
            .with("client_id", MaskedText::sensitive("canary-client"));
        let shown = format!("{credentials:?}");
        assert!(!shown.contains("canary"), "{shown}");
        assert_eq!(format!("{:?}", credentials.secret()), "***");
        assert_eq!(credentials.account().to_string(), "•••");
    }
}
