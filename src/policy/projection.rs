//! A plan → what rules see of it. Pure: what is not in the plan comes as an argument.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::input::{
    Blast, Change, Counts, Coverage, Declared, Environment, FORMAT_VERSION, Input, KIND, Operation,
    Traffic, Webhook, Webhooks, number,
};
use crate::{
    model::{
        EndpointUrl, EnvType, EnvironmentName, EventType, LiveState, LiveWebhook, MaskedText,
        WebhookName,
    },
    plan::{
        self, Action, EnvironmentPlan, Ink, OperationKind, Receivers, Text,
        evidence::{Evidence, LIVE, MARGIN},
    },
};

/// What a plan is made in.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'s> {
    /// The environment's name.
    pub name: &'s EnvironmentName,
    /// Its provider's id.
    pub provider: &'s str,
    /// The provider's environment.
    pub env_type: EnvType,
    /// The present moment.
    pub time: Timestamp,
    /// Who asks for the plan.
    pub change: &'s Change,
    /// What all environments declare.
    pub declared: &'s BTreeMap<String, Vec<Declared>>,
    /// How many receivers each event type has.
    pub coverage: &'s BTreeMap<EventType, Receivers>,
    /// What the plan would have done to deliveries.
    pub blast: &'s Blast,
}

/// With values as they are.
struct Clear;

impl Ink for Clear {
    fn plain(&self, text: &str) -> String {
        text.to_owned()
    }

    fn name(&self, name: &WebhookName) -> Text {
        clear(name.text())
    }

    fn url(&self, url: &EndpointUrl) -> Text {
        clear(url.text())
    }

    fn text(&self, text: &MaskedText) -> Text {
        clear(text)
    }
}

fn clear(text: &MaskedText) -> Text {
    Text {
        shown: text.expose().to_owned(),
        digest: String::new(),
    }
}

/// What rules see of a plan that was made from a live state. Values are as they are, or, with an ink, as it shows them.
pub fn input(
    plan: &EnvironmentPlan,
    live: &LiveState,
    evidence: Option<&Evidence>,
    setting: Setting<'_>,
    ink: Option<&dyn Ink>,
) -> Input {
    let projection = Projection {
        ink: ink.unwrap_or(&Clear),
        evidence,
    };
    let Setting {
        name,
        provider,
        env_type,
        time,
        change,
        declared,
        coverage,
        blast,
    } = setting;
    let operations = plan.operations.iter();
    let operations: Vec<Operation> = operations.map(|one| projection.operation(one)).collect();
    let coverage = coverage.iter();
    Input {
        format_version: FORMAT_VERSION,
        kind: KIND.to_owned(),
        environment: Environment {
            name: name.to_string(),
            provider: provider.to_owned(),
            env_type: env_type.to_string(),
        },
        time,
        counts: Counts::of(&operations, plan.write_requests()),
        webhooks: projection.webhooks(plan, live, env_type),
        operations,
        coverage: coverage
            .map(|(event, receivers)| {
                let coverage = Coverage {
                    before: number(receivers.before),
                    after: number(receivers.after),
                    minimum: number(receivers.fewest),
                };
                (projection.ink.plain(event.as_str()), coverage)
            })
            .collect(),
        declared: declared.clone(),
        change: change.clone(),
        blast_radius: blast.clone(),
    }
}

struct Projection<'p> {
    ink: &'p dyn Ink,
    evidence: Option<&'p Evidence>,
}

impl Projection<'_> {
    fn operation(&self, operation: &plan::Operation) -> Operation {
        let plan::Operation {
            key,
            reason,
            kind,
            notes: _, // What they tell stands in other fields.
        } = operation;
        let before = operation.before().map(|live| self.live(live));
        let before = before.unwrap_or_default();
        let after = self.after(kind);
        let events = |webhook: &Webhook| -> BTreeSet<String> {
            webhook.events.iter().flatten().cloned().collect()
        };
        let (old, new) = (events(&before), events(&after));
        Operation {
            action: operation.action().as_str().to_owned(),
            key: key.as_ref().map(ToString::to_string).unwrap_or_default(),
            name: self.ink.name(operation.name()).shown,
            reason: reason.as_str().to_owned(),
            changes: changes(kind).map(str::to_owned).collect(),
            events_added: new.difference(&old).cloned().collect(),
            events_removed: old.difference(&new).cloned().collect(),
            traffic: operation
                .before()
                .map(|live| self.traffic(&live.url))
                .unwrap_or_default(),
            before,
            after,
        }
    }

    fn after(&self, kind: &OperationKind) -> Webhook {
        match kind {
            OperationKind::Create { webhook } => Webhook {
                name: self.ink.name(&webhook.name).shown,
                events: Some(self.events(&webhook.events)),
                enabled: webhook.enabled,
                ..self.at(&webhook.url)
            },
            OperationKind::Update {
                before, changes, ..
            } => {
                let mut after = before.clone();
                for change in changes {
                    change.make(&mut after);
                }
                self.live(&after)
            }
            OperationKind::Delete { .. } => Webhook::default(),
            OperationKind::Rotate { before, .. } => self.live(before),
        }
    }

    fn live(&self, live: &LiveWebhook) -> Webhook {
        Webhook {
            name: self.ink.name(&live.name).shown,
            // What cannot be read is not known.
            events: live
                .events
                .as_ref()
                .filter(|_| live.is_readable())
                .map(|events| self.events(events)),
            enabled: live.enabled.filter(|_| live.is_readable()),
            ..self.at(&live.url)
        }
    }

    fn events<'e>(&self, events: impl IntoIterator<Item = &'e EventType>) -> Vec<String> {
        let events = events.into_iter();
        events.map(|event| self.ink.plain(event.as_str())).collect()
    }

    fn at(&self, url: &EndpointUrl) -> Webhook {
        let mut webhook = Webhook {
            exists: true,
            url: self.ink.url(url).shown,
            ..Webhook::default()
        };
        webhook.read_url();
        webhook
    }

    fn webhooks(&self, plan: &EnvironmentPlan, live: &LiveState, env_type: EnvType) -> Webhooks {
        let changing: BTreeMap<_, _> = plan
            .operations
            .iter()
            // What changes besides is of another operation.
            .filter(|operation| operation.action() != Action::Rotate)
            .filter_map(|operation| Some((&operation.before()?.id, &operation.kind)))
            .collect();
        let mut webhooks = Webhooks::default();
        let is_here = |live: &&LiveWebhook| live.env_type.is_none_or(|it| it == env_type);
        for live in live.webhooks.iter().filter(is_here) {
            let before = self.live(live);
            let after = match changing.get(&live.id) {
                None => Some(before.clone()),
                Some(OperationKind::Delete { .. }) => None,
                Some(kind) => Some(self.after(kind)),
            };
            webhooks.before.push(before);
            webhooks.after.extend(after);
        }
        let operations = plan.operations.iter();
        let created = operations.filter(|operation| operation.before().is_none());
        let created = created.map(|operation| self.after(&operation.kind));
        webhooks.after.extend(created);
        webhooks
    }

    fn traffic(&self, url: &EndpointUrl) -> Traffic {
        let Some(Evidence::Read { window, carried }) = self.evidence else {
            return Traffic::default();
        };
        // What is not there was not looked at.
        let Some(carried) = carried.get(url) else {
            return Traffic::default();
        };
        let is_counted = window.is_some();
        let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        Traffic {
            deliveries: is_counted.then(|| count(carried.deliveries)),
            succeeded: is_counted.then(|| count(carried.succeeded)),
            live: Some(carried.last.is_some_and(|last| last <= LIVE + MARGIN)),
        }
    }
}

fn changes(kind: &OperationKind) -> impl Iterator<Item = &'static str> {
    let changes = match kind {
        OperationKind::Create { .. }
        | OperationKind::Delete { .. }
        | OperationKind::Rotate { .. } => &[][..],
        OperationKind::Update { changes, .. } => changes,
    };
    changes.iter().map(plan::Change::field)
}
