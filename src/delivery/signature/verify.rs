//! Whether a delivery was signed with this key.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::Mac;
use jiff::{SignedDuration, Timestamp};

use super::{BodyChange, InvalidSignature, Signer, invalid::prefix};
use crate::model::{ProviderProfile, Secret, SignatureScheme, StandardHeaders};

/// The hex digits of an HMAC-SHA256.
pub(super) const DIGITS: usize = 64;

/// The headers of a delivery that say who sent it, as they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// The value of the header with the signature.
    pub signature: Option<String>,
    /// The event's id, where it has a header of its own.
    pub id: Option<String>,
    /// When it was signed, where that has a header of its own.
    pub timestamp: Option<String>,
}

impl Received {
    /// Takes what the scheme needs out of a delivery's headers, whose names are compared without case.
    pub fn of<'h>(
        scheme: SignatureScheme,
        headers: impl IntoIterator<Item = (&'h str, &'h str)>,
    ) -> Self {
        let mut received = Self::default();
        for (name, value) in headers {
            received.take(scheme, name, value);
        }
        received
    }

    /// Takes one more header; whether the scheme has one of this name.
    pub fn take(&mut self, scheme: SignatureScheme, name: &str, value: &str) -> bool {
        let place = match scheme {
            SignatureScheme::HexDigest { header, .. }
            | SignatureScheme::TimedHex { header, .. } => name
                .eq_ignore_ascii_case(header)
                .then_some(&mut self.signature),
            SignatureScheme::StandardWebhooks { headers, .. } => {
                let is = |of: fn(StandardHeaders) -> &'static str| {
                    [headers, StandardHeaders::SPECIFIED]
                        .into_iter()
                        .any(|headers| name.eq_ignore_ascii_case(of(headers)))
                };
                if is(|headers| headers.signature) {
                    Some(&mut self.signature)
                } else if is(|headers| headers.id) {
                    Some(&mut self.id)
                } else if is(|headers| headers.timestamp) {
                    Some(&mut self.timestamp)
                } else {
                    None
                }
            }
        };
        place.is_some_and(|place| {
            *place = Some(value.trim().to_owned());
            true
        })
    }
}

/// Which signatures count by their time, where they have one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Those of any time.
    Any,
    /// Those that receivers took at this moment.
    At {
        /// The moment.
        now: Timestamp,
        /// How far off it may be; `None`: as far as the provider's own libraries take it.
        tolerance: Option<Duration>,
    },
}

/// Whether a delivery's headers are the provider's signature of this body, and of this time. Takes the same time
/// wherever a signature first differs.
///
/// # Errors
///
/// What is wrong. Where body and key do not give the signature, a few ways in which receivers change a body before they
/// verify it are tried.
pub fn verify(
    scheme: SignatureScheme,
    secret: &Secret,
    body: &[u8],
    received: &Received,
    freshness: Freshness,
) -> Result<(), InvalidSignature> {
    let claim = Claim::read(scheme, received)?;
    let signer = Signer::new(scheme, secret)?;
    let before: Vec<&str> = claim.before.iter().map(String::as_str).collect();
    let signed = |body: &[u8]| {
        let all = claim.signatures.iter().map(|signature| {
            let keyed = signer.of(&before, body);
            keyed.verify_slice(signature).is_ok()
        });
        // Each is looked at, whichever fits.
        all.fold(false, |any, fits| any | fits)
    };
    if !signed(body) {
        let mut changes = BodyChange::ALL.into_iter();
        return Err(match changes.find(|change| signed(&change.undone(body))) {
            Some(change) => InvalidSignature::BodyChanged(change),
            None => InvalidSignature::Mismatch,
        });
    }
    match claim.at {
        Some(at) => is_fresh(scheme, at, freshness),
        None => Ok(()),
    }
}

/// What a delivery's headers say.
struct Claim {
    /// What was signed before the body.
    before: Vec<String>,
    /// The signatures, of which one must fit.
    signatures: Vec<Vec<u8>>,
    /// When it was signed.
    at: Option<Timestamp>,
}

impl Claim {
    fn read(scheme: SignatureScheme, received: &Received) -> Result<Self, InvalidSignature> {
        let header = super::header(scheme);
        let value = present(received.signature.as_ref(), header)?;
        match scheme {
            SignatureScheme::HexDigest { prefix, .. } => Ok(Self {
                before: Vec::new(),
                signatures: vec![digest(prefix, value)?],
                at: None,
            }),
            SignatureScheme::TimedHex { .. } => Self::timed(header, value),
            SignatureScheme::StandardWebhooks { headers, .. } => {
                let id = present(received.id.as_ref(), headers.id)?;
                let timestamp = present(received.timestamp.as_ref(), headers.timestamp)?;
                Ok(Self {
                    at: Some(moment(headers.timestamp, timestamp)?),
                    before: [id, ".", timestamp, "."].map(str::to_owned).into(),
                    signatures: signatures(
                        value.split(' ').filter_map(|part| part.split_once(',')),
                        |text| STANDARD.decode(text).ok(),
                        "`v1,` and base64",
                    )?,
                })
            }
        }
    }

    fn timed(header: &'static str, value: &str) -> Result<Self, InvalidSignature> {
        let parts: Vec<(&str, &str)> = value
            .split(',')
            .filter_map(|part| part.trim().split_once('='))
            .collect();
        let time = parts.iter().find(|(name, _)| *name == "t");
        let time = time.ok_or(InvalidSignature::NoTime { place: header })?.1;
        let versions = parts.iter().copied().filter(|(name, _)| *name != "t");
        Ok(Self {
            at: Some(moment(header, time)?),
            before: [time, "."].map(str::to_owned).into(),
            // The provider's own libraries compare texts: digits in upper case are no match there.
            signatures: signatures(
                versions,
                |text| base16ct::lower::decode_vec(text).ok(),
                "`v1=` and hex digits in lower case",
            )?,
        })
    }
}

fn present<'r>(
    value: Option<&'r String>,
    header: &'static str,
) -> Result<&'r str, InvalidSignature> {
    value
        .map(String::as_str)
        .filter(|value| !value.is_empty())
        .ok_or(InvalidSignature::HeaderMissing { header })
}

fn moment(place: &'static str, text: &str) -> Result<Timestamp, InvalidSignature> {
    let seconds = text.parse::<i64>().ok();
    seconds
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .ok_or(InvalidSignature::NoTime { place })
}

/// The signatures of version `v1`; those of others are passed over, as the provider's own libraries do.
fn signatures<'v>(
    versions: impl Iterator<Item = (&'v str, &'v str)>,
    decode: impl Fn(&str) -> Option<Vec<u8>>,
    expected: &'static str,
) -> Result<Vec<Vec<u8>>, InvalidSignature> {
    let mut found = Vec::new();
    let mut others: Vec<String> = Vec::new();
    let mut is_there = false;
    for (version, text) in versions {
        if version == "v1" {
            is_there = true;
            found.extend(decode(text));
        } else if is_version(version) {
            others.push(format!("`{version}`"));
        }
    }
    others.sort_unstable();
    others.dedup();
    match (found.is_empty(), is_there || others.is_empty()) {
        (false, _) => Ok(found),
        (true, true) => Err(InvalidSignature::NoSignature { expected }),
        (true, false) => Err(InvalidSignature::OtherVersions { others }),
    }
}

/// Whether this names a version, so that it may be shown: a value may hold anything.
fn is_version(text: &str) -> bool {
    text.strip_prefix('v')
        .is_some_and(|rest| (1..=3).contains(&rest.len()))
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn is_fresh(
    scheme: SignatureScheme,
    at: Timestamp,
    freshness: Freshness,
) -> Result<(), InvalidSignature> {
    let Freshness::At { now, tolerance } = freshness else {
        return Ok(());
    };
    let (usual, is_future_taken) = match scheme {
        SignatureScheme::HexDigest { .. } => return Ok(()),
        SignatureScheme::TimedHex { tolerance, .. } => (tolerance, true),
        SignatureScheme::StandardWebhooks { tolerance, .. } => (tolerance, false),
    };
    let tolerance = tolerance
        .and_then(|tolerance| SignedDuration::try_from(tolerance).ok())
        .unwrap_or_else(|| SignedDuration::from_secs(i64::from(usual)));
    // What is signed counts whole seconds.
    let age = SignedDuration::from_secs(now.as_second().saturating_sub(at.as_second()));
    if age > tolerance {
        return Err(InvalidSignature::TooOld { age, tolerance });
    }
    let ahead = -age;
    if ahead > tolerance && !is_future_taken {
        return Err(InvalidSignature::TooNew { ahead, tolerance });
    }
    Ok(())
}

/// The bytes that a value of hex digits stands for.
fn digest(prefix: &'static str, value: &str) -> Result<Vec<u8>, InvalidSignature> {
    let digits = value
        .strip_prefix(prefix)
        .ok_or(InvalidSignature::PrefixMissing { prefix })?;
    let others = ProviderProfile::all().filter_map(self::prefix);
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
