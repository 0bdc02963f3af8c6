//! Why a value is not the signature of a body, and what to do.

use jiff::SignedDuration;

use super::{BodyChange, verify::DIGITS};
use crate::model::{ProviderProfile, SignatureScheme};

/// Why a secret cannot be a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// There is nothing in it.
    #[error("the signing secret is empty")]
    Empty,
    /// It is one of two keys, of which only the provider has both.
    #[error(
        "this is an Ed25519 key (`whsk_` or `whpk_`), whose signatures (`v1a`) this version does not make or verify"
    )]
    Asymmetric,
    /// What stands after the prefix is no base64.
    #[error("the signing secret is not `whsec_` and base64 with its padding")]
    NotBase64,
}

/// Why a value is not the signature of a body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSignature {
    /// A header is missing.
    #[error("the header `{header}` is missing")]
    HeaderMissing {
        /// Which.
        header: &'static str,
    },
    /// The time is missing, or is not a number of seconds.
    #[error("{place} does not say when it was signed, in seconds since 1970")]
    NoTime {
        /// Where it should stand.
        place: &'static str,
    },
    /// There are signatures, but of no version that this one knows.
    #[error("the value has no signature of version `v1`, only of {}", others.join(" and "))]
    OtherVersions {
        /// The versions that are there.
        others: Vec<String>,
    },
    /// There is no signature at all.
    #[error("the value has no signature: {expected} is expected")]
    NoSignature {
        /// What one looks like.
        expected: &'static str,
    },
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
    /// The secret cannot be a key.
    #[error(transparent)]
    Key(#[from] InvalidKey),
    /// It is the signature of this body as it was before a change.
    #[error("the value is the signature of another form of this body: {0}")]
    BodyChanged(BodyChange),
    /// It is the signature of this body, but was made too long ago.
    #[error("the key signed this body {} ago, and receivers take {} at most", words(*age), words(*tolerance))]
    TooOld {
        /// How long ago.
        age: SignedDuration,
        /// What is tolerated.
        tolerance: SignedDuration,
    },
    /// It is the signature of this body, but is said to be made in the future.
    #[error("the key signed this body, but {} from now, and receivers take {} at most", words(*ahead), words(*tolerance))]
    TooNew {
        /// How far in the future.
        ahead: SignedDuration,
        /// What is tolerated.
        tolerance: SignedDuration,
    },
    /// Nothing that was tried gives it.
    #[error("this body and key do not give the value")]
    Mismatch,
}

/// A length of time, as in `5m` or `2h 13m`.
fn words(length: SignedDuration) -> String {
    let whole = SignedDuration::from_secs(length.as_secs());
    format!("{whole:#}")
}

impl InvalidSignature {
    /// A stable name for JSON output.
    pub fn code(&self) -> &'static str {
        match self {
            Self::HeaderMissing { .. } => "header-missing",
            Self::NoTime { .. } => "no-time",
            Self::OtherVersions { .. } => "other-versions",
            Self::NoSignature { .. } => "no-signature",
            Self::PrefixMissing { .. } => "prefix-missing",
            Self::PrefixUnexpected { .. } => "prefix-unexpected",
            Self::NotHex { .. } => "not-hex",
            Self::Length { .. } => "length",
            Self::Key(_) => "key",
            Self::BodyChanged(_) => "body-changed",
            Self::TooOld { .. } => "too-old",
            Self::TooNew { .. } => "too-new",
            Self::Mismatch => "mismatch",
        }
    }

    /// What a receiver's author can do.
    pub fn way_out(&self) -> String {
        let way_out = match self {
            Self::HeaderMissing { header } => {
                return format!("pass it as it came: `--header '{header}: …'`");
            }
            Self::PrefixMissing { .. } => {
                return format!("{AS_IT_CAME}; without a prefix it would be {}", of_whom(""));
            }
            Self::PrefixUnexpected { prefix } => {
                return format!(
                    "{AS_IT_CAME}; with this prefix it would be {}",
                    of_whom(prefix)
                );
            }
            Self::NoTime { .. }
            | Self::NoSignature { .. }
            | Self::NotHex { .. }
            | Self::Length { .. } => {
                "pass the header's value as it came, without its name, quotes or line breaks"
            }
            Self::OtherVersions { .. } => {
                "have the provider sign with a `whsec_` secret; `v1a` is Ed25519, which this version does not verify"
            }
            Self::Key(InvalidKey::Asymmetric) => {
                "verify it with a library of Standard Webhooks, or have the provider sign with a `whsec_` secret"
            }
            Self::Key(InvalidKey::Empty | InvalidKey::NotBase64) => {
                "pass the endpoint's signing secret as the provider shows it"
            }
            Self::BodyChanged(_) => {
                "verify the bytes as they were received, before anything parses or rewrites them"
            }
            Self::TooOld { .. } => {
                "for a delivery of the past say when it came, with `--at`; else compare the clocks, or see what held it up"
            }
            Self::TooNew { .. } => {
                "for a delivery of another time say when it came, with `--at`; else compare the clocks"
            }
            Self::Mismatch => {
                "the key is another one (another environment's, or one that was replaced), or the body is \
                 not the one that was signed"
            }
        };
        way_out.to_owned()
    }

    /// Whether the key was tried, so that another one may do.
    pub fn is_of_key(&self) -> bool {
        matches!(self, Self::Mismatch | Self::Key(_))
    }
}

/// What to do with a header's value.
const AS_IT_CAME: &str = "pass the header's value as it came";

/// What a provider writes before the hex digits; `None` where its signatures are others.
pub(super) fn prefix(provider: &ProviderProfile) -> Option<&'static str> {
    match provider.signature {
        SignatureScheme::HexDigest { prefix, .. } => Some(prefix),
        SignatureScheme::TimedHex { .. } | SignatureScheme::StandardWebhooks { .. } => None,
    }
}

/// Whose signatures begin so, as in "Acme's or Initech's".
fn of_whom(prefix: &str) -> String {
    let whose: Vec<String> = ProviderProfile::all()
        .filter(|profile| self::prefix(profile) == Some(prefix))
        .map(|profile| match profile.title {
            title if title.ends_with('s') => format!("{title}'"),
            title => format!("{title}'s"),
        })
        .collect();
    whose.join(" or ")
}
