//! Sends, repeats and reads pages.

use std::fmt;

use bytes::Bytes;
use serde_json::Value;
use url::Url;

use super::{
    Comment, CommentName, Done, Forge, ForgeError, ForgeErrorKind, InvalidToken, Repository,
    Reviewed,
    exchange::Exchange,
    request::Requests,
    response::{self, Found},
    sticky::{self, Act},
};
use crate::{
    model::{Masker, Secret},
    net::{self, Attempt, LookedUp, RetryPolicy, Sending, Transport},
};

/// More pages of comments than any pull request has.
const MOST_PAGES: usize = 1000;

/// What came of a comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// What was done.
    pub done: Done,
    /// Where people see it, where the forge says so.
    pub url: Option<String>,
    /// Whether what was to be said is of another commit than the newest.
    pub outdated: bool,
    /// How many more comments of this name there were; they say now that they are outdated.
    pub doubles: usize,
}

/// Writes comments of one token's user.
pub struct Client<T> {
    requests: Requests,
    transport: T,
    masker: Masker,
    retry: RetryPolicy,
}

impl<T> fmt::Debug for Client<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            requests,
            transport: _, // Not every transport can be shown.
            masker: _,    // The token.
            retry,
        } = self;
        f.debug_struct("Client")
            .field("repository", &requests.repository)
            .field("retry", retry)
            .finish_non_exhaustive()
    }
}

impl<T: Transport> Client<T> {
    /// A client for the repository's pull requests, with the default retry policy.
    ///
    /// # Errors
    ///
    /// A token that no header can carry.
    pub fn new(repository: Repository, token: &Secret, transport: T) -> Result<Self, InvalidToken> {
        Ok(Self {
            requests: Requests::new(repository, token)?,
            transport,
            masker: Masker::new([token.expose().to_owned()]),
            retry: RetryPolicy::default(),
        })
    }

    /// Retries by this policy.
    #[must_use]
    pub fn with_retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// The number of the open pull request of a GitHub branch that is at this commit.
    ///
    /// # Errors
    ///
    /// The list cannot be read.
    pub async fn pull_request_of(
        &self,
        owner: &str,
        branch: &str,
        commit: &str,
    ) -> Result<Option<u64>, ForgeError> {
        let request = self.requests.pull_requests_of(owner, branch);
        let found = self.exchange(request).await?;
        Ok(response::number_at(&found.value, commit))
    }

    /// The number of the pull request that a commit is part of: one that was merged, where there is one.
    ///
    /// # Errors
    ///
    /// The list cannot be read.
    pub async fn pull_request_with(&self, commit: &str) -> Result<Option<u64>, ForgeError> {
        let found = self
            .exchange(self.requests.pull_requests_with(commit))
            .await?;
        let forge = self.requests.repository.forge;
        Ok(response::number_with(&found.value, forge))
    }

    /// Who wrote a pull request, and who approved it as it is.
    ///
    /// # Errors
    ///
    /// The first request that failed.
    pub async fn reviewed(&self, number: u64) -> Result<Reviewed, ForgeError> {
        let pull_request = self.exchange(self.requests.pull_request(number)).await?;
        let url = self.requests.approvals(number);
        if self.requests.repository.forge == Forge::GitLab {
            let approvals = self.exchange(self.requests.page(&url)).await?;
            return Ok(Reviewed::at_gitlab(&pull_request.value, &approvals.value));
        }
        let mut reviews = Vec::new();
        self.pages(url, |answer| match &answer.value {
            Value::Array(page) => {
                reviews.extend(page.iter().cloned());
                Ok(())
            }
            _ => Err(answer.malformed("not a list of reviews")),
        })
        .await?;
        Ok(Reviewed::at_github(&pull_request.value, &reviews))
    }

    /// Makes the one comment of this name on a pull request say what it is to say.
    ///
    /// A create whose answer was lost is looked up before it is sent again: never two comments.
    ///
    /// # Errors
    ///
    /// The first request that failed; all reading comes before all writing.
    pub async fn post(
        &self,
        number: u64,
        name: &CommentName,
        comment: &Comment,
    ) -> Result<Posted, ForgeError> {
        let own = self.own_user().await?;
        let repository = &self.requests.repository;
        let request = self.requests.pull_request(number);
        let pull_request = self.exchange(request).await?.value;
        let head = response::head(&pull_request, repository.forge);
        let mut ours = self.ours(number, own, name).await?;
        let doubles = ours.split_off(ours.len().min(1));
        let existing = ours.pop();
        let act = sticky::decide(comment, name, existing.as_ref(), head, repository.forge);
        let url = existing.as_ref().and_then(|one| one.url.clone());
        let (done, url) = match (act, &existing) {
            (Act::Leave(done), _) => (done, url),
            (Act::Update(body), Some(existing)) => {
                self.update(number, existing.id, &body).await?;
                (Done::Updated, url)
            }
            (Act::Create(body) | Act::Update(body), _) => {
                let created = self.create(number, own, name, &body).await?;
                let race = Race {
                    number,
                    own,
                    name,
                    comment,
                    head,
                };
                self.settle(&race, created).await?
            }
        };
        for double in &doubles {
            let act = sticky::decide(
                &Comment::Outdated,
                name,
                Some(double),
                head,
                repository.forge,
            );
            if let Act::Update(body) = act {
                self.update(number, double.id, &body).await?;
            }
        }
        let commit = match comment {
            Comment::Text { commit, .. } | Comment::Nothing { commit, .. } => commit.as_deref(),
            Comment::Outdated => None,
        };
        Ok(Posted {
            done,
            url,
            outdated: sticky::is_behind(commit, head),
            doubles: doubles.len(),
        })
    }

    /// Leaves one comment where several runs have each found none and made one: the oldest stays, as all of
    /// them would choose it, and says what this run has to say. The others were never seen by any run that
    /// could have waited for them, so they go.
    async fn settle(
        &self,
        race: &Race<'_>,
        created: Found,
    ) -> Result<(Done, Option<String>), ForgeError> {
        let ours = self.ours(race.number, race.own, race.name).await?;
        let mut ours = ours.into_iter();
        let Some(oldest) = ours.next().filter(|oldest| oldest.id <= created.id) else {
            return Ok((Done::Created, created.url));
        };
        let mut done = Done::Created;
        if oldest.id != created.id {
            let forge = self.requests.repository.forge;
            let act = sticky::decide(race.comment, race.name, Some(&oldest), race.head, forge);
            done = match act {
                Act::Update(body) | Act::Create(body) => {
                    self.update(race.number, oldest.id, &body).await?;
                    Done::Updated
                }
                Act::Leave(done) => done,
            };
        }
        for double in ours {
            self.delete(race.number, double.id).await?;
        }
        Ok((done, oldest.url))
    }

    /// The number of the token's user.
    async fn own_user(&self) -> Result<u64, ForgeError> {
        let answer = match self.exchange(self.requests.user()).await {
            // GitHub tells apps, and so the tokens of workflows, in another way only.
            Err(error) if matches!(*error.kind, ForgeErrorKind::Forbidden(_)) => {
                self.exchange(self.requests.viewer()).await?
            }
            answer => answer?,
        };
        response::user(&answer.value).ok_or_else(|| answer.malformed("no user with an id"))
    }

    /// Our comments of this name, the oldest first. Only one page of others' is held at a time.
    async fn ours(
        &self,
        number: u64,
        own: u64,
        name: &CommentName,
    ) -> Result<Vec<Found>, ForgeError> {
        let repository = &self.requests.repository;
        let mut ours = Vec::new();
        self.pages(self.requests.comments(number), |answer| {
            let found = response::comments(&answer.value, own, repository);
            let found = found.ok_or_else(|| answer.malformed("not a list of comments"))?;
            ours.extend(sticky::ours(found, own, name));
            Ok(())
        })
        .await?;
        ours.sort_by_key(|one| one.id);
        Ok(ours)
    }

    /// Reads a list page by page, from this one on.
    async fn pages(
        &self,
        mut url: Url,
        mut take: impl FnMut(&Answer<'_, T>) -> Result<(), ForgeError>,
    ) -> Result<(), ForgeError> {
        for _ in 0..MOST_PAGES {
            let answer = self.exchange(self.requests.page(&url)).await?;
            take(&answer)?;
            let headers = answer.response.headers();
            let repository = &self.requests.repository;
            match response::next_page(headers, &url, repository, &self.masker) {
                Ok(None) => return Ok(()),
                Ok(Some(next)) => url = next,
                Err(kind) => return Err(answer.exchange.error(kind, None)),
            }
        }
        let exchange = self.begin(self.requests.page(&url));
        Err(exchange.error(ForgeErrorKind::TooManyPages(MOST_PAGES), None))
    }

    async fn update(&self, number: u64, id: u64, body: &str) -> Result<(), ForgeError> {
        let request = self.requests.update(number, id, body);
        self.exchange(request).await?;
        Ok(())
    }

    /// Deletes a comment; one that is gone is fine.
    async fn delete(&self, number: u64, id: u64) -> Result<(), ForgeError> {
        match self.exchange(self.requests.delete(number, id)).await {
            Ok(_) => Ok(()),
            Err(error) if matches!(*error.kind, ForgeErrorKind::NotFound(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn create(
        &self,
        number: u64,
        own: u64,
        name: &CommentName,
        body: &str,
    ) -> Result<Found, ForgeError> {
        let mut creating = Creating {
            exchange: self.begin(self.requests.create(number, body)),
            client: self,
            number,
            own,
            name,
        };
        match net::repeat(&mut creating).await {
            Ok(created) => created,
            Err(failed) => Err(creating.exchange.failed(failed)),
        }
    }

    /// Sends a request that does no harm when it is repeated until it succeeds or fails for good.
    async fn exchange(&self, request: http::Request<Bytes>) -> Result<Answer<'_, T>, ForgeError> {
        let mut exchange = self.begin(request);
        match net::repeat(&mut exchange).await {
            Ok((response, value)) => Ok(Answer {
                exchange,
                response,
                value,
            }),
            Err(failed) => Err(exchange.failed(failed)),
        }
    }

    fn begin(&self, request: http::Request<Bytes>) -> Exchange<'_, T> {
        let forge = self.requests.repository.forge;
        Exchange::new(&self.transport, &self.masker, forge, &self.retry, request)
    }
}

/// What a run that made a comment was to say, and where.
struct Race<'r> {
    number: u64,
    own: u64,
    name: &'r CommentName,
    comment: &'r Comment,
    head: Option<&'r str>,
}

/// A successful answer.
struct Answer<'c, T> {
    exchange: Exchange<'c, T>,
    response: http::Response<Bytes>,
    value: Value,
}

impl<T: Transport> Answer<'_, T> {
    fn malformed(&self, problem: &str) -> ForgeError {
        let kind = response::malformed(&self.response, problem);
        self.exchange.error(kind, None)
    }
}

/// A comment that is being made.
struct Creating<'c, T> {
    client: &'c Client<T>,
    exchange: Exchange<'c, T>,
    number: u64,
    own: u64,
    name: &'c CommentName,
}

impl<T: Transport> Attempt for Creating<'_, T> {
    type Done = Result<Found, ForgeError>;
    type Failure = ForgeErrorKind;

    fn sending(&mut self) -> &mut Sending {
        self.exchange.sending()
    }

    fn is_repeatable(&self) -> bool {
        false
    }

    async fn attempt(&mut self) -> Result<Self::Done, ForgeErrorKind> {
        let (response, value) = self.exchange.send().await?;
        let created = response::comment(&value, &self.client.requests.repository);
        Ok(created.ok_or_else(|| {
            let kind = response::malformed(&response, "not a comment");
            self.exchange.error(kind, None)
        }))
    }

    async fn look_up(&mut self, failure: ForgeErrorKind) -> LookedUp<Self::Done, ForgeErrorKind> {
        match self.client.ours(self.number, self.own, self.name).await {
            Ok(ours) => match ours.into_iter().next() {
                Some(created) => LookedUp::Done(Ok(created)),
                None => LookedUp::Absent(failure),
            },
            Err(error) => LookedUp::Done(Err(error)),
        }
    }
}

#[cfg(test)]
mod tests;
