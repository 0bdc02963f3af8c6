//! Keys that sign: what the provider chooses, and what is wrong with one that somebody chose.

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

/// A secret that the provider chooses: 24 bytes.
pub(super) fn generated(endpoint: &str, turn: usize) -> String {
    let digest = Sha256::digest(format!("secret {turn} of {endpoint}"));
    format!("whsec_{}", STANDARD.encode(&digest[..24]))
}

/// What is wrong with a secret that somebody chose.
pub(super) fn fault(secret: &str) -> Option<&'static str> {
    let encoded = secret.strip_prefix("whsec_").unwrap_or(secret);
    match STANDARD.decode(encoded) {
        Ok(bytes) if (24..=75).contains(&bytes.len()) => None,
        Ok(_) => Some("Signing key must be between 24 and 75 bytes"),
        Err(_) => Some("Failed to base64-decode the signing key"),
    }
}
