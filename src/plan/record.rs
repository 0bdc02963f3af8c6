//! A plan as it is shown and kept: its projection from [`Exact`] to [`Shown`].
//!
//! This is the one place where what is planned becomes what people and files get. Whoever shows or keeps a plan
//! takes its record, so nothing that is sensitive can reach a format.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Adopted, EnvironmentPlan, Note, Operation, OperationKind, PairedBy, Reason, Refusal, Step,
    StepRequest, Unchanged, Unmanaged, Warning,
    evidence::{Carried, Evidence, LastFailure},
    form::{Ink, Projector, Shown},
};
use crate::model::{Ruling, Verdict};

/// What planning an environment gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "ResultRecord")]
pub enum PlanResult {
    /// A plan, which guards may refuse.
    Planned(Box<EnvironmentPlan<Shown>>),
    /// Guards that refuse before anything is read.
    Refused(Vec<Refusal<Shown>>),
    /// The live state could not be read.
    Failed {
        /// What was attempted and what came back.
        error: String,
        /// What to do next.
        way_out: Option<String>,
    },
}

impl PlanResult {
    /// What the guards refuse.
    pub fn refusals(&self) -> &[Refusal<Shown>] {
        match self {
            Self::Planned(plan) => &plan.refusals,
            Self::Refused(refusals) => refusals,
            Self::Failed { .. } => &[],
        }
    }

    /// Why nothing can be applied that this is the result of; of a plan, that it is a record.
    pub fn why_not(&self) -> String {
        match self {
            Self::Planned(_) => "it is only the record of a plan".to_owned(),
            Self::Refused(refusals) => {
                let refusals = refusals.iter().map(ToString::to_string);
                refusals.collect::<Vec<_>>().join("; ")
            }
            Self::Failed { error, way_out: _ } => error.clone(),
        }
    }

    /// The plan, where there is one.
    pub fn plan(&self) -> Option<&EnvironmentPlan<Shown>> {
        match self {
            Self::Planned(plan) => Some(plan),
            Self::Refused(_) | Self::Failed { .. } => None,
        }
    }
}

impl<I: Ink> Projector<'_, I> {
    /// The record of a plan.
    pub fn plan(&self, plan: &EnvironmentPlan) -> EnvironmentPlan<Shown> {
        let EnvironmentPlan {
            operations,
            steps,
            unchanged,
            adopted,
            unmanaged,
            left_out,
            trades,
            refusals,
            warnings,
            rulings,
            event_types_unread,
        } = plan;
        let unchanged = unchanged.iter().map(|webhook| {
            let Unchanged {
                key,
                enabled,
                rotated,
            } = webhook;
            Unchanged {
                key: key.clone(),
                enabled: *enabled,
                rotated: rotated.as_ref().map(|word| self.word(word)),
            }
        });
        let adopted = adopted.iter().map(|Adopted { key, webhook }| Adopted {
            key: key.clone(),
            webhook: self.live(webhook),
        });
        let unmanaged = unmanaged
            .iter()
            .map(|Unmanaged { webhook, kind }| Unmanaged {
                webhook: self.live(webhook),
                kind: kind.clone(),
            });
        EnvironmentPlan {
            operations: operations
                .iter()
                .map(|operation| self.operation(operation))
                .collect(),
            steps: steps.iter().map(|step| self.step(step)).collect(),
            unchanged: unchanged.collect(),
            adopted: adopted.collect(),
            unmanaged: unmanaged.collect(),
            left_out: left_out
                .iter()
                .map(|operation| self.operation(operation))
                .collect(),
            trades: trades.clone(),
            refusals: refusals.iter().map(|refusal| refusal.shown(self)).collect(),
            warnings: warnings
                .iter()
                .map(|warning| self.warning(warning))
                .collect(),
            rulings: rulings.iter().map(|ruling| self.ruling(ruling)).collect(),
            event_types_unread: event_types_unread.as_deref().map(|why| self.0.plain(why)),
        }
    }

    /// What a rule says, with what is sensitive masked.
    fn ruling(&self, ruling: &Ruling) -> Ruling {
        let Ruling {
            rule,
            level,
            say,
            verdict,
            excepted,
        } = ruling;
        Ruling {
            rule: rule.clone(),
            level: *level,
            say: self.0.plain(say),
            verdict: match verdict {
                Verdict::NotEvaluated(why) => Verdict::NotEvaluated(self.0.plain(why)),
                Verdict::Passes | Verdict::Denies => verdict.clone(),
            },
            excepted: excepted.iter().map(|name| self.0.plain(name)).collect(),
        }
    }

    /// The record of what is known of deliveries.
    pub fn evidence(&self, evidence: &Evidence) -> Evidence<Shown> {
        match evidence {
            Evidence::Unread(error) => Evidence::Unread(self.0.plain(error)),
            Evidence::NoHistory(error) => Evidence::NoHistory(self.0.plain(error)),
            Evidence::Read { window, carried } => Evidence::Read {
                window: *window,
                carried: carried
                    .iter()
                    .map(|(url, carried)| (self.0.url(url), self.carried(carried)))
                    .collect(),
            },
        }
    }

    fn carried(&self, carried: &Carried) -> Carried {
        let failures = carried.failures.iter().map(|failure| LastFailure {
            error: failure.error.as_deref().map(|error| self.0.plain(error)),
            ..failure.clone()
        });
        Carried {
            failures: failures.collect(),
            ..carried.clone()
        }
    }

    fn operation(&self, operation: &Operation) -> Operation<Shown> {
        let Operation {
            key,
            reason,
            kind,
            notes,
        } = operation;
        Operation {
            key: key.clone(),
            reason: self.reason(reason),
            kind: match kind {
                OperationKind::Create { webhook } => OperationKind::Create {
                    webhook: self.created(webhook),
                },
                OperationKind::Delete { before } => OperationKind::Delete {
                    before: self.live(before),
                },
                OperationKind::Rotate {
                    before,
                    word,
                    overlap,
                } => OperationKind::Rotate {
                    before: self.live(before),
                    word: self.word(word),
                    overlap: *overlap,
                },
                OperationKind::Update {
                    before,
                    paired_by,
                    changes,
                } => OperationKind::Update {
                    before: self.live(before),
                    paired_by: match paired_by {
                        PairedBy::Url => PairedBy::Url,
                        PairedBy::MovedFrom(url) => PairedBy::MovedFrom(self.0.url(url)),
                        PairedBy::Name => PairedBy::Name,
                        PairedBy::Trade(via) => PairedBy::Trade(via.clone()),
                    },
                    changes: changes.iter().map(|change| self.change(change)).collect(),
                },
            },
            notes: notes.iter().map(|note| self.note(note)).collect(),
        }
    }

    fn reason(&self, reason: &Reason) -> Reason {
        match reason {
            Reason::Rotation { last } => Reason::Rotation {
                last: last.as_ref().map(|word| self.word(word)),
            },
            Reason::NotLive(_)
            | Reason::Differs
            | Reason::DisabledAtProvider
            | Reason::Adopted
            | Reason::Removed
            | Reason::Replaces { .. }
            | Reason::Replaced { .. }
            | Reason::NotDeclared
            | Reason::Duplicate { .. } => reason.clone(),
        }
    }

    fn note(&self, note: &Note) -> Note<Shown> {
        match note {
            Note::NewSecret => Note::NewSecret,
            Note::ChosenSecret => Note::ChosenSecret,
            Note::KeepsSecret => Note::KeepsSecret,
            Note::OtherSecret { events } => Note::OtherSecret {
                events: self.events(events),
            },
            Note::Twice { events, until } => Note::Twice {
                events: self.events(events),
                until: until.iter().map(|name| self.0.text(name)).collect(),
            },
            Note::Gap { events } => Note::Gap {
                events: self.events(events),
            },
        }
    }

    fn warning(&self, warning: &Warning) -> Warning {
        match warning {
            Warning::EnabledNotReported { .. }
            | Warning::EventsNotReported { .. }
            | Warning::EnabledAfterProbe { .. } => warning.clone(),
            Warning::SecretLost { key, id } => Warning::SecretLost {
                key: key.clone(),
                id: self.0.plain(id),
            },
            Warning::LeftDisabled { key, why } => Warning::LeftDisabled {
                key: key.clone(),
                why: self.0.plain(why),
            },
        }
    }

    fn step(&self, step: &Step) -> Step<Shown> {
        let Step {
            operation,
            after,
            takes_note_out,
            request,
        } = step;
        Step {
            operation: *operation,
            after: after.clone(),
            takes_note_out: *takes_note_out,
            request: match request {
                // What these send, and to which webhook, stands at the operation.
                StepRequest::Create(_)
                | StepRequest::Delete { id: _ }
                | StepRequest::Rotate { id: _, key: _ }
                | StepRequest::NoteRotation { id: _, word: _ } => None,
                StepRequest::Update { id: _, patch } => Some(self.patch(patch)),
            },
        }
    }
}
