//! Who asks: the key, as a bearer token or as the user of Basic authentication.

use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderMap, header};

use super::{derived::digits, refusal::Refusal};
use crate::{
    model::{Credentials, EnvType, ProviderProfile, Secret},
    simulator::{answer::only_header, served},
};

/// Whose request it is, and in which mode.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) account: String,
    pub(super) env_type: EnvType,
    pub(super) key: Secret,
}

/// A simulator that is asked by somebody whom it knows.
pub(super) type Served<'s> = served::Served<'s, Caller>;

/// The key of a request.
pub(super) fn key(headers: &HeaderMap) -> Option<Secret> {
    let (scheme, rest) = only_header(headers, header::AUTHORIZATION)?.split_once(' ')?;
    let key = if scheme.eq_ignore_ascii_case("bearer") {
        rest.trim().to_owned()
    } else if scheme.eq_ignore_ascii_case("basic") {
        let pair = BASE64_STANDARD.decode(rest.trim()).ok()?;
        let pair = String::from_utf8(pair).ok()?;
        pair.split(':').next()?.to_owned()
    } else {
        return None;
    };
    (!key.is_empty()).then(|| Secret::new(key))
}

/// The account of a key: here, each key has one of its own.
pub(super) fn account(key: &Secret) -> String {
    format!("acct_1{}", digits(&["account", key.expose()], 15))
}

/// Checks who asks. With an empty list of accepted credentials, every key is known that looks like one.
pub(super) fn authenticate(
    headers: &HeaderMap,
    profile: &ProviderProfile,
    accepted: &[Credentials],
) -> Result<Caller, Refusal> {
    let key = key(headers).ok_or(Refusal::NoKey)?;
    let is_known = match accepted {
        [] => looks_like_key(key.expose()),
        accepted => accepted.iter().any(|known| *known.secret() == key),
    };
    let Some(env_type) = profile.env_type_of(&key).filter(|_| is_known) else {
        return Err(Refusal::InvalidKey(shown(key.expose())));
    };
    Ok(Caller {
        account: account(&key),
        env_type,
        key,
    })
}

fn looks_like_key(text: &str) -> bool {
    let mut parts = text.splitn(3, '_');
    let (Some(kind), Some(_mode), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    matches!(kind, "sk" | "rk") && rest.len() >= 3 && rest.bytes().all(is_plain)
}

/// A key as errors show it: its beginning alone.
fn shown(key: &str) -> String {
    let beginning: String = key.chars().take(8).collect();
    format!("{beginning}***")
}
