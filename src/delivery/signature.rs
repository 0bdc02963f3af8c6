//! The signature of a delivery, by each of the schemes that providers have.
//!
//! Source: the providers' documentation of webhooks, and of each scheme where [`SignatureScheme`] names it. While two
//! keys are alive, either may have signed, so a receiver must accept both.

mod change;
mod invalid;
mod verify;

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

pub use self::{
    change::BodyChange,
    invalid::{InvalidKey, InvalidSignature},
    verify::{Freshness, Received, verify},
};
use crate::model::{Secret, SignatureScheme};

/// What a secret of Standard Webhooks begins with, before its base64.
const SYMMETRIC: &str = "whsec_";

/// What its Ed25519 keys begin with: the private one and the public one.
const ASYMMETRIC: [&str; 2] = ["whsk_", "whpk_"];

/// What signs the event that a good receiver refuses.
const WRONG_KEY: &[u8] = b"hookwright-wrong-key";

/// The header that carries the signature.
pub fn header(scheme: SignatureScheme) -> &'static str {
    match scheme {
        SignatureScheme::HexDigest { header, .. } | SignatureScheme::TimedHex { header, .. } => {
            header
        }
        SignatureScheme::StandardWebhooks { headers, .. } => headers.signature,
    }
}

/// What is signed: an attempt to deliver an event.
#[derive(Clone, Copy, Debug)]
pub struct Message<'m> {
    /// The event's id, the same at each attempt. Not every scheme has one. See [`message_id`].
    pub id: &'m str,
    /// When the attempt is made. Not every scheme says it.
    pub at: Timestamp,
    /// The body, byte for byte.
    pub body: &'m [u8],
}

/// An id for an event that is made up: the same for the same parts.
pub fn message_id(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.as_bytes());
        digest.update([0]);
    }
    let hex = base16ct::lower::encode_string(&digest.finalize());
    format!("msg_{}", &hex[..27])
}

/// Headers of a delivery: their names, and what is in them.
pub type Headers = Vec<(&'static str, String)>;

/// A key, taken as its scheme takes it.
///
/// ```
/// use hookwright::{
///     delivery::signature::{self, Freshness, Message, Received, Signer},
///     model::{ProviderProfile, Secret},
/// };
///
/// let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
/// let message = Message { id: "msg_1", at: jiff::Timestamp::UNIX_EPOCH, body: b"{}" };
/// for provider in ProviderProfile::all() {
///     let scheme = provider.signature;
///     let signed = Signer::new(scheme, &secret)?.sign(&message);
///     let received = Received::of(scheme, signed.iter().map(|(name, value)| (*name, value.as_str())));
///     assert!(signature::verify(scheme, &secret, b"{}", &received, Freshness::Any).is_ok());
/// }
/// # Ok::<(), signature::InvalidKey>(())
/// ```
#[derive(Clone)]
pub struct Signer {
    scheme: SignatureScheme,
    keyed: Hmac<Sha256>,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Signer").field(&self.scheme).finish()
    }
}

impl Signer {
    /// Takes a secret as the receiver has it.
    ///
    /// # Errors
    ///
    /// The scheme has no such secrets.
    pub fn new(scheme: SignatureScheme, secret: &Secret) -> Result<Self, InvalidKey> {
        let text = secret.expose();
        if text.is_empty() {
            return Err(InvalidKey::Empty);
        }
        let SignatureScheme::StandardWebhooks { .. } = scheme else {
            return Ok(Self::keyed(scheme, text.as_bytes()));
        };
        if ASYMMETRIC.iter().any(|prefix| text.starts_with(prefix)) {
            return Err(InvalidKey::Asymmetric);
        }
        let encoded = text.strip_prefix(SYMMETRIC).unwrap_or(text);
        match STANDARD.decode(encoded) {
            Ok(key) if key.is_empty() => Err(InvalidKey::Empty),
            Ok(key) => Ok(Self::keyed(scheme, &key)),
            Err(_) => Err(InvalidKey::NotBase64),
        }
    }

    /// What signs the event that a good receiver refuses.
    pub fn wrong(scheme: SignatureScheme) -> Self {
        Self::keyed(scheme, WRONG_KEY)
    }

    fn keyed(scheme: SignatureScheme, key: &[u8]) -> Self {
        Self {
            scheme,
            keyed: Hmac::new_from_slice(key).expect("HMAC takes keys of any length"),
        }
    }

    /// The headers by which the provider signs this, as it writes them.
    pub fn sign(&self, message: &Message<'_>) -> Headers {
        let Message { id, at, body } = *message;
        let second = at.as_second().to_string();
        let digest = |before: &[&str]| self.of(before, body).finalize().into_bytes();
        let hex = |before: &[&str]| base16ct::lower::encode_string(&digest(before));
        match self.scheme {
            SignatureScheme::HexDigest { header, prefix } => {
                vec![(header, format!("{prefix}{}", hex(&[])))]
            }
            SignatureScheme::TimedHex { header, .. } => {
                let signature = hex(&[&second, "."]);
                vec![(header, format!("t={second},v1={signature}"))]
            }
            SignatureScheme::StandardWebhooks { headers, .. } => {
                let signature = STANDARD.encode(digest(&[id, ".", &second, "."]));
                vec![
                    (headers.id, id.to_owned()),
                    (headers.timestamp, second),
                    (headers.signature, format!("v1,{signature}")),
                ]
            }
        }
    }

    /// The HMAC of a body and of what is signed before it.
    fn of(&self, before: &[&str], body: &[u8]) -> Hmac<Sha256> {
        let mut keyed = self.keyed.clone();
        for text in before {
            keyed.update(text.as_bytes());
        }
        keyed.chain_update(body)
    }
}

#[cfg(test)]
mod tests;
