//! What a plan consists of.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{RotationWord, Ruling, WebhookKey, WebhookName};

use super::{
    Refusal, Warning,
    form::{Change, Exact, Form, Kept, Shown},
    note::Note,
};

/// The plan of one environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, bound = "F: Kept")]
#[schemars(rename = "PlanRecord", bound = "F: Kept")]
pub struct EnvironmentPlan<F: Form = Exact> {
    /// What happens, in the order in which it is shown: creates, updates, deletes, each by key or name.
    pub operations: Vec<Operation<F>>,
    /// The requests that make it happen, in an order that satisfies all dependencies.
    pub steps: Vec<Step<F>>,
    /// The desired webhooks that are as they should be.
    pub unchanged: Vec<Unchanged>,
    /// Those among them that are taken over though they are not ours: nothing is sent for them.
    pub adopted: Vec<Adopted<F>>,
    /// Live webhooks that are left alone.
    pub unmanaged: Vec<Unmanaged<F>>,
    /// What would happen too, were it not for `--target`; in the order of `operations`.
    pub left_out: Vec<Operation<F>>,
    /// Webhooks that trade URLs among each other. Each URL keeps its webhook, so every one of them
    /// shows as a change of name, and perhaps of events, in place.
    pub trades: Vec<Vec<WebhookKey>>,
    /// What the guards refuse. Where there is one, the plan must not be applied.
    pub refusals: Vec<Refusal<F>>,
    /// What someone should know.
    pub warnings: Vec<Warning>,
    /// What the user's own rules say of it; empty where they were not asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rulings: Vec<Ruling>,
    /// Why nobody knows whether the account has the event types that are asked for, where that is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_types_unread: Option<String>,
}

impl EnvironmentPlan {
    /// Whether another plan does the same, and the guards say the same of it. What others have that it
    /// neither touches nor relies on may differ.
    pub(super) fn does_the_same_as(&self, other: &Self) -> bool {
        let Self {
            operations,
            steps,
            unchanged,
            adopted,
            unmanaged: _, // Others' business, where the rest is the same.
            left_out,
            trades,
            refusals,
            warnings,
            rulings: _, // Where one refuses, that is a refusal; and they are asked anew.
            event_types_unread: _, // It is asked anew too.
        } = self;
        (operations, steps, unchanged.len(), adopted)
            == (
                &other.operations,
                &other.steps,
                other.unchanged.len(),
                &other.adopted,
            )
            && (left_out, trades, refusals, warnings)
                == (
                    &other.left_out,
                    &other.trades,
                    &other.refusals,
                    &other.warnings,
                )
    }
}

impl<F: Form> Default for EnvironmentPlan<F> {
    fn default() -> Self {
        Self {
            operations: Vec::new(),
            steps: Vec::new(),
            unchanged: Vec::new(),
            adopted: Vec::new(),
            unmanaged: Vec::new(),
            left_out: Vec::new(),
            trades: Vec::new(),
            refusals: Vec::new(),
            warnings: Vec::new(),
            rulings: Vec::new(),
            event_types_unread: None,
        }
    }
}

impl<F: Form> EnvironmentPlan<F> {
    /// How many operations there are of this kind.
    pub fn count(&self, action: Action) -> usize {
        self.operations
            .iter()
            .filter(|operation| operation.action() == action)
            .count()
    }

    /// How many requests it sends that change something, where all goes well.
    pub fn write_requests(&self) -> usize {
        let following = self.steps.iter().filter(|step| step.takes_note_out);
        self.steps.len() + following.count()
    }
}

/// A desired webhook that is as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unchanged {
    /// The desired webhook.
    pub key: WebhookKey,
    /// Whether events are sent to it; `None` where the provider does not report that.
    pub enabled: Option<bool>,
    /// The rotation of its secret that the manifest asks for, and that is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotated: Option<RotationWord>,
}

/// What is done to a webhook. The order is the order of execution: what replaces comes before what
/// is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// It is created.
    Create,
    /// Some of its fields change, in place.
    Update,
    /// It is deleted.
    Delete,
    /// It gets another signing secret. Nothing waits for that.
    Rotate,
}

impl Action {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Create, Self::Update, Self::Delete, Self::Rotate];

    /// The word for it, the same in every format.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Rotate => "rotate",
        }
    }
}

/// One webhook that changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, bound = "F: Kept")]
#[schemars(rename = "OperationRecord", bound = "F: Kept")]
pub struct Operation<F: Form = Exact> {
    /// The desired webhook; `None` for what is deleted.
    pub key: Option<WebhookKey>,
    /// Why it is there.
    pub reason: Reason,
    /// What happens.
    #[serde(rename = "action")]
    pub kind: OperationKind<F>,
    /// What it costs that a plan otherwise does not, and what its receiver must know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note<F>>,
}

/// What happens to one webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, bound = "F: Kept")]
#[schemars(rename = "ActionRecord", bound = "F: Kept")]
pub enum OperationKind<F: Form = Exact> {
    /// A webhook is created.
    Create {
        /// The webhook.
        webhook: F::New,
    },
    /// A live webhook changes.
    Update {
        /// What it was when the plan was made.
        before: F::Live,
        /// How the two were found to belong together.
        paired_by: PairedBy<F>,
        /// The fields that change; never empty.
        changes: Vec<Change<F>>,
    },
    /// A live webhook is deleted.
    Delete {
        /// What it was when the plan was made.
        before: F::Live,
    },
    /// A live webhook gets another signing secret, and the old one stays valid for a while.
    Rotate {
        /// What it was when the plan was made.
        before: F::Live,
        /// Which rotation that is.
        word: RotationWord,
        /// For how many seconds the old one stays valid.
        overlap: u64,
    },
}

impl<F: Form> Operation<F> {
    /// An operation without notes.
    pub(super) fn new(key: Option<WebhookKey>, reason: Reason, kind: OperationKind<F>) -> Self {
        Self {
            key,
            reason,
            kind,
            notes: Vec::new(),
        }
    }

    /// What is done.
    pub fn action(&self) -> Action {
        match self.kind {
            OperationKind::Create { .. } => Action::Create,
            OperationKind::Update { .. } => Action::Update,
            OperationKind::Delete { .. } => Action::Delete,
            OperationKind::Rotate { .. } => Action::Rotate,
        }
    }

    /// The live webhook that changes; `None` for a create.
    pub fn before(&self) -> Option<&F::Live> {
        match &self.kind {
            OperationKind::Create { .. } => None,
            OperationKind::Update { before, .. }
            | OperationKind::Delete { before }
            | OperationKind::Rotate { before, .. } => Some(before),
        }
    }

    /// The fields that change; none where it is no update.
    pub(super) fn changes(&self) -> &[Change<F>] {
        match &self.kind {
            OperationKind::Update { changes, .. } => changes,
            OperationKind::Create { .. }
            | OperationKind::Delete { .. }
            | OperationKind::Rotate { .. } => &[],
        }
    }

    /// Whether the webhook goes to another URL.
    pub(super) fn moves(&self) -> bool {
        self.changes().iter().any(|change| change.url().is_some())
    }

    /// Whether events will go to a URL that gets none today.
    pub(super) fn has_new_url(&self) -> bool {
        self.action() == Action::Create || self.moves()
    }
}

impl Operation {
    /// The webhook's name: the one it has, or for a new one, the one it gets.
    pub fn name(&self) -> &WebhookName {
        match &self.kind {
            OperationKind::Create { webhook } => &webhook.name,
            OperationKind::Update { before, .. }
            | OperationKind::Delete { before }
            | OperationKind::Rotate { before, .. } => &before.name,
        }
    }
}

impl Operation<Shown> {
    /// The webhook's name, as it may be shown: the one it has, or for a new one, the one it gets.
    pub fn shown_name(&self) -> &str {
        match &self.kind {
            OperationKind::Create { webhook } => &webhook.name.shown,
            OperationKind::Update { before, .. }
            | OperationKind::Delete { before }
            | OperationKind::Rotate { before, .. } => &before.webhook.name.shown,
        }
    }

    /// What people call the webhook: its key, or its name where it has none.
    pub fn title(&self) -> &str {
        self.key
            .as_ref()
            .map_or(self.shown_name(), WebhookKey::as_str)
    }
}

impl Ord for Operation {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let id = |operation: &Self| operation.before().map(|before| before.id.clone());
        (self.action(), &self.key, self.name())
            .cmp(&(other.action(), &other.key, other.name()))
            .then_with(|| id(self).cmp(&id(other)))
    }
}

impl PartialOrd for Operation {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// How a desired and a live webhook were found to belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, bound = "F: Kept")]
#[schemars(rename = "PairedByRecord", bound = "F: Kept")]
pub enum PairedBy<F: Form = Exact> {
    /// The live webhook is at the desired URL.
    Url,
    /// The live webhook is at this URL of `moved_from`.
    MovedFrom(F::Url),
    /// The live webhook has the desired name, and no other desired webhook takes it.
    Name,
    /// The live webhook of the desired name went to another desired webhook by its URL, the one of that
    /// one's name perhaps to a third, and so on; this one has the name of the last, and is free. These are the other desired webhooks, in this order; never empty.
    Trade(Vec<WebhookKey>),
}

/// What became of the live webhooks that a desired one, which is created, could have been.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Absent {
    /// Whether there are live webhooks at former URLs, none of them free to be it.
    pub former_taken: bool,
    /// What became of the live webhooks of its name; `None`: there are none.
    pub named: Option<Named>,
}

/// What became of the live webhooks of a desired one's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "NamedRecord")]
pub enum Named {
    /// There is one, and it stands for another desired webhook.
    TakenBy(WebhookKey),
    /// There are several, and each stands for another desired webhook.
    TakenBySeveral,
    /// There is at least one that is not ours, and stands for no desired webhook.
    NotOurs,
}

/// Why an operation is in the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "ReasonRecord")]
pub enum Reason {
    /// No live webhook has its URL, and none that has a former URL or its name is left for it.
    NotLive(Absent),
    /// The live webhook is not as declared.
    Differs,
    /// The live webhook is disabled though it is declared as enabled: providers disable
    /// endpoints that keep failing.
    DisabledAtProvider,
    /// The live webhook was not ours; the manifest says `adopt: true`.
    Adopted,
    /// The manifest's `removed` names it.
    Removed,
    /// Another webhook is created in the place of the live one: only that can set fields that differ.
    Replaces {
        /// The fields.
        fields: Vec<String>,
    },
    /// Another webhook is created in its place.
    Replaced {
        /// The declared webhook.
        by: WebhookKey,
    },
    /// The manifest's `rotate` has a word, and the last rotation that is noted at the live webhook is another, or none.
    Rotation {
        /// The one that is noted.
        last: Option<RotationWord>,
    },
    /// It is ours and not declared, and pruning is on.
    NotDeclared,
    /// It is at the URL of a declared webhook that another live one stands for, and pruning is on.
    Duplicate {
        /// The declared webhook.
        of: WebhookKey,
    },
}

impl Reason {
    /// The word for it, the same in every document.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::NotLive(_) => "not-live",
            Self::Differs => "differs",
            Self::DisabledAtProvider => "disabled-at-provider",
            Self::Adopted => "adopted",
            Self::Removed => "removed",
            Self::Replaces { .. } => "replaces",
            Self::Replaced { .. } => "replaced",
            Self::Rotation { .. } => "rotation",
            Self::NotDeclared => "not-declared",
            Self::Duplicate { .. } => "duplicate",
        }
    }
}

/// One mutating request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, bound = "F: Kept")]
#[schemars(rename = "StepRecord", bound = "F: Kept")]
pub struct Step<F: Form = Exact> {
    /// The operation it belongs to, by index.
    pub operation: usize,
    /// The steps that must have succeeded before, by index; all smaller than this step's own.
    pub after: Vec<usize>,
    /// Whether an update follows in the same step: it takes out the note that a new secret is stored nowhere.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub takes_note_out: bool,
    /// What is sent. Of that, a record has what an update sends: the rest follows from the operation.
    #[serde(rename = "patch")]
    pub request: F::Request,
}

/// A live webhook that is not ours, and is taken over as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, bound = "F: Kept")]
#[schemars(rename = "AdoptedRecord", bound = "F: Kept")]
pub struct Adopted<F: Form = Exact> {
    /// The declared webhook.
    pub key: WebhookKey,
    /// The live one.
    pub webhook: F::Live,
}

/// A live webhook that the plan leaves alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, bound = "F: Kept")]
#[schemars(rename = "UnmanagedRecord", bound = "F: Kept")]
pub struct Unmanaged<F: Form = Exact> {
    /// The webhook.
    pub webhook: F::Live,
    /// Why no desired webhook takes it.
    pub kind: UnmanagedKind,
}

/// Why no desired webhook takes a live one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "UnmanagedKindRecord")]
pub enum UnmanagedKind {
    /// It is ours, and not declared.
    NotDeclared,
    /// It is ours, at the URL of a declared webhook that another live one stands for.
    Duplicate {
        /// The declared webhook.
        of: WebhookKey,
    },
    /// Its name is not ours.
    NotOurs,
    /// It cannot be read, and so perhaps not even told whether it is ours.
    Unreadable,
}

impl Ord for Unmanaged {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (&self.kind, &self.webhook.name, &self.webhook.id).cmp(&(
            &other.kind,
            &other.webhook.name,
            &other.webhook.id,
        ))
    }
}

impl PartialOrd for Unmanaged {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
