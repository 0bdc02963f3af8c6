//! How a simulator is set up.

use std::{num::NonZeroUsize, path::Path, time::Duration};

use super::{
    fault_rule::{FaultRule, FaultScript},
    journal::{Journal, JournalError},
    quirks::Quirks,
    rate_limit::RateLimit,
    shared::{Clock, SharedSimulator},
    state::{DELIVERIES, Simulator},
};
use crate::model::{Credentials, ProviderProfile};

/// Sets up a simulator.
///
/// ```
/// use std::sync::Arc;
/// use hookwright::{model::ProviderProfile, simulator::Simulator};
///
/// let clock = Arc::new(|| "2024-07-11T21:43:08Z".parse().unwrap_or_default());
/// let simulator = Simulator::builder(ProviderProfile::usual(), clock)
///     .rate_limit(0)
///     .fault("post:1=timeout-after".parse()?)
///     .build();
/// assert!(simulator.requests().is_empty());
/// # Ok::<(), hookwright::simulator::InvalidFaultRule>(())
/// ```
#[must_use]
pub struct SimulatorBuilder {
    profile: &'static ProviderProfile,
    clock: Clock,
    quirks: Quirks,
    accepted: Vec<Credentials>,
    rate_limit: u32,
    latency: Duration,
    faults: Vec<FaultRule>,
    seed: u64,
    remembered: usize,
}

impl Simulator {
    /// Starts to describe a simulator of this provider. Its clock is used by what surrounds the
    /// state machine; the machine itself has none.
    pub fn builder(profile: &'static ProviderProfile, clock: Clock) -> SimulatorBuilder {
        SimulatorBuilder::new(profile, clock)
    }
}

impl SimulatorBuilder {
    pub(super) fn new(profile: &'static ProviderProfile, clock: Clock) -> Self {
        Self {
            profile,
            clock,
            quirks: Quirks::default(),
            accepted: Vec::new(),
            rate_limit: profile.requests_per_minute,
            latency: Duration::ZERO,
            faults: Vec::new(),
            seed: 0,
            remembered: DELIVERIES,
        }
    }

    /// Sets how the provider behaves where its documentation is silent.
    pub fn quirks(mut self, quirks: Quirks) -> Self {
        self.quirks = quirks;
        self
    }

    /// Accepts these credentials, and from then on no others but those accepted. Without, every
    /// client id is known, and every secret of the documented form.
    pub fn accept(mut self, credentials: Credentials) -> Self {
        self.accepted.push(credentials);
        self
    }

    /// Sets the requests a minute that each access secret has; 0 means any number. The default is
    /// the provider's.
    pub fn rate_limit(mut self, per_minute: u32) -> Self {
        self.rate_limit = per_minute;
        self
    }

    /// Sets how long a request and its answer take on their way, together.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Adds a fault.
    pub fn fault(mut self, rule: FaultRule) -> Self {
        self.faults.push(rule);
        self
    }

    /// Adds faults.
    pub fn faults(mut self, rules: impl IntoIterator<Item = FaultRule>) -> Self {
        self.faults.extend(rules);
        self
    }

    /// Derives ids from another seed, so that two simulators do not give out the same ones.
    pub fn id_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets how many deliveries are remembered, of all accounts together; the default is 100,000.
    pub fn remembered_deliveries(mut self, count: NonZeroUsize) -> Self {
        self.remembered = count.get();
        self
    }

    /// Makes a simulator that forgets everything when it is dropped.
    pub fn build(self) -> SharedSimulator {
        let simulator = self.simulator();
        self.share(simulator, None)
    }

    /// Makes a simulator that keeps its state in a file, which is made where it does not exist. A line that
    /// a crash cut short is dropped: see [`SharedSimulator::dropped_line`].
    ///
    /// # Errors
    ///
    /// The file is in use, unreadable, or another provider's. The error says what to do.
    pub fn open(self, path: &Path) -> Result<SharedSimulator, JournalError> {
        let mut simulator = self.simulator();
        let (journal, dropped) = Journal::open(path, &mut simulator)?;
        let mut shared = self.share(simulator, Some(journal));
        shared.dropped_line = dropped;
        Ok(shared)
    }

    fn simulator(&self) -> Simulator {
        let mut simulator = Simulator::new(self.profile, self.quirks.clone()).seeded(self.seed);
        simulator.accepted.clone_from(&self.accepted);
        simulator.rate_limit = RateLimit::new(self.rate_limit);
        simulator.remembered = self.remembered;
        simulator
    }

    fn share(self, simulator: Simulator, journal: Option<Journal>) -> SharedSimulator {
        let mut faults = FaultScript::default();
        for rule in self.faults {
            faults.add(rule);
        }
        SharedSimulator::new(simulator, journal, faults, self.clock, self.latency)
    }
}
