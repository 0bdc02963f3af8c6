//! An operation in the document of `plan`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    plan::{
        Note, Operation, OperationKind, PairedBy, Shown, Text, Value,
        evidence::{Carried, Evidence},
    },
    report::{
        fields::{self, Field},
        words,
    },
};

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct OperationBody {
    action: &'static str,
    /// The webhook's key in the manifest; null for what is deleted.
    key: Option<String>,
    name: String,
    /// The provider's id; null for what is created.
    id: Option<String>,
    /// `not-live`, `differs`, `disabled-at-provider`, `adopted`, `removed`, `not-declared`, `duplicate`,
    /// `replaces` (another webhook in the place of a live one, whose delete stands beside it), `replaced`, `rotation`.
    reason: &'static str,
    /// `url`, `moved-from` or `name`; null where nothing was paired.
    paired_by: Option<&'static str>,
    changes: Vec<ChangeBody>,
    /// Which rotation of its signing secret it is, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    rotation: Option<RotationBody>,
    /// What it costs that a plan otherwise does not, and what its receiver must know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    notes: Vec<NoteBody>,
    /// What the live webhook carries, where that was looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    carries: Option<CarriesBody>,
}

/// A rotation of a signing secret.
#[derive(Debug, Serialize, JsonSchema)]
struct RotationBody {
    /// The word that the manifest has for it.
    word: String,
    /// The one of the last rotation that is noted at the webhook; null where none is.
    last: Option<String>,
    /// For how long the old secret stays valid.
    overlap_seconds: u64,
}

/// What is to be known of an operation.
#[derive(Debug, Serialize, JsonSchema)]
struct NoteBody {
    /// `new-secret`, `chosen-secret`, `keeps-secret`, `other-secret`, `twice`, `gap`.
    code: &'static str,
    /// The event types that it is about; `*` stands for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    events: Vec<String>,
    /// The webhooks by whose end it ends: their names, or ids where those do not tell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    until: Vec<String>,
    /// The same in words.
    text: String,
}

/// The deliveries to a webhook's URL.
#[derive(Debug, Serialize, JsonSchema)]
struct CarriesBody {
    /// How far back they were counted.
    window_seconds: u64,
    deliveries: u64,
    succeeded: u64,
    /// How long ago the event of the last one came to be; null where none is known.
    last_seconds_ago: Option<u64>,
    /// The last failures, the latest first.
    failures: Vec<LastFailureBody>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct LastFailureBody {
    seconds_ago: u64,
    /// Null where the endpoint did not answer.
    status_code: Option<u16>,
    error_message: Option<String>,
}

/// One field that changes. Sensitive parts are masked; `sensitive` says that only such a part changes.
#[derive(Debug, Serialize, JsonSchema)]
struct ChangeBody {
    field: String,
    before: serde_json::Value,
    after: serde_json::Value,
    sensitive: bool,
}

pub(super) fn operation(
    one: &Operation<Shown>,
    evidence: Option<&Evidence<Shown>>,
) -> OperationBody {
    let paired_by = match &one.kind {
        OperationKind::Create { .. }
        | OperationKind::Delete { .. }
        | OperationKind::Rotate { .. } => None,
        OperationKind::Update { paired_by, .. } => Some(match paired_by {
            PairedBy::Url => "url",
            PairedBy::MovedFrom(_) => "moved-from",
            PairedBy::Name => "name",
            PairedBy::Trade(_) => "trade",
        }),
    };
    OperationBody {
        action: one.action().as_str(),
        key: one.key.as_ref().map(ToString::to_string),
        name: one.shown_name().to_owned(),
        id: one.before().map(|before| before.id.clone()),
        reason: one.reason.as_str(),
        paired_by,
        changes: fields::fields(one).into_iter().map(change).collect(),
        rotation: rotation(one),
        notes: one.notes.iter().map(note).collect(),
        carries: one
            .before()
            .and_then(|before| carries(evidence?, &before.webhook.url)),
    }
}

fn rotation(one: &Operation<Shown>) -> Option<RotationBody> {
    let OperationKind::Rotate {
        before,
        word,
        overlap,
    } = &one.kind
    else {
        return None;
    };
    Some(RotationBody {
        word: word.to_string(),
        last: before.rotated.as_ref().map(ToString::to_string),
        overlap_seconds: *overlap,
    })
}

fn note(note: &Note<Shown>) -> NoteBody {
    let (code, events, until) = match note {
        Note::NewSecret => ("new-secret", Vec::new(), Vec::new()),
        Note::ChosenSecret => ("chosen-secret", Vec::new(), Vec::new()),
        Note::KeepsSecret => ("keeps-secret", Vec::new(), Vec::new()),
        Note::OtherSecret { events } => ("other-secret", events.clone(), Vec::new()),
        Note::Twice { events, until } => {
            let until = until.iter().map(|name| name.shown.clone());
            ("twice", events.clone(), until.collect())
        }
        Note::Gap { events } => ("gap", events.clone(), Vec::new()),
    };
    NoteBody {
        code,
        events,
        until,
        text: words::note(note),
    }
}

fn carries(evidence: &Evidence<Shown>, url: &Text) -> Option<CarriesBody> {
    let Evidence::Read {
        window: Some(window),
        carried: _,
    } = evidence
    else {
        return None;
    };
    let Carried {
        deliveries,
        succeeded,
        last,
        failures,
    } = evidence.of(url)?;
    let failures = failures.into_iter().map(|failure| LastFailureBody {
        seconds_ago: failure.ago.as_secs(),
        status_code: failure.status,
        error_message: failure.error,
    });
    Some(CarriesBody {
        window_seconds: window.as_secs(),
        deliveries,
        succeeded,
        last_seconds_ago: last.map(|last| last.as_secs()),
        failures: failures.collect(),
    })
}

fn change(field: Field<'_>) -> ChangeBody {
    ChangeBody {
        field: field.name.to_owned(),
        sensitive: field.is_sensitive(),
        before: field.before.map_or(serde_json::Value::Null, value),
        after: field.after.map_or(serde_json::Value::Null, value),
    }
}

fn value(value: Value<'_>) -> serde_json::Value {
    match value {
        Value::Text(text) => text.shown.as_str().into(),
        Value::Flag(flag) => flag.into(),
        Value::Events(events) => events.into(),
    }
}
