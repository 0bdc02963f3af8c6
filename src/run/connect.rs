//! Resolved environments → environments that can be talked to.

use std::{fmt, sync::Arc};

use super::{EnvironmentView, PlannedEnvironment};
use crate::{
    manifest::{ResolvedEnvironment, Target},
    model::{Credentials, MaskedText, Masker, Secret},
    net::{BaseUrl, RateLimiter, Stop, Transport, WaitWatch},
    provider::{Api, InvalidRequest, ListLimit},
    saved::{self, EnvironmentRecord, Key, KeyedInk},
};

/// How an environment is reached.
pub struct Way<T> {
    /// Carries its requests.
    pub transport: T,
    /// Where its API is.
    pub base_url: BaseUrl,
    /// The same, as it may be shown; `simulator` is the embedded one.
    pub shown: String,
    /// Its account, as the API knows it.
    pub account: Credentials,
    /// The flags by which a command line chooses it; empty where nobody types any.
    pub chosen_by: String,
    /// What it waits for is told to this.
    pub waits: WaitWatch,
    /// What keeps to its rate limit already, where it was reached before; it is used where the limit is the same.
    pub limiter: Option<Arc<RateLimiter>>,
}

impl<T> Way<T> {
    /// Through this transport, to the account that these credentials name. Nobody types flags, and nothing is told of
    /// waits.
    pub fn through(transport: T, base_url: BaseUrl, account: &Credentials) -> Self {
        Self {
            transport,
            shown: base_url.as_str().to_owned(),
            base_url,
            account: account.clone(),
            chosen_by: String::new(),
            waits: WaitWatch::default(),
            limiter: None,
        }
    }
}

/// An environment that can be talked to.
pub struct Connected<T> {
    /// What the manifest says of it.
    pub resolved: ResolvedEnvironment,
    /// What is shown of it.
    pub view: EnvironmentView,
    /// The account that the manifest names; empty where the secret alone says whose it is.
    pub named: MaskedText,
    /// The secret of its credentials. It decides where requests run, and seals plans.
    pub secret: Secret,
    /// The account, as the API knows it. Never for output.
    pub account: String,
    /// The API, from which readers and writers are made.
    pub api: Arc<Api<T>>,
}

impl<T: Transport> Connected<T> {
    /// Connects an environment; nothing is sent yet. `masker` knows what is sensitive of the run.
    ///
    /// # Errors
    ///
    /// Credentials that no header can carry.
    pub fn new(
        resolved: ResolvedEnvironment,
        credentials: &Credentials,
        way: Way<T>,
        masker: &Masker,
        stop: &Stop,
    ) -> Result<Self, InvalidRequest> {
        let Way {
            transport,
            base_url,
            shown,
            account,
            chosen_by,
            waits,
            limiter: known,
        } = way;
        let limiter = RateLimiter::share_of(resolved.requests_per_minute, resolved.rate_share);
        let known = known.filter(|known| known.limit() == limiter.limit());
        let limiter = known.unwrap_or_else(|| Arc::new(limiter));
        let view = EnvironmentView {
            name: resolved.name.clone(),
            profile: resolved.profile,
            env_type: resolved.env_type,
            target: shown,
            requests_per_minute: limiter.limit(),
            chosen_by,
            planned_by: None,
            account_limit: resolved.requests_per_minute,
        };
        let longest = resolved.max_webhooks.map(ListLimit::new);
        let (profile, env_type) = (resolved.profile, resolved.env_type);
        let api = Api::new(base_url, profile, env_type, &account, transport)?
            .with_masker(masker.beside(&resolved.desired))
            .with_stop(stop.clone())
            .with_wait_watch(waits)
            .with_list_limit(longest.unwrap_or_default())
            .with_limiter(limiter);
        Ok(Self {
            view,
            named: credentials.account(),
            secret: credentials.secret().clone(),
            account: account.account().expose().to_owned(),
            api: Arc::new(api),
            resolved,
        })
    }
}

impl<T> Connected<T> {
    /// The key of its access secret.
    pub fn key(&self) -> Key {
        Key::of(&self.secret, &self.view.name)
    }

    /// What its texts are shown and kept with.
    pub(super) fn ink<'i>(&'i self, key: &'i Key, masker: &'i Masker) -> KeyedInk<'i> {
        KeyedInk::new(&self.resolved.desired, key, masker)
    }

    /// The record of what was planned of it.
    pub(super) fn record(
        &self,
        planned: &PlannedEnvironment,
        key: &Key,
        masker: &Masker,
    ) -> EnvironmentRecord {
        let view = &self.view;
        saved::environment(&saved::Planned {
            name: &view.name,
            profile: view.profile,
            env_type: view.env_type,
            requests_per_minute: view.requests_per_minute,
            account_limit: view.account_limit,
            result: &planned.result,
            plan: planned.plan.as_deref(),
            desired: &self.resolved.desired,
            live: planned.live.as_ref(),
            base_url: match &self.resolved.target {
                Target::Url(url) => Some(url),
                Target::Simulator | Target::Withheld => None,
            },
            account: &self.named,
            key,
            masker,
        })
    }
}

impl<T> fmt::Debug for Connected<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connected")
            .field("view", &self.view)
            .finish_non_exhaustive()
    }
}
