//! Who asks: a token, and the organisation it belongs to.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, header};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::refusal::Refusal;
use crate::{model::Credentials, simulator::answer::only_header};

/// Whose request it is.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) organisation: String,
    pub(super) token: String,
}

/// Checks the token of a request. With an empty list of accepted credentials, every token is known.
pub(super) fn authenticate(
    headers: &HeaderMap,
    accepted: &[Credentials],
) -> Result<Caller, Refusal> {
    let header = only_header(headers, header::AUTHORIZATION);
    let token = header.and_then(|text| text.strip_prefix("Bearer "));
    let token = token.filter(|token| !token.is_empty() && !token.contains(' '));
    let token = token.ok_or(Refusal::InvalidToken)?;
    let is_known = accepted.is_empty()
        || accepted
            .iter()
            .any(|credentials| credentials.secret().expose() == token);
    if !is_known {
        return Err(Refusal::InvalidToken);
    }
    Ok(Caller {
        organisation: organisation(token),
        token: token.to_owned(),
    })
}

/// The account of an application, as what is stored names it.
pub(super) fn account(token: &str, application: &str) -> String {
    format!("{}/{application}", organisation(token))
}

/// The organisation that a token belongs to: the subject of a JWT, which self-hosted servers take; else the token is its own.
fn organisation(token: &str) -> String {
    subject(token).unwrap_or_else(|| {
        let digest = Sha256::digest(token);
        format!("org_{}", base16ct::lower::encode_string(&digest[..6]))
    })
}

fn subject(token: &str) -> Option<String> {
    let mut parts = token.split('.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    let subject = claims.get("sub")?.as_str()?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!subject.is_empty() && subject.chars().all(is_plain)).then(|| subject.to_owned())
}
