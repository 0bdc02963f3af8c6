//! Who asks: the two access headers, checked.

use http::HeaderMap;

use super::refusal::Refusal;
use crate::{
    model::{Credentials, EnvType, ProviderProfile, Secret},
    simulator::{answer::only_header, served},
};

/// Whose request it is, and for which environment.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) client_id: String,
    pub(super) env_type: EnvType,
    pub(super) secret: Secret,
}

/// A simulator that is asked by somebody whom it knows.
pub(super) type Served<'s> = served::Served<'s, Caller>;

/// The environment that the request's secret names, whether it is accepted or not.
pub(super) fn claimed_env_type(headers: &HeaderMap, profile: &ProviderProfile) -> Option<EnvType> {
    profile.env_type_of(&Secret::new(only_header(headers, "x-access-secret")?))
}

/// Checks the access headers of a request.
///
/// With an empty list of accepted credentials, every client id is known and every secret that looks
/// like one.
pub(super) fn authenticate(
    headers: &HeaderMap,
    profile: &ProviderProfile,
    accepted: &[Credentials],
) -> Result<Caller, Refusal> {
    let (Some(client_id), Some(secret)) = (
        only_header(headers, "x-access-client-id"),
        only_header(headers, "x-access-secret"),
    ) else {
        return Err(Refusal::AuthenticationFailed(
            "Authentication credentials were not provided.",
        ));
    };
    let known = if accepted.is_empty() {
        !client_id.is_empty() && looks_like_secret(secret)
    } else {
        accepted.iter().any(|pair| {
            let known = pair.get("client_id");
            known.is_some_and(|known| known.expose() == client_id)
                && pair.secret().expose() == secret
        })
    };
    let secret = Secret::new(secret);
    match profile.env_type_of(&secret) {
        Some(env_type) if known && profile.spelling(env_type).is_some() => Ok(Caller {
            client_id: client_id.to_owned(),
            env_type,
            secret,
        }),
        _ => Err(Refusal::AuthenticationFailed("No such token")),
    }
}

fn looks_like_secret(text: &str) -> bool {
    text.split_once('-').is_some_and(|(prefix, key)| {
        matches!(prefix, "sandbox" | "dev" | "prod")
            && key.len() == 40
            && key.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}
