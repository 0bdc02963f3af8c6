//! The parts of GitHub's and GitLab's API that a comment needs, on a port of loopback: users, pull
//! requests, comments in pages, rate limits, and answers that get lost.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Barrier, Mutex, MutexGuard},
};

use bytes::Bytes;
use hookwright::forge::Forge;
use http::{Method, Request, Response};
use serde_json::{Value, json};

use super::{
    Workspace,
    proxy::{Endless, Listening},
};

/// The token of the API's own user, in a form that its canaries are found in.
pub(crate) const TOKEN: &str = "ghs_c0ffeetokenc0ffeetokenc0ffee";
/// The commit that the pull request is at.
pub(crate) const HEAD: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
/// The number of the pull request.
pub(crate) const NUMBER: u64 = 7;
/// The token's user.
pub(crate) const OWN: u64 = 41;
/// Somebody else.
pub(crate) const STRANGER: u64 = 42;

/// A comment that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Comment {
    pub(crate) id: u64,
    pub(crate) author: u64,
    pub(crate) body: String,
}

/// What is answered in place of the API's own answer, once.
pub(crate) struct Fault {
    pub(crate) method: Method,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: &'static str,
    /// Whether the body comes again and again.
    pub(crate) endless: bool,
    /// How the path ends that it is for.
    pub(crate) path_ends: &'static str,
    /// Whether the request is carried out all the same.
    pub(crate) carried_out: bool,
}

impl Fault {
    pub(crate) fn new(method: Method, status: u16) -> Self {
        Self {
            method,
            status,
            headers: Vec::new(),
            body: "",
            endless: false,
            path_ends: "",
            carried_out: false,
        }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn body(mut self, body: &'static str) -> Self {
        self.body = body;
        self
    }

    /// Only for requests whose path ends like this.
    pub(crate) fn of(mut self, path_ends: &'static str) -> Self {
        self.path_ends = path_ends;
        self
    }

    pub(crate) fn endless(mut self, body: &'static str) -> Self {
        self.endless = true;
        self.body(body)
    }

    pub(crate) fn carried_out(mut self) -> Self {
        self.carried_out = true;
        self
    }
}

#[derive(Default)]
struct State {
    comments: Vec<Comment>,
    /// How many were made, also of those that are gone.
    created: u64,
    /// `METHOD path?query status`.
    requests: Vec<String>,
    faults: Vec<Fault>,
    app: bool,
    artifact: Option<Vec<u8>>,
    merge_requests: Option<Value>,
    /// Who approved the pull request: reviews (GitHub), approvals (GitLab).
    approvals: Option<Value>,
    /// Lets creates wait until so many runs are about to make one.
    at_once: Option<Arc<Barrier>>,
}

/// A merge request that ended in this commit (GitLab).
pub(crate) fn merged_as(number: u64, commit: &str) -> Value {
    json!({
        "iid": number, "state": "merged", "target_branch": "main", "sha": "f00d",
        "merge_commit_sha": commit, "squash_commit_sha": null,
    })
}

/// A forge that listens until it is dropped.
pub(crate) struct ForgeApi {
    pub(crate) forge: Forge,
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    _listening: Listening,
}

impl ForgeApi {
    pub(crate) fn start(forge: Forge) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let answer = move |request: Request<Bytes>| {
            let at_once = shared.lock().unwrap().at_once.clone();
            if let Some(barrier) = at_once.filter(|_| request.method() == Method::POST) {
                barrier.wait();
            }
            Ok(shared.lock().unwrap().answer(forge, &request))
        };
        let listening = Listening::start(Arc::new(answer));
        Self {
            forge,
            address: listening.address,
            state,
            _listening: listening,
        }
    }

    /// GitHub's answers to a token of an app, which may not ask who it is.
    pub(crate) fn of_app(self) -> Self {
        self.state().app = true;
        self
    }

    /// What a job of the merge request kept (GitLab).
    pub(crate) fn keep(&self, artifact: Vec<u8>) {
        self.state().artifact = Some(artifact);
    }

    /// Lets so many runs each find no comment before any of them makes one.
    pub(crate) fn create_at_once(&self, runs: usize) {
        self.state().at_once = Some(Arc::new(Barrier::new(runs)));
    }

    /// The merge requests that a commit is part of (GitLab).
    pub(crate) fn merge_requests(&self, all: Value) {
        self.state().merge_requests = Some(all);
    }

    /// What is answered to who asks for approvals.
    pub(crate) fn approve(&self, approvals: Value) {
        self.state().approvals = Some(approvals);
    }

    pub(crate) fn fault(&self, fault: Fault) {
        self.state().faults.push(fault);
    }

    pub(crate) fn seed(&self, author: u64, body: &str) -> u64 {
        self.state().add(author, body)
    }

    pub(crate) fn comments(&self) -> Vec<Comment> {
        self.state().comments.clone()
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.state().requests.clone()
    }

    /// How many requests of a method there were.
    pub(crate) fn count(&self, method: &str) -> usize {
        let all = self.requests();
        all.iter().filter(|one| one.starts_with(method)).count()
    }

    pub(crate) fn url(&self) -> String {
        match self.forge {
            Forge::GitHub => format!("http://{}", self.address),
            Forge::GitLab => format!("http://{}/api/v4", self.address),
        }
    }

    /// A workspace with the variables that the CI system sets for a pull request.
    pub(crate) fn workspace(&self) -> Workspace {
        self.surround(Workspace::new())
    }

    /// Sets those variables in another workspace.
    pub(crate) fn surround(&self, workspace: Workspace) -> Workspace {
        let workspace = workspace.redact(format!(":{}", self.address.port()), ":[PORT]");
        match self.forge {
            Forge::GitHub => {
                let event = json!({"pull_request": {"number": NUMBER, "head": {"sha": HEAD}}});
                let path = workspace.write("event.json", event.to_string());
                workspace
                    .env("GITHUB_ACTIONS", "true")
                    .env("GITHUB_API_URL", &self.url())
                    .env("GITHUB_REPOSITORY", "acme/hooks")
                    .env("GITHUB_EVENT_PATH", path.to_str().unwrap())
                    .env("GITHUB_TOKEN", TOKEN)
            }
            Forge::GitLab => workspace
                .env("GITLAB_CI", "true")
                .env("CI_API_V4_URL", &self.url())
                .env("CI_PROJECT_ID", "1234")
                .env("CI_MERGE_REQUEST_IID", &NUMBER.to_string())
                .env("CI_COMMIT_SHA", HEAD)
                .env("CI_COMMIT_BRANCH", "main")
                .env("GITLAB_TOKEN", TOKEN),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl State {
    fn add(&mut self, author: u64, body: &str) -> u64 {
        self.created += 1;
        let id = 999 + self.created;
        self.comments.push(Comment {
            id,
            author,
            body: body.to_owned(),
        });
        id
    }

    fn answer(&mut self, forge: Forge, request: &Request<Bytes>) -> Response<Bytes> {
        let at = self.faults.iter().position(|fault| {
            fault.method == request.method() && request.uri().path().ends_with(fault.path_ends)
        });
        let response = match at.map(|at| self.faults.remove(at)) {
            Some(fault) => {
                if fault.carried_out {
                    let _ = self.own_answer(forge, request);
                }
                let mut response = Response::builder().status(fault.status);
                for (name, value) in fault.headers {
                    response = response.header(name, value);
                }
                if fault.endless {
                    response = response.extension(Endless);
                }
                response.body(fault.body.into()).unwrap()
            }
            None => self.own_answer(forge, request),
        };
        let status = response.status().as_u16();
        let uri = request.uri();
        let line = format!("{} {uri} {status}", request.method());
        self.requests.push(line);
        response
    }

    fn own_answer(&mut self, forge: Forge, request: &Request<Bytes>) -> Response<Bytes> {
        let header = |name| request.headers().get(name).and_then(|it| it.to_str().ok());
        let token = match forge {
            Forge::GitHub => header("authorization").and_then(|it| it.strip_prefix("Bearer ")),
            Forge::GitLab => header("private-token"),
        };
        if token != Some(TOKEN) {
            return said(401, &json!({"message": "Bad credentials"}));
        }
        if header("user-agent").is_none() {
            return said(
                403,
                &json!({"message": "Request forbidden by administrative rules."}),
            );
        }
        let path = request.uri().path().to_owned();
        let (root, rest) = match forge {
            Forge::GitHub => (
                "/repos/acme/hooks/",
                path.strip_prefix("/repos/acme/hooks/"),
            ),
            Forge::GitLab => (
                "/api/v4/projects/1234/",
                path.strip_prefix("/api/v4/projects/1234/"),
            ),
        };
        let query = queries(request);
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let text = body["body"].as_str().unwrap_or_default().to_owned();
        let longest = forge.longest_comment();
        if text.encode_utf16().count() > longest {
            return said(422, &json!({"message": "Body is too long"}));
        }
        match (request.method().as_str(), rest, path.as_str()) {
            ("GET", None, "/user" | "/api/v4/user") if self.app => said(
                403,
                &json!({"message": "Resource not accessible by integration"}),
            ),
            ("GET", None, "/user" | "/api/v4/user") => said(200, &json!({"id": OWN})),
            ("GET", Some(rest), _) if rest.starts_with("repository/commits/") => {
                let merged = self.merge_requests.clone();
                said(
                    200,
                    &merged.unwrap_or_else(|| json!([merged_as(NUMBER, HEAD)])),
                )
            }
            (
                "GET",
                Some("jobs/artifacts/refs%2Fmerge-requests%2F7%2Fhead/raw/hookwright.plan"),
                _,
            ) if self.artifact.is_some() => Response::new(self.artifact.clone().unwrap().into()),
            ("POST", None, "/graphql") => {
                said(200, &json!({"data": {"viewer": {"databaseId": OWN}}}))
            }
            ("GET", Some("pulls"), _) => {
                let found = query.get("head").map(String::as_str) == Some("stranger:main");
                let pulls = json!([{"number": 6, "head": {"sha": "0"}}, pull(forge)]);
                said(200, &if found { pulls } else { json!([]) })
            }
            ("GET", Some("pulls/7" | "merge_requests/7"), _) => said(200, &pull(forge)),
            ("GET", Some("pulls/7/reviews" | "merge_requests/7/approvals"), _) => {
                said(200, &self.approvals.clone().unwrap_or_else(|| json!([])))
            }
            ("GET", Some(rest), _) if rest.starts_with("commits/") => said(
                200,
                &json!([{"number": 3, "merged_at": null}, {"number": NUMBER, "merged_at": "2026-01-01T00:00:00Z"}]),
            ),
            ("GET", Some("issues/7/comments" | "merge_requests/7/notes"), _) => {
                self.page(forge, root, request, &query)
            }
            ("POST", Some("issues/7/comments" | "merge_requests/7/notes"), _) => {
                let id = self.add(OWN, &text);
                let created = self.comments.iter().find(|one| one.id == id).unwrap();
                said(201, &shown(forge, created))
            }
            ("DELETE", Some(rest), _) => {
                let id: u64 = rest.rsplit('/').next().unwrap().parse().unwrap();
                let before = self.comments.len();
                self.comments
                    .retain(|one| one.id != id || one.author != OWN);
                match self.comments.len() {
                    left if left < before => {
                        let gone = Response::builder().status(204);
                        gone.body(Bytes::new()).unwrap()
                    }
                    _ => said(404, &json!({"message": "Not Found"})),
                }
            }
            ("PATCH" | "PUT", Some(rest), _) => {
                let id: u64 = rest.rsplit('/').next().unwrap().parse().unwrap();
                match self.comments.iter_mut().find(|one| one.id == id) {
                    Some(one) if one.author == OWN => {
                        one.body = text;
                        said(200, &shown(forge, one))
                    }
                    Some(_) => said(403, &json!({"message": "Must have admin rights"})),
                    None => said(404, &json!({"message": "Not Found"})),
                }
            }
            _ => said(404, &json!({"message": "Not Found"})),
        }
    }

    /// A page of comments, and where the next one is.
    fn page(
        &self,
        forge: Forge,
        root: &str,
        request: &Request<Bytes>,
        query: &BTreeMap<String, String>,
    ) -> Response<Bytes> {
        let number = |name: &str, default: usize| {
            let value = query.get(name).and_then(|it| it.parse().ok());
            value.unwrap_or(default)
        };
        let (page, per_page) = (number("page", 1), number("per_page", 30).min(100));
        let on_page: Vec<Value> = self
            .comments
            .iter()
            .skip((page - 1) * per_page)
            .take(per_page)
            .map(|one| shown(forge, one))
            .collect();
        let more = page * per_page < self.comments.len();
        let mut response = said(200, &Value::Array(on_page));
        let headers = response.headers_mut();
        match forge {
            Forge::GitHub if more => {
                let host = request.headers()["host"].to_str().unwrap();
                let next = page + 1;
                let path = format!("http://{host}{root}issues/7/comments");
                let link = format!(
                    "<{path}?per_page={per_page}&page=1>; rel=\"first\", \
                     <{path}?per_page={per_page}&page={next}>; rel=\"next\""
                );
                headers.insert("link", link.parse().unwrap());
            }
            Forge::GitHub => {}
            Forge::GitLab => {
                let next = if more {
                    (page + 1).to_string()
                } else {
                    String::new()
                };
                headers.insert("x-next-page", next.parse().unwrap());
            }
        }
        response
    }
}

fn pull(forge: Forge) -> Value {
    match forge {
        Forge::GitHub => json!({
            "number": NUMBER, "head": {"sha": HEAD}, "user": {"login": "ana"}, "labels": [{"name": "prod"}],
        }),
        Forge::GitLab => json!({
            "iid": NUMBER, "sha": HEAD, "author": {"username": "ana"}, "labels": ["prod"],
        }),
    }
}

fn shown(forge: Forge, comment: &Comment) -> Value {
    let Comment { id, author, body } = comment;
    match forge {
        Forge::GitHub => json!({
            "id": id, "body": body, "user": {"id": author},
            "html_url": format!("https://github.com/acme/hooks/pull/7#issuecomment-{id}"),
        }),
        Forge::GitLab => json!({
            "id": id, "body": body, "author": {"id": author}, "system": false,
        }),
    }
}

fn queries(request: &Request<Bytes>) -> BTreeMap<String, String> {
    let query = request.uri().query().unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect()
}

fn said(status: u16, body: &Value) -> Response<Bytes> {
    let body = body.to_string().into();
    Response::builder().status(status).body(body).unwrap()
}
