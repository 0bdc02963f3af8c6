//! How a simulator is set up.

use std::{
    num::NonZeroUsize,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use super::{
    fault_rule::{FaultRule, FaultScript},
    journal::{DroppedLine, Journal, JournalError},
    log::RequestLog,
    quirks::Quirks,
    rate_limit::RateLimit,
    shared::{Clock, Inner, SharedSimulator},
    state::Simulator,
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
    pub(super) simulator: Simulator,
    clock: Clock,
    latency: Duration,
    faults: FaultScript,
}

impl Simulator {
    /// Starts to describe a simulator of this provider. Its clock is used by what surrounds the
    /// state machine; the machine itself has none.
    pub fn builder(profile: &'static ProviderProfile, clock: Clock) -> SimulatorBuilder {
        SimulatorBuilder {
            simulator: Self::new(profile, Quirks::default()),
            clock,
            latency: Duration::ZERO,
            faults: FaultScript::default(),
        }
    }
}

impl SimulatorBuilder {
    /// Sets how the provider behaves where its documentation is silent.
    pub fn quirks(mut self, quirks: Quirks) -> Self {
        self.simulator.quirks = quirks;
        self
    }

    /// Accepts these credentials, and from then on no others but those accepted. Without, every
    /// client id is known, and every secret of the documented form.
    pub fn accept(mut self, credentials: Credentials) -> Self {
        self.simulator.accepted.push(credentials);
        self
    }

    /// Sets the requests a minute that each access secret has; 0 means any number. The default is
    /// the provider's.
    pub fn rate_limit(mut self, per_minute: u32) -> Self {
        self.simulator.rate_limit = RateLimit::new(per_minute);
        self
    }

    /// Sets how long a request and its answer take on their way, together.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Adds a fault.
    pub fn fault(self, rule: FaultRule) -> Self {
        self.faults([rule])
    }

    /// Adds faults.
    pub fn faults(mut self, rules: impl IntoIterator<Item = FaultRule>) -> Self {
        rules.into_iter().for_each(|rule| self.faults.add(rule));
        self
    }

    /// Sets how many deliveries are remembered, of all accounts together; the default is 100,000.
    pub fn remembered_deliveries(mut self, count: NonZeroUsize) -> Self {
        self.simulator.remembered = count.get();
        self
    }

    /// Makes a simulator that forgets everything when it is dropped.
    pub fn build(self) -> SharedSimulator {
        self.share(None, None)
    }

    /// Makes a simulator that keeps its state in a file, which is made where it does not exist. A line that
    /// a crash cut short is dropped: see [`SharedSimulator::dropped_line`].
    ///
    /// # Errors
    ///
    /// The file is in use, unreadable, or another provider's. The error says what to do.
    pub fn open(mut self, path: &Path) -> Result<SharedSimulator, JournalError> {
        let (journal, dropped_line) = Journal::open(path, &mut self.simulator)?;
        // What an earlier life was to send.
        self.simulator.outbox.clear();
        Ok(self.share(Some(journal), dropped_line))
    }

    pub(super) fn share(
        self,
        journal: Option<Journal>,
        dropped_line: Option<DroppedLine>,
    ) -> SharedSimulator {
        let inner = Inner {
            simulator: self.simulator,
            journal,
            faults: self.faults,
            log: RequestLog::default(),
        };
        SharedSimulator {
            inner: Arc::new(Mutex::new(inner)),
            clock: self.clock,
            latency: self.latency,
            dropped_line,
        }
    }
}
