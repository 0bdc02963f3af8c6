//! The document of `drift`.

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Document, Environment, environment,
    planned::{RefusalBody, refusals},
};
use crate::{
    report::SECRET_LOST_WAY_OUT,
    run::{DriftResult, DriftedEnvironment},
    saved::{Drift, FieldMoved, FieldValue, How, MovedWebhook},
};

/// How live states are from what the manifest says.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Drifted {
    /// How much has moved, over all environments.
    summary: Summary,
    /// Whether it is known what was applied last; where not, all that differs is drift.
    applied_is_known: bool,
    /// The environments, by name.
    environments: Vec<DriftedBody>,
}

#[derive(Debug, Default, Serialize, JsonSchema)]
struct Summary {
    /// Webhooks that the manifest has moved, and that are not applied yet.
    yours: usize,
    /// Webhooks that moved away from the manifest.
    drift: usize,
    /// Webhooks that the provider disabled.
    disabled_at_provider: usize,
    /// Webhooks that cannot be read.
    unreadable: usize,
    /// Webhooks whose signing secrets are lost, or perhaps are.
    secret_lost: usize,
    /// Live webhooks that are not ours, which is no drift.
    not_ours: usize,
}

#[derive(Debug, Serialize, JsonSchema)]
struct DriftedBody {
    environment: Environment,
    /// `changes` where the live state moved; else `nothing`, `refused` or `failed`.
    outcome: super::Outcome,
    /// The manifest moved since the last applied plan.
    yours: Vec<MovedBody>,
    /// The live state moved away from the manifest.
    drift: Vec<MovedBody>,
    /// The provider disabled it.
    disabled_at_provider: Vec<MovedBody>,
    /// It cannot be read, so that nobody knows whether it is as declared.
    unreadable: Vec<MovedBody>,
    /// Its signing secret reached nobody, or nobody knows whether it did.
    secret_lost: Vec<MovedBody>,
    /// It is live and not ours, nor expected by `ignore`: named, and no drift.
    not_ours: Vec<MovedBody>,
    /// Whether it is known what was applied there last.
    applied_is_known: bool,
    /// What the guards would refuse of a plan that moves it back.
    refusals: Vec<RefusalBody>,
    /// Why the live state could not be read, if it could not.
    error: Option<String>,
    /// What to do about that.
    way_out: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct MovedBody {
    /// The webhook's key in the manifest; null where it has none.
    key: Option<String>,
    name: String,
    /// The provider's id; null where it is not live.
    id: Option<String>,
    /// `missing`: declared, and not live; `extra`: live, and not declared; `changed`; `unreadable`; `secret-lost`.
    how: &'static str,
    fields: Vec<FieldBody>,
    /// The fields that cannot be read, each with what came.
    unreadable: Vec<String>,
    /// Whether it is known not to have been live when the last applied plan was made.
    new: bool,
    /// What to do about it, where a plan does nothing; null else.
    way_out: Option<&'static str>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct FieldBody {
    field: String,
    declared: serde_json::Value,
    live: serde_json::Value,
    /// Whether only a masked part differs.
    sensitive: bool,
}

/// The document of `drift`.
pub fn drifted(all: &[DriftedEnvironment], applied_is_known: bool) -> Document<Drifted> {
    let mut summary = Summary::default();
    for drift in all.iter().filter_map(|one| one.result.drift()) {
        summary.yours += drift.yours.len();
        summary.drift += drift.drift.len();
        summary.disabled_at_provider += drift.disabled.len();
        summary.unreadable += drift.unreadable.len();
        summary.secret_lost += drift.secret_lost.len();
        summary.not_ours += drift.foreign.len();
    }
    Document::new(
        DriftedEnvironment::worst(all),
        Drifted {
            summary,
            applied_is_known,
            environments: all.iter().map(body).collect(),
        },
    )
}

fn body(one: &DriftedEnvironment) -> DriftedBody {
    let drift = one.result.drift();
    let list = |of: fn(&Drift) -> &Vec<MovedWebhook>| -> Vec<MovedBody> {
        drift.into_iter().flat_map(of).map(moved).collect()
    };
    let (error, way_out) = match &one.result {
        DriftResult::Failed { error, way_out } => (Some(error.clone()), way_out.clone()),
        DriftResult::Compared { .. } | DriftResult::Refused(_) => (None, None),
    };
    DriftedBody {
        environment: environment(&one.environment),
        outcome: one.outcome().into(),
        yours: list(|drift| &drift.yours),
        drift: list(|drift| &drift.drift),
        disabled_at_provider: list(|drift| &drift.disabled),
        unreadable: list(|drift| &drift.unreadable),
        secret_lost: list(|drift| &drift.secret_lost),
        not_ours: list(|drift| &drift.foreign),
        applied_is_known: one.is_applied_known,
        refusals: refusals(one.result.refusals(), &one.environment),
        error,
        way_out,
    }
}

fn moved(one: &MovedWebhook) -> MovedBody {
    let MovedWebhook {
        key,
        name,
        id,
        how,
        is_new,
    } = one;
    let (how, fields, unreadable) = match how {
        How::Missing => ("missing", Vec::new(), Vec::new()),
        How::Extra => ("extra", Vec::new(), Vec::new()),
        How::Changed(fields) => ("changed", fields.iter().map(field).collect(), Vec::new()),
        How::SecretLost => ("secret-lost", Vec::new(), Vec::new()),
        How::Unreadable(found) => ("unreadable", Vec::new(), found.clone()),
    };
    let way_out = matches!(one.how, How::SecretLost).then_some(SECRET_LOST_WAY_OUT);
    MovedBody {
        way_out,
        key: key.clone(),
        name: name.clone(),
        id: id.clone(),
        how,
        fields,
        unreadable,
        new: *is_new,
    }
}

fn field(one: &FieldMoved) -> FieldBody {
    let value = |value: &FieldValue| -> serde_json::Value {
        match value {
            FieldValue::Text(text) => text.clone().into(),
            FieldValue::Events(events) => events.clone().into(),
            FieldValue::Flag(flag) => (*flag).into(),
            FieldValue::NotReported => serde_json::Value::Null,
        }
    };
    FieldBody {
        field: one.field.to_string(),
        declared: value(&one.declared),
        live: value(&one.live),
        sensitive: one.declared == one.live,
    }
}
