//! Answers: what they mean. Pure; one function says what each status means.

use std::{ops::Range, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde_json::Value;
use url::Url;

use super::{Forge, ForgeErrorKind, Repository};
use crate::{
    json::{self, Unreadable},
    model::Masker,
    net::retry_after,
    provider::excerpt,
};

type Response = http::Response<Bytes>;

/// A comment that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) id: u64,
    /// The number of the user who wrote it; a user's name can change hands.
    pub(super) author: u64,
    pub(super) body: String,
    /// Where people see it.
    pub(super) url: Option<String>,
}

/// The answer as JSON, where it is a success.
pub(super) fn json(response: &Response, masker: &Masker) -> Result<Value, ForgeErrorKind> {
    if !response.status().is_success() {
        return Err(refused(response, masker));
    }
    if response.body().is_empty() && response.status() == StatusCode::NO_CONTENT {
        return Ok(Value::Null);
    }
    json::read(response.body()).map_err(|error| match error {
        Unreadable::NotJson(_) => malformed(response, "not JSON"),
        Unreadable::TooMany => malformed(response, &error.to_string()),
    })
}

/// What a response that is no success means.
fn refused(response: &Response, masker: &Masker) -> ForgeErrorKind {
    let status = response.status();
    let reason = reason(response.body(), masker);
    let throttled = status == StatusCode::TOO_MANY_REQUESTS
        || (status == StatusCode::FORBIDDEN && is_limit(response, &reason));
    if throttled {
        let retry_after = limit_ends(response.headers());
        return ForgeErrorKind::RateLimited { retry_after };
    }
    match status.as_u16() {
        401 => ForgeErrorKind::Unauthenticated(reason),
        403 => ForgeErrorKind::Forbidden(reason),
        404 | 410 => ForgeErrorKind::NotFound(reason),
        status @ (408 | 425 | 500..=599) => ForgeErrorKind::Unavailable {
            status,
            reason,
            retry_after: retry_after(response.headers()),
        },
        status @ 300..=399 => ForgeErrorKind::Malformed {
            status,
            problem: "redirected, which is not followed: was the repository renamed?".to_owned(),
        },
        status => ForgeErrorKind::Rejected { status, reason },
    }
}

/// GitHub answers 403 both to who may not and to who asks too often.
fn is_limit(response: &Response, reason: &str) -> bool {
    let headers = response.headers();
    headers.contains_key(header::RETRY_AFTER)
        || number(headers, "x-ratelimit-remaining") == Some(0)
        || reason.to_ascii_lowercase().contains("rate limit")
}

/// How long a limit lasts: in the header for it; else until the time at which it is reset, which is
/// taken relative to the answer's own date, so that this machine's clock does not matter.
fn limit_ends(headers: &HeaderMap) -> Option<Duration> {
    retry_after(headers).or_else(|| {
        let reset =
            number(headers, "x-ratelimit-reset").or_else(|| number(headers, "ratelimit-reset"))?;
        let date = httpdate::parse_http_date(headers.get(header::DATE)?.to_str().ok()?).ok()?;
        let now = date.duration_since(std::time::UNIX_EPOCH).ok()?;
        Some(Duration::from_secs(reset).saturating_sub(now))
    })
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// GitHub's `message`; GitLab's `message` (a text, or lists by field) or `error`.
fn reason(body: &[u8], masker: &Masker) -> String {
    let text = match json::read(body) {
        Ok(value) => match value.get("message").or_else(|| value.get("error")) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => value.to_string(),
        },
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    };
    let text = excerpt(&masker.mask_foreign(&text));
    if text.is_empty() {
        "no reason given".to_owned()
    } else {
        text
    }
}

/// The user's number.
pub(super) fn user(value: &Value) -> Option<u64> {
    value
        .get("id")
        .or_else(|| value.pointer("/data/viewer/databaseId"))
        .and_then(Value::as_u64)
        .filter(|id| *id > 0)
}

/// The number of the pull request, in a list of them, that is at this commit.
pub(super) fn number_at(value: &Value, commit: &str) -> Option<u64> {
    let at = |one: &&Value| head(one, Forge::GitHub) == Some(commit);
    value.as_array()?.iter().find(at)?.get("number")?.as_u64()
}

/// The number of the merged pull request, in a list of them, that a commit is part of; else of the first.
pub(super) fn number_with(value: &Value, forge: Forge) -> Option<u64> {
    let all = value.as_array()?;
    let is_merged = |one: &&Value| match forge {
        Forge::GitHub => one.get("merged_at").is_some_and(|at| !at.is_null()),
        Forge::GitLab => one.get("state").and_then(Value::as_str) == Some("merged"),
    };
    let found = all.iter().find(is_merged).or_else(|| all.first())?;
    let key = match forge {
        Forge::GitHub => "number",
        Forge::GitLab => "iid",
    };
    found.get(key)?.as_u64()
}

/// The commit that the pull request is at.
pub(super) fn head(value: &Value, forge: Forge) -> Option<&str> {
    match forge {
        Forge::GitHub => value.pointer("/head/sha"),
        Forge::GitLab => value.get("sha"),
    }
    .and_then(Value::as_str)
}

/// The comments of a user on a page, without GitLab's own remarks, such as "added 1 commit". Anybody can comment, at
/// any length, so the text of nobody else is kept.
pub(super) fn comments(value: &Value, author: u64, repository: &Repository) -> Option<Vec<Found>> {
    value
        .as_array()?
        .iter()
        .filter(|one| one.get("system") != Some(&Value::Bool(true)))
        .filter(|one| one.is_object() && self::author(one, repository) == Some(author))
        .map(|one| comment(one, repository))
        .collect()
}

/// The number of the user who wrote a comment.
fn author(value: &Value, repository: &Repository) -> Option<u64> {
    let author = match repository.forge {
        Forge::GitHub => value.pointer("/user/id"),
        Forge::GitLab => value.pointer("/author/id"),
    };
    author.and_then(Value::as_u64)
}

/// A comment. Who has left the forge has no account; such a comment is nobody's.
pub(super) fn comment(value: &Value, repository: &Repository) -> Option<Found> {
    let text = |key: &str| value.get(key)?.as_str().map(str::to_owned);
    Some(Found {
        id: value.get("id")?.as_u64()?,
        author: author(value, repository).unwrap_or_default(),
        body: text("body").unwrap_or_default(),
        url: text("html_url"),
    })
}

/// The next page: GitLab's header of its own, else `Link`. It must be the API's own, as the token
/// goes there.
pub(super) fn next_page(
    headers: &HeaderMap,
    current: &Url,
    repository: &Repository,
    masker: &Masker,
) -> Result<Option<Url>, ForgeErrorKind> {
    if let Some(page) = headers.get("x-next-page") {
        let page = page.to_str().unwrap_or_default();
        if page.is_empty() || !page.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(None);
        }
        let mut next = current.clone();
        let kept: Vec<(String, String)> = current
            .query_pairs()
            .filter(|(name, _)| name != "page")
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        next.query_pairs_mut()
            .clear()
            .extend_pairs(kept)
            .append_pair("page", page);
        return Ok(Some(next));
    }
    let links = headers.get_all(header::LINK).iter();
    let mut links = links.filter_map(|it| it.to_str().ok());
    let next = links.find_map(|links| Some((links, rel_next(links)?)));
    let Some((links, place)) = next else {
        return Ok(None);
    };
    let (link, masked) = (&links[place.clone()], masker.foreign(links));
    let fragment = link.find('#').map(|at| place.start + at);
    let is_cut = [Some(place.start), fragment, Some(place.end)]
        .into_iter()
        .flatten()
        .any(|at| masked.is_cut_at(at));
    match repository.api.same_origin(current, link) {
        Some(url) if !is_cut => Ok(Some(url)),
        _ => {
            let end = link.find(['?', '#']).unwrap_or(link.len());
            let shown = masked.part(place.start..place.start + end);
            Err(ForgeErrorKind::ForeignPage(excerpt(shown.shown())))
        }
    }
}

/// Where the target of `<…>; rel="next"` (RFC 8288) stands.
fn rel_next(links: &str) -> Option<Range<usize>> {
    let mut rest = links;
    while let Some((_, from)) = rest.split_once('<') {
        let start = links.len() - from.len();
        let (target, behind) = from.split_once('>')?;
        let end = behind.find(",<").or_else(|| behind.find(", <"));
        let params = &behind[..end.unwrap_or(behind.len())];
        let next = params.split(';').any(|param| {
            let (name, value) = param.split_once('=').unwrap_or_default();
            let values = value.trim().trim_matches('"');
            name.trim().eq_ignore_ascii_case("rel")
                && values.split(' ').any(|it| it.eq_ignore_ascii_case("next"))
        });
        if next {
            return Some(start..start + target.len());
        }
        rest = behind;
    }
    None
}

pub(super) fn malformed(response: &Response, problem: &str) -> ForgeErrorKind {
    ForgeErrorKind::Malformed {
        status: response.status().as_u16(),
        problem: problem.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::BaseUrl;

    fn repository(forge: Forge) -> Repository {
        Repository {
            forge,
            api: BaseUrl::new("https://api.example.com", false).unwrap(),
            path: "acme/hooks".to_owned(),
        }
    }

    fn next(header: (&str, &str)) -> Result<Option<String>, ForgeErrorKind> {
        let mut headers = HeaderMap::new();
        let name: http::HeaderName = header.0.parse().unwrap();
        headers.insert(name, header.1.parse().unwrap());
        let current = Url::parse("https://api.example.com/c?per_page=100&page=1").unwrap();
        next_page(
            &headers,
            &current,
            &repository(Forge::GitHub),
            &Masker::default(),
        )
        .map(|url| url.map(Into::into))
    }

    #[test]
    fn pages_are_found_in_both_headers() {
        let page = "https://api.example.com/c?per_page=100&page=2";
        let link =
            format!("<https://api.example.com/c?page=1>; rel=\"prev\", <{page}>; rel=\"next\"");
        assert_eq!(next(("link", &link)).unwrap().as_deref(), Some(page));
        assert_eq!(next(("x-next-page", "2")).unwrap().as_deref(), Some(page));
        for end in [
            ("x-next-page", ""),
            ("x-next-page", "2&private_token=x"),
            ("link", "<https://api.example.com/c?page=1>; rel=\"last\""),
            ("link", "no link"),
        ] {
            assert_eq!(next(end).unwrap(), None, "{end:?}");
        }
    }

    #[test]
    fn links_are_masked_before_they_are_cut() {
        let masker = Masker::new(["t0ken>c4nary?x".to_owned()]);
        let current = Url::parse("https://api.example.com/c").unwrap();
        for written in [
            "t0ken>c4nary?x",
            "t0ken&#62;c4nary&#63;x",
            "t0ken%3Ec4nary&#x3f;x",
        ] {
            for base in ["https://evil.test/", "https://api.example.com/"] {
                let link = format!("<{base}{written}>; rel=next, <x>; rel=next");
                let headers = HeaderMap::from_iter([(header::LINK, link.parse().unwrap())]);
                let next = next_page(&headers, &current, &repository(Forge::GitHub), &masker);
                let shown = next.map_err(|error| error.to_string());
                assert!(!format!("{shown:?}").contains("t0ken"), "{link}: {shown:?}");
            }
        }
    }

    #[test]
    fn a_page_elsewhere_is_not_followed() {
        for foreign in [
            "https://evil.test/c?page=2",
            "//evil.test/c",
            "http://api.example.com/c",
        ] {
            let link = format!("<{foreign}>; rel=next");
            let error = next(("link", &link)).unwrap_err();
            assert!(matches!(error, ForgeErrorKind::ForeignPage(_)), "{error}");
        }
    }

    fn refusal(status: u16, headers: &[(&str, &str)], body: &str) -> ForgeErrorKind {
        let mut response = http::Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        let response = response.body(Bytes::from(body.to_owned())).unwrap();
        refused(&response, &Masker::new(["canary-token".to_owned()]))
    }

    #[test]
    fn the_text_of_others_is_not_kept() {
        let page = serde_json::json!([
            {"id": 1, "user": {"id": 9}, "body": "x".repeat(100)},
            {"id": 2, "user": {"id": 7}, "body": "ours"},
            {"id": 3, "user": null, "body": "of nobody"},
            {"id": 4, "user": {"id": 7}, "system": true, "body": "a remark"},
        ]);
        let found = comments(&page, 7, &repository(Forge::GitHub)).unwrap();
        let ids: Vec<u64> = found.iter().map(|one| one.id).collect();
        assert_eq!(ids, [2]);
        assert_eq!(
            comments(&serde_json::json!({}), 7, &repository(Forge::GitHub)),
            None
        );
    }

    #[test]
    fn limits_are_told_from_missing_permissions() {
        let wait = |kind: ForgeErrorKind| match kind {
            ForgeErrorKind::RateLimited { retry_after } => retry_after.map(|it| it.as_secs()),
            other => panic!("{other}"),
        };
        let none = (
            403,
            "{\"message\": \"Resource not accessible by integration\"}",
        );
        let kind = refusal(none.0, &[("x-ratelimit-remaining", "59")], none.1);
        assert!(matches!(kind, ForgeErrorKind::Forbidden(_)), "{kind}");
        assert_eq!(wait(refusal(403, &[("retry-after", "60")], "")), Some(60));
        assert_eq!(wait(refusal(429, &[("retry-after", "1")], "")), Some(1));
        let reset = [
            ("x-ratelimit-remaining", "0"),
            ("date", "Thu, 01 Jan 2026 00:00:00 GMT"),
            ("x-ratelimit-reset", "1767225690"),
        ];
        assert_eq!(wait(refusal(403, &reset, "")), Some(90));
        let secondary = "{\"message\": \"You have exceeded a secondary rate limit.\"}";
        assert_eq!(wait(refusal(403, &[], secondary)), None);
    }

    #[test]
    fn reasons_are_masked_and_on_one_line() {
        let kind = refusal(422, &[], "{\"message\": \"bad\\n canary-token\"}");
        assert_eq!(kind.to_string(), "rejected with 422: bad •••");
        let kind = refusal(400, &[], "{\"message\": {\"note\": [\"is too long\"]}}");
        assert_eq!(
            kind.to_string(),
            "rejected with 400: {\"note\":[\"is too long\"]}"
        );
    }
}
