//! Requests, as GitHub's and GitLab's documentation has them. Pure.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::json;
use url::Url;

use super::{Forge, Repository};
use crate::{model::Secret, net::USER_AGENT};

/// How many comments a page has: the most that both APIs give.
const PER_PAGE: &str = "100";

/// The token has characters that no header can carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the token is empty, or has characters that an HTTP header cannot carry")]
pub struct InvalidToken;

type Request = http::Request<Bytes>;

/// Builds the requests about one repository.
#[derive(Clone, Debug)]
pub(super) struct Requests {
    pub(super) repository: Repository,
    headers: HeaderMap,
}

impl Requests {
    pub(super) fn new(repository: Repository, token: &Secret) -> Result<Self, InvalidToken> {
        let token = token.expose();
        if token.trim().is_empty() {
            return Err(InvalidToken);
        }
        let (name, text) = match repository.forge {
            Forge::GitHub => ("authorization", format!("Bearer {token}")),
            Forge::GitLab => ("private-token", token.to_owned()),
        };
        let mut value = HeaderValue::from_str(&text).map_err(|_| InvalidToken)?;
        value.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert(name, value);
        headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
        let json = HeaderValue::from_static("application/json");
        headers.insert(header::CONTENT_TYPE, json.clone());
        match repository.forge {
            Forge::GitHub => {
                let accept = HeaderValue::from_static("application/vnd.github+json");
                headers.insert(header::ACCEPT, accept);
                let version = HeaderValue::from_static("2022-11-28");
                headers.insert("x-github-api-version", version);
            }
            Forge::GitLab => {
                headers.insert(header::ACCEPT, json);
            }
        }
        Ok(Self {
            repository,
            headers,
        })
    }

    /// Whose token it is.
    pub(super) fn user(&self) -> Request {
        self.page(&self.repository.api.resource(&["user"]))
    }

    /// Whose token it is, asked in the way that also GitHub's apps may ask.
    pub(super) fn viewer(&self) -> Request {
        let api = &self.repository.api;
        // An enterprise server has `/api/v3/` beside `/api/graphql`.
        let mut url = api.resource(&["graphql"]);
        if let Some(before) = url.path().strip_suffix("/v3/graphql") {
            let path = format!("{before}/graphql");
            url.set_path(&path);
        }
        let query = json!({ "query": "query { viewer { databaseId } }" });
        self.build(Method::POST, &url, Some(&query))
    }

    pub(super) fn pull_request(&self, number: u64) -> Request {
        self.page(&self.repository.pull_request(number))
    }

    /// The open pull requests of a branch, which may be a fork's.
    pub(super) fn pull_requests_of(&self, owner: &str, branch: &str) -> Request {
        let mut url = self.repository.pull_requests();
        url.query_pairs_mut()
            .append_pair("head", &format!("{owner}:{branch}"))
            .append_pair("state", "open")
            .append_pair("per_page", PER_PAGE);
        self.page(&url)
    }

    /// The pull requests that a commit is part of.
    pub(super) fn pull_requests_with(&self, commit: &str) -> Request {
        self.page(&self.repository.pull_requests_with(commit))
    }

    /// The first page of who approved, the oldest first.
    pub(super) fn approvals(&self, number: u64) -> Url {
        let mut url = self.repository.approvals(number);
        if self.repository.forge == Forge::GitHub {
            url.query_pairs_mut().append_pair("per_page", PER_PAGE);
        }
        url
    }

    /// The first page of the comments, the oldest first.
    pub(super) fn comments(&self, number: u64) -> Url {
        let mut url = self.repository.comments(number);
        let mut query = url.query_pairs_mut();
        query.append_pair("per_page", PER_PAGE);
        if self.repository.forge == Forge::GitLab {
            query.append_pair("order_by", "created_at");
            query.append_pair("sort", "asc");
        }
        drop(query);
        url
    }

    /// What is at a URL.
    pub(super) fn page(&self, url: &Url) -> Request {
        self.build(Method::GET, url, None)
    }

    pub(super) fn create(&self, number: u64, body: &str) -> Request {
        let url = self.repository.comments(number);
        self.build(Method::POST, &url, Some(&json!({ "body": body })))
    }

    pub(super) fn update(&self, number: u64, id: u64, body: &str) -> Request {
        let method = match self.repository.forge {
            Forge::GitHub => Method::PATCH,
            Forge::GitLab => Method::PUT,
        };
        let url = self.repository.comment(number, id);
        self.build(method, &url, Some(&json!({ "body": body })))
    }

    pub(super) fn delete(&self, number: u64, id: u64) -> Request {
        let url = self.repository.comment(number, id);
        self.build(Method::DELETE, &url, None)
    }

    fn build(&self, method: Method, url: &Url, body: Option<&serde_json::Value>) -> Request {
        let body = body.map_or_else(Bytes::new, |body| body.to_string().into());
        let mut request = http::Request::new(body);
        *request.method_mut() = method;
        // What `url` writes is a URI, but for what no base URL has.
        *request.uri_mut() = url.as_str().parse().unwrap_or_default();
        request.headers_mut().clone_from(&self.headers);
        request
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::BaseUrl;

    fn requests(forge: Forge, api: &str, token: &str) -> Result<Requests, InvalidToken> {
        let repository = Repository {
            forge,
            api: BaseUrl::new(api, false).unwrap(),
            path: "acme/hooks".to_owned(),
        };
        Requests::new(repository, &Secret::new(token))
    }

    #[test]
    fn tokens_travel_in_sensitive_headers() {
        for (forge, name, expected) in [
            (Forge::GitHub, "authorization", "Bearer canary"),
            (Forge::GitLab, "private-token", "canary"),
        ] {
            let requests = requests(forge, "https://api.example.com", "canary").unwrap();
            let request = requests.create(7, "text");
            assert_eq!(request.headers()[name], expected);
            assert!(!format!("{requests:?} {request:?}").contains("canary"));
        }
        for token in ["", " ", "a\nb"] {
            assert!(requests(Forge::GitHub, "https://api.example.com", token).is_err());
        }
    }

    #[test]
    fn an_enterprise_servers_graphql_is_beside_its_rest_api() {
        for (api, expected) in [
            ("https://api.github.com", "https://api.github.com/graphql"),
            (
                "https://git.example.com/api/v3",
                "https://git.example.com/api/graphql",
            ),
        ] {
            let requests = requests(Forge::GitHub, api, "token").unwrap();
            assert_eq!(requests.viewer().uri().to_string(), expected);
        }
    }
}
