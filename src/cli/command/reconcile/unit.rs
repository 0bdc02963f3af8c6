//! An environment as the service holds it.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use crate::{
    cli::{
        args::ReconcileArgs,
        connect::{Connected, Route},
        sent::Counted,
    },
    manifest::{LockPlace, Pause, ReconcileMode, ResolvedEnvironment},
    model::EnvironmentName,
    net::Sockets,
    run::Session,
};

/// An environment, what the manifest says of it, and the way to it.
pub(super) struct Unit {
    pub(super) name: EnvironmentName,
    pub(super) mode: ReconcileMode,
    pub(super) interval: Duration,
    pub(super) pause: Option<Pause>,
    pub(super) max_writes_per_day: u32,
    pub(super) lock: Option<LockPlace>,
    /// The environments that must be in sync before anything is written to this one.
    pub(super) after: BTreeSet<EnvironmentName>,
    pub(super) declared: usize,
    /// Why the credentials could not be got; there is no session then.
    pub(super) without_credentials: Option<String>,
    /// The run over this environment alone.
    pub(super) session: Option<Session<Counted<Route>>>,
    pub(super) sockets: Sockets,
    /// What is masked in everything that is shown.
    pub(super) sensitive: Arc<[String]>,
}

impl Unit {
    /// What the manifest says of an environment; nothing is connected yet.
    pub(super) fn of(
        resolved: &ResolvedEnvironment,
        sockets: Sockets,
        sensitive: Arc<[String]>,
    ) -> Self {
        let reconcile = &resolved.reconcile;
        Self {
            name: resolved.name.clone(),
            mode: reconcile.mode,
            interval: reconcile.interval,
            pause: reconcile.pause.clone(),
            max_writes_per_day: reconcile.max_writes_per_day,
            lock: resolved.lock.clone(),
            after: resolved.after.iter().cloned().collect(),
            declared: resolved.desired.webhooks.len(),
            without_credentials: None,
            session: None,
            sockets,
            sensitive,
        }
    }

    /// Whether the service may write to it.
    pub(super) fn may_apply(&self, args: &ReconcileArgs) -> bool {
        self.mode == ReconcileMode::Apply && !args.detect_only
    }

    /// Its session, and the one environment of that.
    pub(super) fn connected(&self) -> Option<(&Session<Counted<Route>>, &Connected)> {
        let session = self.session.as_ref()?;
        Some((session, session.environments.first()?))
    }
}
