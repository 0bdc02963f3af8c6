//! What the service has around it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{keeping::Keeping, telling::Telling};
use crate::{
    cli::{
        args::{GlobalArgs, ReconcileArgs},
        lock::Who,
        terminal::Terminal,
    },
    net::Stop,
    reconcile::{Desk, Metrics},
};

pub(super) struct Service<'a> {
    pub(super) global: &'a GlobalArgs,
    pub(super) args: &'a ReconcileArgs,
    pub(super) terminal: &'a Terminal,
    pub(super) telling: &'a Telling,
    pub(super) who: &'a Who,
    pub(super) keeping: &'a Mutex<Keeping>,
    pub(super) desk: &'a Desk,
    pub(super) metrics: &'a Metrics,
    pub(super) stop: &'a Stop,
}

impl<'a> Service<'a> {
    pub(super) fn keeping(&self) -> MutexGuard<'a, Keeping> {
        self.keeping.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
