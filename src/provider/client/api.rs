//! What all clients of one environment share.

use std::{fmt, sync::Arc};

use url::{Position, Url};

use super::ListLimit;
use crate::{
    model::{Credentials, EnvType, Masker, ProviderProfile},
    net::{BaseUrl, RateLimiter, RetryPolicy, Rules, ServerClock, Stop, WaitWatch},
    provider::{InvalidRequest, catalogue::dialect_of, request::Requests, response::Reading},
};

/// One environment of one account at a provider, over some transport.
///
/// It can do nothing by itself: a [`super::Reader`] or a [`super::Writer`] is made from it.
pub struct Api<T> {
    pub(super) profile: &'static ProviderProfile,
    pub(super) requests: Requests,
    pub(super) env_type: EnvType,
    pub(super) transport: Arc<T>,
    limiter: Arc<RateLimiter>,
    pub(super) retry: RetryPolicy,
    stop: Stop,
    waits: WaitWatch,
    pub(super) list_limit: ListLimit,
    pub(super) clock: ServerClock,
    /// Knows the credentials too.
    masker: Masker,
}

impl<T> Api<T> {
    /// The API at `base_url`, with the whole of the provider's rate limit, the default retry policy
    /// and no sensitive values but the credentials.
    ///
    /// # Errors
    ///
    /// A provider that is not in the list, or credentials that no header can carry.
    pub fn new(
        base_url: BaseUrl,
        profile: &'static ProviderProfile,
        env_type: EnvType,
        credentials: &Credentials,
        transport: T,
    ) -> Result<Self, InvalidRequest> {
        let dialect = dialect_of(profile).ok_or(InvalidRequest::Provider(profile.title))?;
        Ok(Self {
            profile,
            requests: Requests::new(base_url, dialect, credentials)?,
            env_type,
            transport: Arc::new(transport),
            limiter: Arc::new(RateLimiter::share_of(profile.requests_per_minute, 1.0)),
            retry: RetryPolicy::default(),
            stop: Stop::default(),
            waits: WaitWatch::default(),
            list_limit: ListLimit::default(),
            clock: ServerClock::default(),
            masker: Masker::new(credentials.sensitive()),
        })
    }

    /// Keeps to this limiter, which all that use the same access secret are to share.
    #[must_use]
    pub fn with_limiter(mut self, limiter: Arc<RateLimiter>) -> Self {
        self.limiter = limiter;
        self
    }

    /// Masks what this masker knows in what comes back, beside the credentials, which are masked in
    /// any case.
    #[must_use]
    pub fn with_masker(mut self, masker: Masker) -> Self {
        self.masker = masker.and(&self.masker);
        self
    }

    /// The same API over the same connections, whose clients mask these values too in what comes back.
    #[must_use]
    pub fn knowing(&self, values: impl IntoIterator<Item = String>) -> Self {
        Self {
            profile: self.profile,
            requests: self.requests.clone(),
            env_type: self.env_type,
            transport: Arc::clone(&self.transport),
            limiter: Arc::clone(&self.limiter),
            retry: self.retry.clone(),
            stop: self.stop.clone(),
            waits: self.waits.clone(),
            list_limit: self.list_limit,
            clock: self.clock.clone(),
            masker: self.masker.and(&Masker::new(values)),
        }
    }

    /// Retries by this policy.
    #[must_use]
    pub fn with_retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// Waits for nothing any more once this is asked to stop.
    #[must_use]
    pub fn with_stop(mut self, stop: Stop) -> Self {
        self.stop = stop;
        self
    }

    /// Tells of each wait.
    #[must_use]
    pub fn with_wait_watch(mut self, waits: WaitWatch) -> Self {
        self.waits = waits;
        self
    }

    /// Reads no longer list than this.
    #[must_use]
    pub fn with_list_limit(mut self, limit: ListLimit) -> Self {
        self.list_limit = limit;
        self
    }

    /// Where the API is.
    pub fn base_url(&self) -> &BaseUrl {
        self.requests.base()
    }

    /// The provider's clock, which its answers tell.
    pub fn clock(&self) -> &ServerClock {
        &self.clock
    }

    /// The limiter, for who wants to tell how long a wait is.
    pub fn limiter(&self) -> &Arc<RateLimiter> {
        &self.limiter
    }

    /// What `reference`, which an answer or a cursor has, means at `from`, if it is within the API. One that loses the
    /// end of a known value with its fragment is not followed: errors and the log would name the rest.
    pub(super) fn within(&self, from: &Url, reference: &str) -> Option<Url> {
        let own = self.requests.base().same_origin(from, reference)?;
        (!self.masker.is_cut_by_fragment(reference)).then_some(own)
    }

    /// The path of a URL of this API as it may be shown.
    pub(super) fn path(&self, url: &Url) -> String {
        self.reading().address(&url[Position::BeforePath..])
    }

    /// What each request keeps to.
    pub(super) fn rules(&self) -> Rules {
        Rules {
            retry: self.retry.clone(),
            limiter: Some(Arc::clone(&self.limiter)),
            stop: self.stop.clone(),
            waits: self.waits.clone(),
            clock: self.clock.clone(),
            permission: None,
        }
    }

    /// What it takes to read this API's answers.
    pub(super) fn reading(&self) -> Reading<'_> {
        Reading {
            profile: self.profile,
            dialect: self.requests.dialect(),
            masker: &self.masker,
        }
    }
}

impl<T> fmt::Debug for Api<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            profile,
            requests,
            env_type,
            transport: _, // Not every transport can be shown.
            limiter: _,   // Its state is of the moment.
            retry,
            list_limit,
            stop: _,   // Of the moment, too.
            waits: _,  // Nothing to be shown.
            clock: _,  // Of the moment as well.
            masker: _, // Sensitive values.
        } = self;
        f.debug_struct("Api")
            .field("base_url", &requests.base().as_str())
            .field("provider", &profile.title)
            .field("env_type", env_type)
            .field("retry", retry)
            .field("list_limit", list_limit)
            .finish_non_exhaustive()
    }
}
