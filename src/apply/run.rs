//! Running the steps.

use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroUsize,
    ops::ControlFlow,
};

use futures_util::stream::{FuturesUnordered, StreamExt};

use super::{Note, Outcome, Report, SkipReason};
use crate::{
    model::{EnvironmentName, NewWebhook, WebhookId, WebhookKey, WebhookPatch},
    net::{Fate, Stop},
    plan::{EnvironmentPlan, Refusal, Settled, StepRequest},
    provider::{Creation, Deletion, ProviderError, ProviderErrorKind, WriteWebhooks},
};

/// A settled plan that no guard refuses: the one thing that drives writes.
///
/// A plan that is only data is none, wherever it came from:
///
/// ```compile_fail,E0308
/// # use hookwright::{apply::Approved, plan::EnvironmentPlan};
/// let made_up = EnvironmentPlan::default();
/// let approved = Approved::new(&made_up);
/// ```
///
/// Nor is what was read from a file, nor a draft that has not learned what it must:
///
/// ```compile_fail,E0308
/// # use hookwright::{apply::Approved, plan::{EnvironmentPlan, Shown}};
/// let read: EnvironmentPlan<Shown> = serde_json::from_str("{}").unwrap();
/// let approved = Approved::new(&read);
/// ```
///
/// ```compile_fail,E0308
/// # use hookwright::{apply::Approved, plan::Draft};
/// fn forgets_the_guards(draft: &Draft) {
///     let approved = Approved::new(draft);
/// }
/// ```
///
/// And nobody else makes a settled one:
///
/// ```compile_fail,E0423
/// # use hookwright::plan::{EnvironmentPlan, Settled};
/// let settled = Settled(EnvironmentPlan::default());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Approved<'p>(&'p EnvironmentPlan);

/// Why a plan may not be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotApproved {
    /// Guards refuse it.
    #[error("a guard refuses the plan: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Refused(Vec<Refusal>),
    /// It would enable webhooks again that no probe has shown to be well.
    #[error("nobody has probed what would be enabled again: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    Unprobed(Vec<WebhookKey>),
    /// Signing secrets that users chose cannot be had, or are not what the provider takes.
    #[error("{}; nothing was changed", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    NoSecrets(Vec<NoSecret>),
    /// There is no plan of an environment.
    #[error("environment `{environment}` was not planned: {why}")]
    NotPlanned {
        /// Its name.
        environment: EnvironmentName,
        /// Why there is none.
        why: String,
    },
}

/// A signing secret that a user chose and that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the signing secret that `secret_from` gives `{key}` of environment `{environment}` cannot be used: {why}"
)]
pub struct NoSecret {
    /// The environment.
    pub environment: EnvironmentName,
    /// The webhook.
    pub key: WebhookKey,
    /// Why not, in words that do not show it.
    pub why: String,
}

impl<'p> Approved<'p> {
    /// Takes a plan that may be applied.
    ///
    /// # Errors
    ///
    /// What the guards refuse, and what is to be enabled again only after a probe, and was not probed.
    pub fn new(plan: &'p Settled) -> Result<Self, NotApproved> {
        if !plan.refusals.is_empty() {
            return Err(NotApproved::Refused(plan.refusals.clone()));
        }
        let unprobed: Vec<WebhookKey> = plan.unprobed().cloned().collect();
        if !unprobed.is_empty() {
            return Err(NotApproved::Unprobed(unprobed));
        }
        Ok(Self(plan))
    }

    /// The plan.
    pub fn plan(self) -> &'p EnvironmentPlan {
        self.0
    }
}

/// How a plan is applied.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How many requests run at once, at most.
    pub concurrency: NonZeroUsize,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            concurrency: NonZeroUsize::MIN.saturating_add(15),
        }
    }
}

/// What happens during a run, for who wants to watch.
#[derive(Debug)]
pub enum Event<'e> {
    /// The first step of an operation begins.
    Began {
        /// Which operation.
        operation: usize,
    },
    /// A step's request is about to be sent.
    Sending {
        /// Which step.
        step: usize,
        /// The webhook, where this is an update that follows its create in the same step.
        correcting: Option<&'e WebhookId>,
    },
    /// What came of a step's request is known.
    Answered {
        /// Which step.
        step: usize,
        /// The webhook, where this was an update that follows its create in the same step.
        correcting: Option<&'e WebhookId>,
        /// What came back.
        result: Result<(), &'e ProviderError>,
    },
    /// An operation has come to its end.
    Ended {
        /// Which operation.
        operation: usize,
        /// What became of it.
        outcome: &'e Outcome,
    },
}

/// Is told what happens. Breaking stops the run: a step that is about to be sent is not.
pub type Watch<'w> = dyn Fn(Event<'_>) -> ControlFlow<()> + Sync + 'w;

/// Applies a plan, and reports what became of every operation.
pub async fn apply<W: WriteWebhooks>(
    approved: Approved<'_>,
    writer: &W,
    pace: Pace,
    stop: &Stop,
    watch: &Watch<'_>,
) -> Report {
    let plan = approved.plan();
    let mut run = Run::new(plan, watch);
    let mut flying = FuturesUnordered::new();
    loop {
        while flying.len() < pace.concurrency.get() && !stop.is_asked() {
            let Some(step) = run.ready.pop_first() else {
                break;
            };
            if run.began(step).is_break() {
                stop.now();
                break;
            }
            flying.push(send(plan, step, writer, stop, watch));
        }
        match flying.next().await {
            Some((step, answer)) => {
                if run.ended(step, answer).is_break() {
                    stop.now();
                }
            }
            None => break,
        }
    }
    run.finish()
}

/// What came of the last request of a step.
struct Answer {
    /// The webhook, where that was an update that follows a create.
    correcting: Option<WebhookId>,
    /// What the step came to.
    result: Result<Option<Note>, ProviderError>,
}

impl From<Result<Option<Note>, ProviderError>> for Answer {
    fn from(result: Result<Option<Note>, ProviderError>) -> Self {
        Self {
            correcting: None,
            result,
        }
    }
}

async fn send<W: WriteWebhooks>(
    plan: &EnvironmentPlan,
    step: usize,
    writer: &W,
    stop: &Stop,
    watch: &Watch<'_>,
) -> (usize, Answer) {
    let answer = match &plan.steps[step].request {
        StepRequest::Create(new) => {
            let after = Following {
                step,
                last: None,
                stop,
                watch,
            };
            create(new, writer, after).await
        }
        StepRequest::Update { id, patch } => writer.update(id, patch).await.map(|_| None).into(),
        StepRequest::Rotate { id, key } => writer.rotate(id, key).await.map(|()| None).into(),
        StepRequest::NoteRotation { id, word } => {
            let noted = writer.note_rotation(id, word).await;
            noted.map(|()| None).into()
        }
        StepRequest::Delete { id } => match writer.delete(id).await {
            Ok(Deletion::Deleted) => Ok(None).into(),
            Ok(Deletion::AlreadyGone) => Ok(Some(Note::AlreadyGone)).into(),
            Err(error) => Err(error).into(),
        },
    };
    (step, answer)
}

/// The requests that follow a create in its step.
struct Following<'f> {
    step: usize,
    /// The webhook, once a request has followed.
    last: Option<WebhookId>,
    stop: &'f Stop,
    watch: &'f Watch<'f>,
}

impl Following<'_> {
    /// Says that the request before succeeded and that another is about to be sent; false where it may not be.
    fn may_send(&mut self, id: &WebhookId) -> bool {
        let answered = Event::Answered {
            step: self.step,
            correcting: self.last.as_ref(),
            result: Ok(()),
        };
        let sending = Event::Sending {
            step: self.step,
            correcting: Some(id),
        };
        let may = !self.stop.is_asked() && self.is_told(answered) && self.is_told(sending);
        if may {
            self.last = Some(id.clone());
        }
        may
    }

    /// Tells who watches; false where that stops the run.
    fn is_told(&self, event: Event<'_>) -> bool {
        let goes_on = (self.watch)(event).is_continue();
        if !goes_on {
            self.stop.now();
        }
        goes_on
    }
}

/// Creates a webhook, makes it as it was sent where it is not, and takes out the note that its secret is stored nowhere: a create
/// that succeeded has stored it.
async fn create<W: WriteWebhooks>(
    new: &NewWebhook,
    writer: &W,
    mut after: Following<'_>,
) -> Answer {
    let (id, mut result) = match writer.create(new).await {
        Ok(Creation::Created { webhook, .. }) => (webhook.id, Ok(None)),
        Ok(Creation::FoundAfterUnknown(webhook)) => (webhook.id, Ok(Some(Note::FoundAfterUnknown))),
        Ok(Creation::Different {
            webhook,
            secret: _, // Whoever gave the writer has kept it.
            patch: Some(patch),
            error,
        }) => match after.may_send(&webhook.id) {
            true => {
                let corrected = correct(writer, &webhook.id, &patch, error).await;
                (webhook.id, corrected)
            }
            false => return Err(error).into(),
        },
        Ok(Creation::Different { error, .. }) | Err(error) => return Err(error).into(),
    };
    if new.unstored && result.is_ok() {
        let may_send = after.may_send(&id);
        if let Err(error) = writer.secret_stored(&id, may_send).await {
            result = Err(error);
        }
    }
    Answer {
        correcting: after.last,
        result,
    }
}

/// Makes a webhook as it was to be created. It belongs to the step: what waits for that waits for this.
async fn correct<W: WriteWebhooks>(
    writer: &W,
    id: &WebhookId,
    patch: &WebhookPatch,
    created: ProviderError,
) -> Result<Option<Note>, ProviderError> {
    match writer.update(id, patch).await {
        Ok(_) => Ok(Some(Note::Corrected {
            field: created.field().unwrap_or_default(),
        })),
        Err(update) => Err(created.not_corrected(update)),
    }
}

struct Run<'p> {
    plan: &'p EnvironmentPlan,
    watch: &'p Watch<'p>,
    /// The steps that can begin.
    ready: BTreeSet<usize>,
    /// How many steps each step still waits for.
    waits: Vec<usize>,
    /// The steps that wait for each step.
    waiting: BTreeMap<usize, Vec<usize>>,
    /// The last step of each operation.
    last: BTreeMap<usize, usize>,
    steps_done: Vec<usize>,
    outcomes: Vec<Option<Outcome>>,
}

impl<'p> Run<'p> {
    fn new(plan: &'p EnvironmentPlan, watch: &'p Watch<'p>) -> Self {
        let mut waiting: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut last = BTreeMap::new();
        for (index, step) in plan.steps.iter().enumerate() {
            last.insert(step.operation, index);
            for first in &step.after {
                waiting.entry(*first).or_default().push(index);
            }
        }
        let waits: Vec<usize> = plan.steps.iter().map(|step| step.after.len()).collect();
        Self {
            plan,
            watch,
            ready: (0..waits.len())
                .filter(|index| waits[*index] == 0)
                .collect(),
            waits,
            waiting,
            last,
            steps_done: vec![0; plan.operations.len()],
            outcomes: plan.operations.iter().map(|_| None).collect(),
        }
    }

    fn began(&self, step: usize) -> ControlFlow<()> {
        let operation = self.plan.steps[step].operation;
        if self.steps_done[operation] == 0 {
            (self.watch)(Event::Began { operation })?;
        }
        (self.watch)(Event::Sending {
            step,
            correcting: None,
        })
    }

    fn ended(&mut self, step: usize, answer: Answer) -> ControlFlow<()> {
        let Answer { correcting, result } = answer;
        let operation = self.plan.steps[step].operation;
        let steps_done = self.steps_done[operation];
        let flow = (self.watch)(Event::Answered {
            step,
            correcting: correcting.as_ref(),
            result: result.as_ref().map(|_| ()),
        });
        match result {
            Ok(note) => {
                self.steps_done[operation] += 1;
                if self.last.get(&operation) == Some(&step) {
                    self.settle(operation, Outcome::Applied { note });
                }
                for next in self.waiting.remove(&step).unwrap_or_default() {
                    self.waits[next] -= 1;
                    if self.waits[next] == 0 && self.is_open(next) {
                        self.ready.insert(next);
                    }
                }
            }
            Err(error) => {
                let outcome = match error.fate() {
                    _ if matches!(
                        error.kind(),
                        ProviderErrorKind::SecretLost { .. }
                            | ProviderErrorKind::RotatedSecretLost { .. }
                    ) =>
                    {
                        Outcome::SecretLost { error }
                    }
                    Fate::Unknown => Outcome::Unknown { error },
                    Fate::NotProcessed if matches!(error.kind(), ProviderErrorKind::Stopped) => {
                        Outcome::Skipped {
                            because: SkipReason::Stopped,
                            steps_done,
                        }
                    }
                    Fate::NotProcessed | Fate::Processed => Outcome::Failed { error, steps_done },
                };
                self.settle(operation, outcome);
                self.skip_what_needs(step);
            }
        }
        flow
    }

    /// Whether a step's operation has not come to its end.
    fn is_open(&self, step: usize) -> bool {
        self.outcomes[self.plan.steps[step].operation].is_none()
    }

    fn skip_what_needs(&mut self, failed: usize) {
        let needs = self.plan.steps[failed].operation;
        for step in self.waiting.remove(&failed).unwrap_or_default() {
            let operation = self.plan.steps[step].operation;
            if self.outcomes[operation].is_none() {
                self.skip(operation, SkipReason::Needs(needs));
            }
            self.skip_what_needs(step);
        }
    }

    fn skip(&mut self, operation: usize, because: SkipReason) {
        let steps_done = self.steps_done[operation];
        let skipped = Outcome::Skipped {
            because,
            steps_done,
        };
        self.settle(operation, skipped);
    }

    fn settle(&mut self, operation: usize, outcome: Outcome) {
        // The outcome stands, whatever who watches makes of it.
        let _ = (self.watch)(Event::Ended {
            operation,
            outcome: &outcome,
        });
        self.outcomes[operation] = Some(outcome);
    }

    /// What never began was stopped.
    fn finish(mut self) -> Report {
        for operation in 0..self.outcomes.len() {
            if self.outcomes[operation].is_none() {
                self.skip(operation, SkipReason::Stopped);
            }
        }
        Report {
            outcomes: self.outcomes.into_iter().flatten().collect(),
        }
    }
}
