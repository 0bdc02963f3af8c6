//! Whether whoever asks knows the shared secret.
//!
//! GitHub's documentation: <https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries>. GitLab's:
//! <https://docs.gitlab.com/user/project/integrations/webhooks/#validate-payloads-by-using-a-secret-token>.

use std::{
    collections::BTreeSet,
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, Method};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;

use crate::model::Secret;

/// How far the time of a signature may be from now, both ways.
const TOLERANCE: Duration = Duration::from_secs(5 * 60);
/// How many signatures are remembered within the tolerance: more are refused, so that none can be used twice.
const REMEMBERED: usize = 10_000;

/// The header with our own signature, as people write it: `t=UNIX,v1=HEX`.
const SIGNATURE: &str = "X-Hookwright-Signature";
/// That with the secret itself: `Bearer SECRET`.
const AUTHORIZATION: &str = "Authorization";
/// That with GitHub's signature: `sha256=HEX`.
const HUB_SIGNATURE: &str = "X-Hub-Signature-256";
/// GitLab's, with the secret itself.
const GITLAB_TOKEN: &str = "X-Gitlab-Token";

/// Who asks, by how they show that they know the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// GitHub, by its signature.
    GitHub,
    /// GitLab, by its token.
    GitLab,
    /// Somebody who signs as we say, or sends the secret as a bearer token.
    Own,
}

/// What is asked for, as it came.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'r> {
    /// The method.
    pub method: &'r Method,
    /// The path, and the query where there is one, as they were sent.
    pub path: &'r str,
    /// The headers.
    pub headers: &'r HeaderMap,
    /// The body.
    pub body: &'r [u8],
}

/// Why it is not believed that somebody knows the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAuthorized {
    /// Nothing says so.
    #[error("the request has neither a signature nor a token")]
    Nothing,
    /// A header says so twice.
    #[error("the request has the header `{0}` more than once")]
    Repeated(&'static str),
    /// A header is not of its form.
    #[error("the header `{header}` is not of the form `{form}`")]
    Malformed {
        /// The header.
        header: &'static str,
        /// Its form.
        form: &'static str,
    },
    /// What it says is not what the secret gives.
    #[error("what the header `{0}` says is not what the secret gives for this request")]
    Wrong(&'static str),
    /// It is right, and was made too long ago or too far ahead.
    #[error("the signature is of another time than now, which is {now}")]
    NotNow {
        /// The time now, in Unix seconds.
        now: i64,
    },
    /// It is right, and was used before.
    #[error("the signature was used already")]
    Used,
    /// So many were used in the last minutes that no more can be told apart from those.
    #[error("more than {REMEMBERED} signed requests came within the last minutes")]
    TooMany,
    /// It is right, and does not allow this.
    #[error("what the header `{0}` says allows rounds alone")]
    NotForThis(&'static str),
}

impl NotAuthorized {
    /// What to do about it.
    pub fn way_out(self) -> &'static str {
        match self {
            Self::Nothing | Self::Repeated(_) => {
                "send one of `X-Hookwright-Signature`, `Authorization: Bearer`, `X-Hub-Signature-256`, `X-Gitlab-Token`"
            }
            Self::Malformed { .. } => "send the header in that form",
            Self::Wrong(_) => {
                "use the secret of `--shared-secret-file`, and sign the method, the path and the body as they are sent"
            }
            Self::NotNow { .. } => "set the clocks of both machines, and sign anew",
            Self::Used => "sign anew: each signature is taken once",
            Self::TooMany => "wait some minutes, or send the secret as a bearer token",
            Self::NotForThis(_) => {
                "send `X-Hookwright-Signature`, or the secret as `Authorization: Bearer`"
            }
        }
    }
}

/// The shared secret, and the signatures that were used lately.
pub struct Authority {
    secret: Secret,
    used: Mutex<Used>,
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

impl Authority {
    /// Goes by this secret.
    pub fn new(secret: Secret) -> Self {
        Self {
            secret,
            used: Mutex::default(),
        }
    }

    /// Says who asks for a round. Takes as long for what is wrong as for what is right.
    ///
    /// # Errors
    ///
    /// Why it is not believed that they know the secret.
    pub fn sender(&self, asked: Asked<'_>, now: Timestamp) -> Result<Sender, NotAuthorized> {
        if let Some(value) = value(asked.headers, SIGNATURE)? {
            return self.own_signature(value, asked, now);
        }
        if let Some(value) = value(asked.headers, AUTHORIZATION)? {
            return self.bearer(value);
        }
        if let Some(value) = value(asked.headers, HUB_SIGNATURE)? {
            return self.hub_signature(value, asked.body);
        }
        if let Some(value) = value(asked.headers, GITLAB_TOKEN)? {
            return match self.is_secret(value) {
                true => Ok(Sender::GitLab),
                false => Err(NotAuthorized::Wrong(GITLAB_TOKEN)),
            };
        }
        Err(NotAuthorized::Nothing)
    }

    /// Allows what changes more than when the next round comes, which forges do not ask for.
    ///
    /// # Errors
    ///
    /// Why it is not believed that they know the secret, or that a forge asks.
    pub fn allow(&self, asked: Asked<'_>, now: Timestamp) -> Result<(), NotAuthorized> {
        match self.sender(asked, now)? {
            Sender::Own => Ok(()),
            Sender::GitHub => Err(NotAuthorized::NotForThis(HUB_SIGNATURE)),
            Sender::GitLab => Err(NotAuthorized::NotForThis(GITLAB_TOKEN)),
        }
    }

    fn keyed(&self) -> Hmac<Sha256> {
        Hmac::<Sha256>::new_from_slice(self.secret.expose().as_bytes())
            .expect("HMAC takes keys of any length")
    }

    /// Compares digests of both, whose time tells nothing of either.
    fn is_secret(&self, token: &[u8]) -> bool {
        let own = self.keyed().chain_update(self.secret.expose());
        let digest = self.keyed().chain_update(token).finalize().into_bytes();
        own.verify_slice(&digest).is_ok()
    }

    fn bearer(&self, value: &[u8]) -> Result<Sender, NotAuthorized> {
        let malformed = NotAuthorized::Malformed {
            header: AUTHORIZATION,
            form: "Bearer SECRET",
        };
        let (scheme, token) = value.split_at_checked(7).ok_or(malformed)?;
        if !scheme.eq_ignore_ascii_case(b"bearer ") {
            return Err(malformed);
        }
        match self.is_secret(token) {
            true => Ok(Sender::Own),
            false => Err(NotAuthorized::Wrong(AUTHORIZATION)),
        }
    }

    fn hub_signature(&self, value: &[u8], body: &[u8]) -> Result<Sender, NotAuthorized> {
        let digest = value.strip_prefix(b"sha256=").and_then(digest);
        let digest = digest.ok_or(NotAuthorized::Malformed {
            header: HUB_SIGNATURE,
            form: "sha256=HEX",
        })?;
        match self.keyed().chain_update(body).verify_slice(&digest) {
            Ok(()) => Ok(Sender::GitHub),
            Err(_) => Err(NotAuthorized::Wrong(HUB_SIGNATURE)),
        }
    }

    fn own_signature(
        &self,
        value: &[u8],
        asked: Asked<'_>,
        now: Timestamp,
    ) -> Result<Sender, NotAuthorized> {
        let (time, digest) = parts(value).ok_or(NotAuthorized::Malformed {
            header: SIGNATURE,
            form: "t=UNIX,v1=HEX",
        })?;
        let signed = self.keyed().chain_update(format!(
            "{}.{}.{}.",
            time.as_second(),
            asked.method,
            asked.path
        ));
        if signed
            .chain_update(asked.body)
            .verify_slice(&digest)
            .is_err()
        {
            return Err(NotAuthorized::Wrong(SIGNATURE));
        }
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.add(time, digest, now)?;
        Ok(Sender::Own)
    }
}

/// The signatures that were used and whose time is not over.
#[derive(Default)]
struct Used {
    signatures: BTreeSet<(Timestamp, Vec<u8>)>,
    /// The latest time of those that were forgotten. A clock that goes back makes none of them new.
    forgotten: Option<Timestamp>,
}

impl Used {
    fn add(
        &mut self,
        time: Timestamp,
        digest: Vec<u8>,
        now: Timestamp,
    ) -> Result<(), NotAuthorized> {
        let age = now.duration_since(time);
        let is_now = age.unsigned_abs() <= TOLERANCE;
        if !is_now || self.forgotten.is_some_and(|forgotten| time <= forgotten) {
            let now = now.as_second();
            return Err(NotAuthorized::NotNow { now });
        }
        self.forget(now);
        if self.signatures.contains(&(time, digest.clone())) {
            return Err(NotAuthorized::Used);
        }
        if self.signatures.len() >= REMEMBERED {
            return Err(NotAuthorized::TooMany);
        }
        self.signatures.insert((time, digest));
        Ok(())
    }

    /// Forgets those that are too old to be taken again.
    fn forget(&mut self, now: Timestamp) {
        let tolerance = SignedDuration::try_from(TOLERANCE).unwrap_or(SignedDuration::MAX);
        let oldest = now.checked_sub(tolerance).unwrap_or(Timestamp::MIN);
        while let Some((time, _)) = self.signatures.first().filter(|(time, _)| *time < oldest) {
            self.forgotten = self.forgotten.max(Some(*time));
            self.signatures.pop_first();
        }
    }
}

/// The one value of a header, where it has any.
fn value<'h>(
    headers: &'h HeaderMap,
    name: &'static str,
) -> Result<Option<&'h [u8]>, NotAuthorized> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(NotAuthorized::Repeated(name));
    }
    Ok(first.map(http::HeaderValue::as_bytes))
}

fn digest(hex: &[u8]) -> Option<Vec<u8>> {
    (hex.len() == 64)
        .then(|| base16ct::mixed::decode_vec(hex).ok())
        .flatten()
}

/// The time and the digest of our own signature.
fn parts(value: &[u8]) -> Option<(Timestamp, Vec<u8>)> {
    let value = std::str::from_utf8(value).ok()?;
    let (time, hex) = value.strip_prefix("t=")?.split_once(",v1=")?;
    let is_number = !time.is_empty() && time.bytes().all(|byte| byte.is_ascii_digit());
    // What is signed has the digits as they came, which a leading zero would make another text.
    let is_plain = is_number && (time == "0" || !time.starts_with('0'));
    let seconds = is_plain.then(|| time.parse().ok()).flatten()?;
    Some((
        Timestamp::from_second(seconds).ok()?,
        digest(hex.as_bytes())?,
    ))
}

#[cfg(test)]
mod tests;
