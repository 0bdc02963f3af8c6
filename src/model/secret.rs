//! Credentials, which never show themselves.

use std::fmt;

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

/// What authenticates requests and, by the secret, decides the environment they run in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// Sent as `X-Access-Client-Id`; the same for all environments of an account.
    pub client_id: MaskedText,
    /// Sent as `X-Access-Secret`; decides the environment a request runs in.
    pub access_secret: Secret,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        let credentials = Credentials {
            client_id: MaskedText::sensitive("canary-client"),
            access_secret: Secret::new("prod-canary"),
        };
        let shown = format!("{credentials:?}");
        assert!(!shown.contains("canary"), "{shown}");
        assert_eq!(format!("{:?}", credentials.access_secret), "***");
    }
}
