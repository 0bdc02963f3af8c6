//! What is sensitive in a live text beside the declared one that it belongs to: what stands where that is sensitive.
//!
//! A variable that was given another value leaves the former one live. No variable holds that any more,
//! and it may well still be valid: where it stands is all that tells that it is a secret.

use std::{collections::BTreeSet, ops::Range};

use super::{
    MaskedText,
    tokens::{UrlParts, parameter, split},
};

/// Whether a text is made of words: nothing that was drawn by lot.
pub(super) fn is_word(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_lowercase() || b"-_.".contains(&byte))
        || is_version(text)
}

fn is_version(text: &str) -> bool {
    let digits = text.strip_prefix('v').unwrap_or_default();
    (1..=2).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text is a word too short to give a secret away, at a place where one may stand.
fn is_short_word(text: &str) -> bool {
    text.len() < 8 && is_word(text)
}

/// What is sensitive in a live URL beside the declared one that it belongs to.
pub(super) fn hidden_beside(live: &str, declared: &MaskedText) -> Vec<Range<usize>> {
    if !declared.is_sensitive() {
        return Vec::new();
    }
    if let Some(parts) = aligned(live, declared) {
        return parts;
    }
    let text = declared.expose();
    let theirs = UrlParts::of(text.as_bytes());
    let ours = UrlParts::of(live.as_bytes());
    let first = declared.hidden().first().map_or(0, |part| part.start);
    if first < theirs.user.start.max(1) {
        // It is sensitive from its beginning on.
        return std::iter::once(0..live.len()).collect();
    }
    let mut hidden = Vec::new();
    if first < theirs.host.end && live[ours.host.clone()] != text[theirs.host.clone()] {
        hidden.push(ours.host.clone());
    }
    if declared
        .hidden()
        .iter()
        .any(|part| part.end > theirs.host.end)
    {
        hidden.extend(path(live, &ours, declared, &theirs));
        hidden.extend(parameters(live, &ours, declared, &theirs));
    }
    hidden
}

/// What is sensitive in a live name beside the declared one: what stands where that is sensitive, or all.
pub(super) fn hidden_in_name(live: &str, declared: &MaskedText) -> Vec<Range<usize>> {
    if !declared.is_sensitive() {
        return Vec::new();
    }
    let whole = 0..live.len();
    aligned(live, declared).unwrap_or_else(|| vec![whole])
}

/// The parts of a live text that stand where the declared one is sensitive, where all the rest is the
/// same.
fn aligned(live: &str, declared: &MaskedText) -> Option<Vec<Range<usize>>> {
    let text = declared.expose();
    let mut found = Vec::new();
    let (mut copied, mut at) = (0, 0);
    for hidden in declared.hidden() {
        let open = &text[copied..hidden.start];
        let place = if copied == 0 {
            live.starts_with(open).then_some(0)?
        } else {
            at + live[at..].find(open)?
        };
        if copied > 0 {
            found.push(at..place);
        }
        at = place + open.len();
        copied = hidden.end;
    }
    let last = live.len().checked_sub(text.len() - copied)?;
    (last >= at && live.is_char_boundary(last) && live[last..] == text[copied..]).then(|| {
        found.push(at..last);
        found
    })
}

/// Whether a part of the declared text is shown.
fn is_open(declared: &MaskedText, part: &Range<usize>) -> bool {
    let touches = |hidden: &Range<usize>| hidden.start < part.end && part.start < hidden.end;
    !declared.hidden().iter().any(touches)
}

/// The segments of a live path that are not the declared ones.
fn path(
    live: &str,
    ours: &UrlParts,
    declared: &MaskedText,
    theirs: &UrlParts,
) -> Vec<Range<usize>> {
    let text = declared.expose();
    let open: Vec<&str> = split(text.as_bytes(), theirs.path.clone(), b"/")
        .filter(|part| is_open(declared, part))
        .map(|part| &text[part])
        .collect();
    split(live.as_bytes(), ours.path.clone(), b"/")
        .filter(|part| {
            let segment = &live[part.clone()];
            !open.contains(&segment) && !is_short_word(segment)
        })
        .collect()
}

/// The parameters of a live URL that are not declared ones in clear text.
fn parameters(
    live: &str,
    ours: &UrlParts,
    declared: &MaskedText,
    theirs: &UrlParts,
) -> Vec<Range<usize>> {
    let text = declared.expose();
    let pairs = |bytes, parts: &UrlParts| {
        split(bytes, parts.query.clone(), b"&")
            .chain(split(bytes, parts.fragment.clone(), b"&"))
            .map(move |pair| parameter(bytes, pair))
            .collect::<Vec<_>>()
    };
    let open: BTreeSet<&str> = pairs(text.as_bytes(), theirs)
        .into_iter()
        .filter(|(name, value)| is_open(declared, name) && is_open(declared, value))
        .map(|(name, _)| &text[name])
        .filter(|name| !name.is_empty())
        .collect();
    let named: BTreeSet<&str> = pairs(text.as_bytes(), theirs)
        .into_iter()
        .filter(|(name, _)| is_open(declared, name))
        .map(|(name, _)| &text[name])
        .collect();
    let mut hidden = Vec::new();
    for (name, value) in pairs(live.as_bytes(), ours) {
        let called = &live[name.clone()];
        if open.contains(called) {
            continue;
        }
        if !named.contains(called) && !is_short_word(called) {
            hidden.push(name);
        }
        if named.contains(called) || !is_short_word(&live[value.clone()]) {
            hidden.push(value);
        }
    }
    hidden
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::model::MASK;

    /// What `<` and `>` enclose is sensitive.
    pub(in super::super) fn declared(text: &str) -> MaskedText {
        let mut whole = MaskedText::plain("");
        for (index, part) in text.split(['<', '>']).enumerate() {
            match index % 2 {
                0 => whole.push_plain(part),
                _ => whole.push(&MaskedText::sensitive(part)),
            }
        }
        whole
    }

    #[test]
    fn what_is_live_is_sensitive_from_where_it_differs() {
        for (text, live, shown) in [
            (
                "https://h/in/<new>",
                "https://h/in/former",
                "https://h/in/•••",
            ),
            (
                "https://h/<new>/in",
                "https://h/former-7/in",
                "https://h/•••/in",
            ),
            (
                "https://h/in?t=<new>&x=1",
                "https://h/in?t=former&x=1",
                "https://h/in?t=•••&x=1",
            ),
            (
                "https://h/in?t=<new>&x=1",
                "https://h/in?x=2&t=former",
                "https://h/in?x=2&t=•••",
            ),
            (
                "https://h/in/<new>",
                "https://old.example/in/former-7",
                "https://old.example/in/•••",
            ),
            ("https://h/in/<new>", "https://h/orders", "https://h/orders"),
            (
                "https://h/in/<new>",
                "https://h/F0rm3r/v1",
                "https://h/•••/v1",
            ),
            (
                "https://<host>/in",
                "https://former.example/in",
                "https://•••/in",
            ),
            (
                "https://<host>/in",
                "https://former.example/orders-of-all",
                "https://•••/orders-of-all",
            ),
            ("<whole>", "https://former.example/in", MASK),
            (
                "https://h/in?t=<new>",
                "https://h/in?former-7",
                "https://h/in?•••",
            ),
            (
                "https://H/in/<new>",
                "https://h/in/former-7",
                "https://h/in/•••",
            ),
        ] {
            let hidden = hidden_beside(live, &declared(text));
            let masked = MaskedText::hiding(live.to_owned(), hidden);
            assert_eq!(masked.shown(), shown, "{text} {live}");
        }
    }
}
