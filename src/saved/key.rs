//! What only the holder of an access secret can make.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::model::{EnvironmentName, Secret};

/// What the digests of one environment's files are keyed by. It is derived from the access secret, from
/// which it cannot be told, and which cannot be told from it.
#[derive(Clone)]
pub struct Key(Vec<u8>);

/// What a digest is of: one purpose's digest says nothing of another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// That the key is the same.
    Check,
    Account,
    /// A text, which may have a sensitive part.
    Text,
    /// A file's content.
    Seal,
}

impl Key {
    /// The key of an environment.
    pub fn of(secret: &Secret, environment: &EnvironmentName) -> Self {
        let text = format!("hookwright saved plan 1\0{environment}");
        let mac = mac(secret.expose().as_bytes(), text.as_bytes());
        Self(mac.finalize().into_bytes().to_vec())
    }

    fn mac(&self, purpose: Purpose, bytes: &[u8]) -> Hmac<Sha256> {
        let label: &[u8] = match purpose {
            Purpose::Check => b"check\0",
            Purpose::Account => b"account\0",
            Purpose::Text => b"text\0",
            Purpose::Seal => b"seal\0",
        };
        let mut mac = mac(&self.0, label);
        mac.update(bytes);
        mac
    }

    /// The digest of bytes, in hex.
    pub(super) fn digest(&self, purpose: Purpose, bytes: &[u8]) -> String {
        base16ct::lower::encode_string(&self.mac(purpose, bytes).finalize().into_bytes())
    }

    /// Whether this is the digest of bytes; takes the same time whatever it is.
    pub(super) fn verify(&self, purpose: Purpose, bytes: &[u8], digest: &str) -> bool {
        let given = base16ct::mixed::decode_vec(digest);
        given.is_ok_and(|given| self.mac(purpose, bytes).verify_slice(&given).is_ok())
    }
}

/// HMAC-SHA-256 takes keys of every length.
fn mac(key: &[u8], bytes: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length");
    mac.update(bytes);
    mac
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_differ_by_secret_environment_and_purpose() {
        let key =
            |secret: &str, name: &str| Key::of(&Secret::new(secret), &EnvironmentName::new(name));
        let one = key("prod-a", "prod");
        let digest = one.digest(Purpose::Text, b"x");
        assert_eq!(digest.len(), 64);
        assert_ne!(digest, key("prod-b", "prod").digest(Purpose::Text, b"x"));
        assert_ne!(digest, key("prod-a", "dev").digest(Purpose::Text, b"x"));
        assert_ne!(digest, one.digest(Purpose::Seal, b"x"));
        assert!(one.verify(Purpose::Text, b"x", &digest));
        assert!(!one.verify(Purpose::Text, b"y", &digest));
        for not_one in ["", "0", "zz", "é", &digest[..62]] {
            assert!(!one.verify(Purpose::Text, b"x", not_one), "{not_one}");
        }
        assert_eq!(format!("{one:?}"), "***");
    }
}
