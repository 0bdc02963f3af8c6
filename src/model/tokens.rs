//! Secrets in URLs that nobody declared: passwords, tokens in queries, paths and fragments.
//!
//! A URL is looked at as its receiver reads it, and as it may be spelled within another text.

use std::ops::Range;

use super::{MASK, MaskedText, spelling};

/// Names, or ends of names, of parameters whose values are secrets; without their dashes.
const SECRET_NAMES: &[&str] = &[
    "apikey",
    "accesskey",
    "authorization",
    "credential",
    "credentials",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "pwd",
    "secret",
    "secretkey",
    "sessionid",
    "sig",
    "signature",
    "signingkey",
    "token",
];

/// Names of parameters that are such only as a whole.
const SECRET_WHOLE_NAMES: &[&str] = &["auth", "code", "jwt", "key", "pass"];

/// What tokens of well-known issuers begin with.
const ISSUERS: &[&str] = &[
    "github_pat_",
    "ghp_",
    "gho_",
    "ghs_",
    "glpat-",
    "hvs.",
    "rk_live_",
    "rk_test_",
    "sk_live_",
    "sk_test_",
    "whsec_",
    "xapp-",
    "xoxb-",
    "xoxp-",
];

/// How many URLs are looked at within one.
const MOST_NESTED: usize = 8;

/// The longest user with a password that is looked for, in bytes.
const LONGEST_USER: usize = 1024;

/// What a secret in a URL is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlSecretKind {
    /// The password of a user.
    Password,
    /// A user's name that stands alone.
    Credentials,
    /// A token in the path, the query or the fragment.
    Token,
}

/// A secret in a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlSecret {
    /// What it is.
    pub kind: UrlSecretKind,
    /// Where it stands in the URL's text.
    pub place: Range<usize>,
}

/// The secrets that a URL shows; what is masked in it is none. In the order of their places.
pub fn secrets_in_url(url: &MaskedText) -> Vec<UrlSecret> {
    let mut secrets = in_url(url.shown().as_bytes());
    secrets.retain(|secret| !url.shown()[secret.place.clone()].contains(MASK));
    secrets
}

/// Whether what has this name, such as a parameter or a variable, is a secret.
pub fn is_secret_name(name: &str) -> bool {
    let plain = spelling::every(name.as_bytes()).pop().unwrap_or_default();
    let name: String = plain
        .iter()
        .filter(|byte| byte.is_ascii_alphanumeric())
        .map(|byte| char::from(byte.to_ascii_lowercase()))
        .collect();
    SECRET_WHOLE_NAMES.contains(&name.as_str())
        || SECRET_NAMES.iter().any(|end| name.ends_with(end))
}

/// Where secrets stand in a text that is a URL, in whatever spelling.
pub(super) fn places_in_url(text: &str) -> Vec<Range<usize>> {
    let mut is_whole = true;
    spelling::find_in_every(text.as_bytes(), |step| {
        let mut places = places(in_url(step));
        // A URL in a URL shows once it is no longer spelled as a part of it.
        if !std::mem::take(&mut is_whole) {
            places.extend(in_text(step));
        }
        places
    })
}

/// Where secrets stand in the URLs of a text, in whatever spelling.
pub(super) fn places_in_text(text: &str) -> Vec<Range<usize>> {
    spelling::find_in_every(text.as_bytes(), in_text)
}

/// Where passwords and lone users stand in the URLs of a text, as it is written.
pub(super) fn passwords_in_text(text: &str) -> Vec<Range<usize>> {
    let text = text.as_bytes();
    let mut found = Vec::new();
    let all = text.iter().enumerate();
    for (at, _) in all.filter(|(_, byte)| **byte == b'@') {
        let is_of_user = |byte: &&u8| is_of_url(**byte) && !b"/\\?#".contains(*byte);
        let length = text[..at]
            .iter()
            .rev()
            .take(LONGEST_USER)
            .take_while(is_of_user)
            .count();
        let start = at - length;
        if !text[..start].ends_with(b"//") || length == 0 {
            continue;
        }
        let colon = text[start..at].iter().position(|byte| *byte == b':');
        found.push(colon.map_or(start, |colon| start + colon + 1)..at);
    }
    found
}

fn places(secrets: Vec<UrlSecret>) -> Vec<Range<usize>> {
    secrets.into_iter().map(|secret| secret.place).collect()
}

/// The secrets of all URLs that stand in a text: after a scheme, or after the two slashes alone.
fn in_text(text: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let (mut at, mut within, mut nested) = (0, 0, 0);
    while let Some(slashes) = text[at..].windows(2).position(|pair| pair == b"//") {
        let slashes = at + slashes;
        let is_scheme = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+-.:".contains(*byte);
        let scheme = text[at..slashes].iter().rev().take_while(is_scheme).count();
        let start = slashes - scheme;
        let length = text[slashes..]
            .iter()
            .take_while(|byte| is_of_url(**byte))
            .count();
        let end = slashes + length;
        let secrets = in_url(&text[start..end]);
        found.extend(
            places(secrets)
                .into_iter()
                .map(|place| start + place.start..start + place.end),
        );
        // A URL can stand in the query of another one.
        nested = if slashes < within { nested + 1 } else { 0 };
        within = within.max(end);
        at = if nested < MOST_NESTED {
            slashes + 2
        } else {
            end.max(slashes + 2)
        };
    }
    found
}

/// Whether a URL goes on with this byte where it stands in a text.
fn is_of_url(byte: u8) -> bool {
    !byte.is_ascii_whitespace() && !byte.is_ascii_control() && !b"\"'<>`|".contains(&byte)
}

/// The parts of a URL's text, as places in it.
pub(super) struct UrlParts {
    pub(super) user: Range<usize>,
    pub(super) host: Range<usize>,
    pub(super) path: Range<usize>,
    pub(super) query: Range<usize>,
    pub(super) fragment: Range<usize>,
}

impl UrlParts {
    /// Takes a text apart as browsers do: any slashes may stand before the host.
    pub(super) fn of(text: &[u8]) -> Self {
        let is_slash = |byte: &u8| matches!(byte, b'/' | b'\\');
        let ends_scheme = |byte: &u8| !byte.is_ascii_alphanumeric() && !b"+-.".contains(byte);
        let scheme = match text.iter().position(ends_scheme) {
            Some(colon) if text[colon] == b':' => colon + 1,
            _ => 0,
        };
        let slashes = text[scheme..]
            .iter()
            .take_while(|byte| is_slash(byte))
            .count();
        let start = scheme + slashes;
        let position = |from: usize, to: usize, wanted: &[u8]| {
            let part = text[from..to].iter().position(|byte| wanted.contains(byte));
            part.map_or(to, |at| from + at)
        };
        let fragment = position(start, text.len(), b"#");
        let query = position(start, fragment, b"?");
        // Without slashes it is a path, or no URL at all.
        let authority = if slashes == 0 {
            start
        } else {
            position(start, query, b"/\\")
        };
        let at = text[start..authority]
            .iter()
            .rposition(|byte| *byte == b'@');
        let host = at.map_or(start, |at| start + at + 1);
        Self {
            user: start..host.saturating_sub(1).max(start),
            host: host..authority,
            path: authority..query,
            query: (query + 1).min(fragment)..fragment,
            fragment: (fragment + 1).min(text.len())..text.len(),
        }
    }
}

/// The parts of a text that separators part, as places in the whole.
pub(super) fn split<'t>(
    text: &'t [u8],
    part: Range<usize>,
    separators: &'t [u8],
) -> impl Iterator<Item = Range<usize>> + 't {
    let mut at = part.start;
    text[part]
        .split(|byte| separators.contains(byte))
        .map(move |piece| {
            let place = at..at + piece.len();
            at = place.end + 1;
            place
        })
}

/// The name and the value of a parameter; without `=` it is all value.
pub(super) fn parameter(text: &[u8], pair: Range<usize>) -> (Range<usize>, Range<usize>) {
    match text[pair.clone()].iter().position(|byte| *byte == b'=') {
        Some(at) => (pair.start..pair.start + at, pair.start + at + 1..pair.end),
        None => (pair.start..pair.start, pair),
    }
}

fn in_url(text: &[u8]) -> Vec<UrlSecret> {
    let parts = UrlParts::of(text);
    let mut found = Vec::new();
    let mut add = |kind, place: Range<usize>| {
        if !place.is_empty() {
            found.push(UrlSecret { kind, place });
        }
    };
    let user = &text[parts.user.clone()];
    match user.iter().position(|byte| *byte == b':') {
        Some(colon) => {
            let colon = parts.user.start + colon;
            if is_random(&text[parts.user.start..colon]) {
                add(UrlSecretKind::Credentials, parts.user.start..colon);
            }
            add(UrlSecretKind::Password, colon + 1..parts.user.end);
        }
        None => add(UrlSecretKind::Credentials, parts.user.clone()),
    }
    for segment in split(text, parts.path.clone(), b"/\\;") {
        if is_random(&text[segment.clone()]) {
            add(UrlSecretKind::Token, segment);
        }
    }
    let pairs = split(text, parts.query.clone(), b"&;").chain(split(text, parts.fragment, b"&;?/"));
    for pair in pairs {
        let (name, value) = parameter(text, pair);
        let is_named = || std::str::from_utf8(&text[name.clone()]).is_ok_and(is_secret_name);
        if is_random(&text[value.clone()]) || is_named() {
            add(UrlSecretKind::Token, value);
        }
    }
    found
}

/// Whether a text looks drawn by lot: long, without structure, of digits and letters.
fn is_random(text: &[u8]) -> bool {
    if text.len() < 16 {
        return false;
    }
    let text = spelling::every(text).pop().unwrap_or_default();
    let secret = [&b"sandbox-"[..], b"dev-", b"prod-"]
        .iter()
        .find_map(|prefix| text.strip_prefix(*prefix))
        .unwrap_or(&text);
    if ISSUERS.iter().any(|issuer| {
        let rest = secret.strip_prefix(issuer.as_bytes());
        rest.is_some_and(|rest| rest.len() >= 12)
    }) {
        return true;
    }
    let has = |is: fn(&u8) -> bool| secret.iter().any(is);
    let hex = secret.iter().all(u8::is_ascii_hexdigit);
    // The alphabets of base64 in both forms, of tokens of three parts, and of a few issuers.
    let is_joint = |byte: &u8| b"_-.~:".contains(byte);
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || is_joint(byte) || b" +/=".contains(byte);
    let longest = secret.split(is_joint).map(<[u8]>::len).max().unwrap_or(0);
    let letters = has(u8::is_ascii_lowercase) || has(u8::is_ascii_uppercase);
    let both = has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase);
    match secret.len() {
        32.. if hex => has(u8::is_ascii_digit) && letters,
        24.. if secret.iter().all(word) => {
            has(u8::is_ascii_digit) && letters && longest >= 20 && (both || secret.len() >= 32)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(url: &str) -> String {
        MaskedText::hiding(url.to_owned(), places_in_url(url)).to_string()
    }

    #[test]
    fn secrets_are_found_in_every_part() {
        for (url, shown) in [
            ("https://u:pa55@h.example/", "https://u:•••@h.example/"),
            ("https://alone@h.example/", "https://•••@h.example/"),
            ("//u:p@a@h.example/x", "//u:•••@h.example/x"),
            (r"https:\\u:p@h.example\x", r"https:\\u:•••@h.example\x"),
            (
                "https://h/in?a=1&token=abc&b=2",
                "https://h/in?a=1&token=•••&b=2",
            ),
            ("https://h/in?X-Api-Key=abc", "https://h/in?X-Api-Key=•••"),
            (
                "https://h/in?hook%5Ftoken=abc",
                "https://h/in?hook%5Ftoken=•••",
            ),
            (
                "https://h/in#access_token=abc",
                "https://h/in#access_token=•••",
            ),
            (
                "https://hooks.slack.com/services/T00000000/B00000000/XyZ0XyZ0XyZ0XyZ0XyZ0XyZ0",
                "https://hooks.slack.com/services/T00000000/B00000000/•••",
            ),
            (
                "https://hook.example/0123456789abcdef0123456789abcdef/x",
                "https://hook.example/•••/x",
            ),
            (
                "https://hook.example/q1w2e3r4t5z6u7i8o9p0a1s2d3f4g5h6",
                "https://hook.example/•••",
            ),
            (
                "https://h/in?to=https%3A%2F%2Fu%3Apa55%40other.example%2F",
                "https://h/in?to=https%3A%2F%2Fu%3A•••%40other.example%2F",
            ),
        ] {
            assert_eq!(masked(url), shown, "{url}");
        }
    }

    #[test]
    fn ordinary_urls_stay_as_they_are() {
        for url in [
            "https://hooks.example.com/orders",
            "https://hooks.example.com:8443/v1/truv/loan-decisions?env=sandbox&team=lending",
            "https://hooks.example.com/order-status-updated/employment-verification-2",
            "https://h.example/3fa85f64-5717-4562-b3fc-2c963f66afa6",
            "https://h.example/@user/x",
            "not a url",
            "",
        ] {
            assert_eq!(masked(url), url);
        }
    }

    #[test]
    fn urls_are_found_in_text() {
        let text = "no route to 'https://u:pa55@h/?token=abc' (http://h/a), https:\\/\\/u:pa55@h";
        let shown = MaskedText::hiding(text.to_owned(), places_in_text(text)).to_string();
        assert_eq!(
            shown,
            "no route to 'https://u:•••@h/?token=•••' (http://h/a), https:\\/\\/u:•••@h"
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_looked_through(text in "[a-z:/?#@&=%\\\\ \"']{0,60}") {
            let _ = masked(&text);
            let _ = MaskedText::hiding(text.clone(), places_in_text(&text));
        }
    }
}
