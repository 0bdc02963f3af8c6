//! The signature of a delivery: HMAC-SHA256 of the raw body, keyed with the access secret, in hex.
//!
//! Source: the providers' documentation of webhooks. Some write a version before the digits. While two keys of one
//! environment are alive, either may have signed, so a receiver must accept both.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

use crate::{
    json,
    model::{ProviderProfile, Secret, SignatureScheme},
};

/// The hex digits of an HMAC-SHA256.
const DIGITS: usize = 64;

/// The header that carries a provider's signature.
pub fn header(provider: &ProviderProfile) -> &'static str {
    let SignatureScheme::HexDigest { header, .. } = provider.signature;
    header
}

/// What a provider writes before the hex digits.
fn prefix(provider: &ProviderProfile) -> &'static str {
    let SignatureScheme::HexDigest { prefix, .. } = provider.signature;
    prefix
}

/// The value of the header for this body, as the provider writes it.
///
/// ```
/// use hookwright::{delivery::signature, model::{ProviderProfile, Secret}};
///
/// let secret = Secret::new("sandbox-0000000000000000000000000000000000000000");
/// for provider in ProviderProfile::all() {
///     let value = signature::sign(provider, &secret, b"{}");
///     assert!(signature::verify(provider, &secret, b"{}", &value).is_ok());
/// }
/// ```
pub fn sign(provider: &ProviderProfile, secret: &Secret, body: &[u8]) -> String {
    let digest = keyed(secret, body).finalize().into_bytes();
    format!(
        "{}{}",
        prefix(provider),
        base16ct::lower::encode_string(&digest)
    )
}

/// Whether a header's value is this provider's signature of this body. Takes the same time wherever the
/// two first differ.
///
/// # Errors
///
/// What is wrong with the value. Where body and key do not give it, a few ways in which receivers
/// change a body before they verify it are tried.
pub fn verify(
    provider: &ProviderProfile,
    secret: &Secret,
    body: &[u8],
    value: &str,
) -> Result<(), InvalidSignature> {
    let digest = digest(provider, value)?;
    if matches(secret, body, &digest) {
        return Ok(());
    }
    let changed = BodyChange::ALL
        .into_iter()
        .find(|change| matches(secret, &change.undone(body), &digest));
    Err(match changed {
        Some(change) => InvalidSignature::BodyChanged(change),
        None => InvalidSignature::Mismatch,
    })
}

fn keyed(secret: &Secret, body: &[u8]) -> Hmac<Sha256> {
    Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes())
        .expect("HMAC takes keys of any length")
        .chain_update(body)
}

fn matches(secret: &Secret, body: &[u8], digest: &[u8]) -> bool {
    keyed(secret, body).verify_slice(digest).is_ok()
}

/// The bytes that a value stands for.
fn digest(provider: &ProviderProfile, value: &str) -> Result<Vec<u8>, InvalidSignature> {
    let prefix = prefix(provider);
    let digits = value
        .strip_prefix(prefix)
        .ok_or(InvalidSignature::PrefixMissing { prefix })?;
    let others = ProviderProfile::all().map(self::prefix);
    let other = others.filter(|other| !other.is_empty() && digits.starts_with(other));
    if let Some(other) = other.max_by_key(|other| other.len()) {
        return Err(InvalidSignature::PrefixUnexpected { prefix: other });
    }
    let odd = digits.chars().position(|digit| !digit.is_ascii_hexdigit());
    if let Some(at) = odd {
        return Err(InvalidSignature::NotHex {
            position: prefix.len() + at + 1,
        });
    }
    let wrong_length = InvalidSignature::Length {
        found: digits.len(),
    };
    if digits.len() != DIGITS {
        return Err(wrong_length);
    }
    base16ct::mixed::decode_vec(digits).map_err(|_| wrong_length)
}

/// Why a value is not the signature of a body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSignature {
    /// The provider's prefix is missing.
    #[error("the value does not begin with `{prefix}`")]
    PrefixMissing {
        /// What the provider writes before the digits.
        prefix: &'static str,
    },
    /// It begins as another provider's does.
    #[error("the value begins with `{prefix}`, and this provider writes no prefix")]
    PrefixUnexpected {
        /// What the other provider writes before the digits.
        prefix: &'static str,
    },
    /// Something in it is no hex digit.
    #[error("character {position} of the value is no hex digit")]
    NotHex {
        /// Which character, from 1, the prefix included.
        position: usize,
    },
    /// It is too short or too long.
    #[error("the value has {found} hex digits, and HMAC-SHA256 has {DIGITS}")]
    Length {
        /// How many hex digits there are.
        found: usize,
    },
    /// It is the signature of this body as it was before a change.
    #[error("the value is the signature of another form of this body: {0}")]
    BodyChanged(BodyChange),
    /// Nothing that was tried gives it.
    #[error("this body and key do not give the value")]
    Mismatch,
}

impl InvalidSignature {
    /// A stable name for JSON output.
    pub fn code(&self) -> &'static str {
        match self {
            Self::PrefixMissing { .. } => "prefix-missing",
            Self::PrefixUnexpected { .. } => "prefix-unexpected",
            Self::NotHex { .. } => "not-hex",
            Self::Length { .. } => "length",
            Self::BodyChanged(_) => "body-changed",
            Self::Mismatch => "mismatch",
        }
    }

    /// What a receiver's author can do.
    pub fn way_out(&self) -> String {
        let way_out = match self {
            Self::PrefixMissing { .. } => {
                return format!("{AS_IT_CAME}; without a prefix it would be {}", of_whom(""));
            }
            Self::PrefixUnexpected { prefix } => {
                return format!(
                    "{AS_IT_CAME}; with this prefix it would be {}",
                    of_whom(prefix)
                );
            }
            Self::NotHex { .. } | Self::Length { .. } => {
                "pass the header's value as it came, without its name, quotes or line breaks"
            }
            Self::BodyChanged(_) => {
                "verify the bytes as they were received, before anything parses or rewrites them"
            }
            Self::Mismatch => {
                "the key is another one (another environment's, or one that was replaced), or the body is \
                 not the one that was signed"
            }
        };
        way_out.to_owned()
    }
}

/// What to do with a header's value.
const AS_IT_CAME: &str = "pass the header's value as it came";

/// Whose signatures begin so, as in "Acme's or Initech's".
fn of_whom(prefix: &str) -> String {
    let whose: Vec<String> = ProviderProfile::all()
        .filter(|profile| self::prefix(profile) == prefix)
        .map(|profile| match profile.title {
            title if title.ends_with('s') => format!("{title}'"),
            title => format!("{title}'s"),
        })
        .collect();
    whose.join(" or ")
}

/// How a body was changed after it was signed: what receivers do without meaning to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyChange {
    /// A newline was added at the end, as editors and `echo` do.
    NewlineAdded,
    /// The newline at the end was removed, as `$(…)` does.
    NewlineRemoved,
    /// A byte order mark was added.
    ByteOrderMark,
    /// LF became CRLF.
    CarriageReturns,
    /// Its JSON was parsed and written again, without spaces before.
    WrittenWide,
    /// Its JSON was parsed and written again, with spaces before.
    WrittenCompactly,
}

impl BodyChange {
    const ALL: [Self; 6] = [
        Self::NewlineAdded,
        Self::NewlineRemoved,
        Self::ByteOrderMark,
        Self::CarriageReturns,
        Self::WrittenWide,
        Self::WrittenCompactly,
    ];

    /// The body as it was before this change.
    fn undone(self, body: &[u8]) -> Vec<u8> {
        match self {
            Self::NewlineAdded => body
                .strip_suffix(b"\n")
                .map_or(body, |rest| rest.strip_suffix(b"\r").unwrap_or(rest))
                .to_vec(),
            Self::NewlineRemoved => [body, b"\n"].concat(),
            Self::ByteOrderMark => body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).to_vec(),
            Self::CarriageReturns => {
                let follows = |at: usize| body.get(at + 1) == Some(&b'\n');
                let kept = body.iter().enumerate();
                kept.filter(|(at, byte)| **byte != b'\r' || !follows(*at))
                    .map(|(_, byte)| *byte)
                    .collect()
            }
            Self::WrittenWide => compact(body),
            Self::WrittenCompactly => wide(body),
        }
    }
}

impl std::fmt::Display for BodyChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NewlineAdded => "a newline was added at its end",
            Self::NewlineRemoved => "the newline at its end was removed",
            Self::ByteOrderMark => "a byte order mark was added",
            Self::CarriageReturns => "its line ends were changed",
            Self::WrittenWide | Self::WrittenCompactly => "its JSON was parsed and written again",
        })
    }
}

/// The same JSON without spaces; what is no JSON stays as it is.
fn compact(body: &[u8]) -> Vec<u8> {
    parsed(body).map_or_else(|| body.to_vec(), |value| value.to_string().into_bytes())
}

/// The same JSON with spaces where Python's `json.dumps` has them; what is no JSON stays as it is.
fn wide(body: &[u8]) -> Vec<u8> {
    let Some(value) = parsed(body) else {
        return body.to_vec();
    };
    let mut text = String::with_capacity(body.len() * 2);
    write_wide(&value, &mut text);
    text.into_bytes()
}

fn parsed(body: &[u8]) -> Option<Value> {
    json::read(body).ok()
}

fn write_wide(value: &Value, text: &mut String) {
    match value {
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { ", " });
                write_wide(item, text);
            }
            text.push(']');
        }
        Value::Object(fields) => {
            text.push('{');
            for (index, (name, field)) in fields.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { ", " });
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push_str(": ");
                write_wide(field, text);
            }
            text.push('}');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}

#[cfg(test)]
mod tests;
