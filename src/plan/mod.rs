//! (desired state, live state, policy) → draft → (answers) → plan. Synchronous, deterministic, without any I/O.
//!
//! [`draft()`] pairs desired with live webhooks (`pairing`), compares each pair by meaning
//! (`compare`), orders the steps so that no event is lost on the way (`order`, `circle`), and
//! lets the guards look at the result (`guard`). What a plan must learn of the world, its traffic and its
//! receivers, the draft asks for as data (`settle`); with the answers it is a plan. All rules of ordering,
//! skipping, pruning and adopting are applied here, so that applying is walking a list.
//!
//! A plan has two forms: with values that are sent, and with texts that are shown and kept (`form`, `record`).
//!
//! This module must not know manifests, providers' HTTP, the clock, randomness, logging or the
//! terminal.
//!
//! # What holds for every plan
//!
//! What a provider allows is in its profile ([`PlanningFacts`](crate::model::PlanningFacts)), and nothing else of a
//! provider is known here. Where each webhook signs with a key of its own, whatever is sent to a URL is sent there
//! *with a key*: an update keeps it, and what is created has a new one.
//!
//! 1. *It converges*: after its steps, what is ours in the live state equals the desired state.
//! 2. *No gap*: an event type sent to some URL (with some key) before and after is sent there (with it) after every
//!    step; one sent to some URL before and after, with whatever key, is sent there after every step; and one sent
//!    anywhere before and after is sent somewhere after every step. The one exception is a webhook that is replaced
//!    where there is no room for both: its delete comes first, only where the manifest says `replace: true`, and it
//!    says so ([`Note::Gap`]).
//! 3. *No stray*: after every step, each event type, URL (and key) held before or will hold after. So two live webhooks
//!    never exchange their URLs: each receiver would get what the other's key signs.
//!    *No double*: where a URL may be shared, no event type is sent to it by more webhooks than before or after, unless
//!    the operation says so ([`Note::Twice`]): where the only one that sends it hands it to another, the alternative
//!    is a gap.
//! 4. *Never refused*: where a URL is held once, no step registers one that another live webhook holds then. Where an
//!    account may have so many webhooks, it has no more after any step. No webhook is created disabled where that
//!    cannot be, no step changes a field that only a create can set, and none asks for all event types and for some by
//!    name at once.
//! 5. *Nothing else is touched*: no unmanaged webhook, no other environment.
//! 6. *Interruptible*: from the state after any prefix of the steps, a new plan satisfies all of this, and
//!    leaves nothing behind that this plan does not.
//! 7. *Least*: no shorter sequence of steps does, for the same pairing (exact for circles of the size
//!    that `circle` searches through; beyond that, close). A webhook sends on the way only what it sends
//!    before or after: none stands in for another that shares its URL, not even where that would save a
//!    step. `require` may cost steps on top, and is refused where no order keeps to it. A replacement is two steps. To
//!    be sent once instead of twice for a while costs no step.
//! 8. *Deterministic*: the same input gives the same plan, whatever the order of keys or lists.
//!
//! Steps need not run one by one: any order that keeps to their dependencies satisfies the same, and
//! so does any state in which a run stops.
//!
//! Where no such plan exists for a pairing, it is refused. That is where webhooks that move to other
//! URLs hand event types to each other in a circle, so that none of them can have both sets anywhere; and where an
//! account has no room for what is created before what goes has to stay.
//!
//! With `--target`, *before* and *after* are those of the targeted plan. An event type that would end
//! only because something is left out is refused.

mod circle;
mod codes;
mod compare;
mod demand;
mod drafted;

pub mod evidence;
mod flow;
mod form;
mod guard;
mod handover;
mod inputs;
mod listing;
mod moved;
mod note;
mod noting;
mod operation;
mod operations;
mod order;
mod pairing;
mod record;
mod refusal;
mod replace;
mod require;
mod rotate;
mod routes;
mod settle;
mod subscribed;
mod types;
mod unreadable;
mod warning;

pub use form::{
    Change, Exact, Form, Ink, Kept, Known, LiveRecord, PatchRecord, Projector, Shown, StepRequest,
    Text, Value, WebhookRecord,
};
pub use guard::check_secrets;
pub use inputs::{Inputs, Options};
pub use moved::PerhapsMoved;
pub use note::Note;
pub use operation::{
    Absent, Action, Adopted, EnvironmentPlan, Named, Operation, OperationKind, PairedBy, Reason,
    Step, Unchanged, Unmanaged, UnmanagedKind,
};
pub use record::PlanResult;
pub(crate) use refusal::Ago;
pub use refusal::{About, Refusal, RefusalCode, RequireWhen, Stops, Unchangeable};
pub use require::{Receivers, coverage};
pub use routes::routes;
pub use settle::{Answer, Answers, Draft, EventTypes, Probes, Questions, Settled, draft};
pub use subscribed::{NoEventType, NoEventTypes};
pub use warning::{Warning, WarningCode};
