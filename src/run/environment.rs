//! What is shown of an environment itself.

use std::time::Duration;

use crate::{
    model::{EnvType, EnvironmentName, ProviderProfile},
    plan::{Form, Refusal},
};

/// What is shown of an environment itself.
#[derive(Clone, Debug)]
pub struct EnvironmentView {
    /// Its name.
    pub name: EnvironmentName,
    /// What is known of its provider.
    pub profile: &'static ProviderProfile,
    /// The provider's environment.
    pub env_type: EnvType,
    /// Where its API is, as it may be shown; `simulator` is the embedded one.
    pub target: String,
    /// How many requests a minute a run may send.
    pub requests_per_minute: u32,
    /// The flags by which a command line chooses it; empty where nobody types any.
    pub chosen_by: String,
    /// The command that makes its plan, where flags that decide a plan are not those of this run.
    pub planned_by: Option<String>,
    /// How many requests a minute the provider lets the account send.
    pub account_limit: u32,
}

impl EnvironmentView {
    /// The way out of a refusal, as it can be typed.
    pub fn way_out<F: Form>(&self, refusal: &Refusal<F>) -> String {
        match &self.planned_by {
            None => refusal.way_out(&self.chosen_by),
            Some(plan) => refusal.way_out_by(plan, &self.chosen_by),
        }
    }

    /// How long a run has to wait for its share of the provider's rate limit: a minute's share can be
    /// sent at once, in any 60 seconds. Answers take their time on top.
    pub fn waits(&self, requests: usize) -> Duration {
        let full_minutes = requests.saturating_sub(1) / self.requests_per_minute.max(1) as usize;
        Duration::from_secs(60).saturating_mul(full_minutes.try_into().unwrap_or(u32::MAX))
    }
}
