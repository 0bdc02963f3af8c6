//! What rules see of a plan: a document of its own, with its own version.
//!
//! Nothing but this reaches a rule. What is not known has no value here: a rule that needs it cannot be evaluated, and
//! so is against the plan.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{EndpointUrl, MASK, MaskedText};

/// The version of the document that this program makes and reads.
pub const FORMAT_VERSION: u32 = 1;

/// What says that a document is a policy input.
pub(super) const KIND: &str = "policy-input";

fn kind() -> String {
    KIND.to_owned()
}

/// What rules see of the plan of one environment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "hookwright: policy-input")]
pub struct Input {
    /// The version of this format: 1.
    #[schemars(extend("const" = 1))]
    pub format_version: u32,
    /// What this is: `policy-input`.
    #[serde(default = "kind")]
    #[schemars(extend("const" = KIND))]
    pub kind: String,
    /// The environment.
    pub environment: Environment,
    /// The present moment; as `time` a timestamp of CEL, such as for `time.getHours("Europe/Berlin")`.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub time: Timestamp,
    /// How many operations there are of each kind.
    #[serde(default)]
    pub counts: Counts,
    /// What is planned, in the order in which it is shown.
    #[serde(default)]
    pub operations: Vec<Operation>,
    /// The live webhooks, before and after.
    #[serde(default)]
    pub webhooks: Webhooks,
    /// How many enabled webhooks receive each event type, by event type.
    #[serde(default)]
    pub coverage: BTreeMap<String, Coverage>,
    /// What all environments of the manifest declare, by their names; without URLs.
    #[serde(default)]
    pub declared: BTreeMap<String, Vec<Declared>>,
    /// Who asks for the plan.
    #[serde(default)]
    pub change: Change,
    /// What the plan would have done to the deliveries of a time.
    #[serde(default)]
    pub blast_radius: Blast,
}

/// The environment that is planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// Its provider.
    pub provider: String,
    /// The provider's environment: `sandbox`, `development` or `production`.
    pub env_type: String,
}

/// How many operations there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Counts {
    /// How many webhooks are created.
    pub create: i64,
    /// How many are updated.
    pub update: i64,
    /// How many are deleted.
    pub delete: i64,
    /// How many get another signing secret.
    pub rotate: i64,
    /// All of these together.
    pub operations: i64,
    /// How many requests it takes.
    pub steps: i64,
}

/// One webhook that changes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Operation {
    /// `create`, `update`, `delete`, or `rotate`: it gets another signing secret.
    pub action: String,
    /// The key in the manifest; empty for what is deleted.
    pub key: String,
    /// Its name; for what is created, the one it gets.
    pub name: String,
    /// Why it is there: `not-live`, `differs`, `disabled-at-provider`, `adopted`, `removed`, `replaces`, `replaced`,
    /// `not-declared`, `duplicate` or `rotation`.
    pub reason: String,
    /// The webhook as it is. Of one that is created, `exists` is false and its texts are empty.
    pub before: Webhook,
    /// The webhook as it will be. Of one that is deleted, `exists` is false and its texts are empty.
    pub after: Webhook,
    /// The fields that change: `name`, `url`, `events`, `enabled`.
    pub changes: Vec<String>,
    /// The event types that it is sent after and not before.
    pub events_added: Vec<String>,
    /// The event types that it is sent before and not after.
    pub events_removed: Vec<String>,
    /// What it carried; without fields where nobody looked.
    pub traffic: Traffic,
}

/// A webhook.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Webhook {
    /// Whether there is one.
    pub exists: bool,
    /// Its name.
    pub name: String,
    /// Where events are sent, as it is written.
    pub url: String,
    /// `https` or `http`.
    pub scheme: String,
    /// The host, in small letters and in ASCII.
    pub host: String,
    /// The port, also where it is the usual one; 0 where the URL has none that can be told.
    pub port: i64,
    /// The path, with its first slash.
    pub path: String,
    /// The query without its question mark.
    pub query: String,
    /// Which events are sent. Not there where the provider does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<String>>,
    /// Whether events are sent. Not there where the provider does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

/// The live webhooks of the environment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Webhooks {
    /// As they are.
    pub before: Vec<Webhook>,
    /// As they will be.
    pub after: Vec<Webhook>,
}

/// How many enabled webhooks receive an event type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Coverage {
    /// How many do now.
    pub before: i64,
    /// How many will.
    pub after: i64,
    /// The fewest at any moment from before the first step to after the last one.
    pub minimum: i64,
}

/// A webhook as the manifest declares it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Declared {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Which events are sent.
    pub events: Vec<String>,
    /// Whether events are sent.
    pub enabled: bool,
}

/// What a webhook carried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Traffic {
    /// How many deliveries there were in the time that was looked at. Not there where they were not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deliveries: Option<i64>,
    /// How many of them succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub succeeded: Option<i64>,
    /// Whether there was one in the last 24 hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live: Option<bool>,
}

/// Who asks for a plan, and who agreed: from the forge, or from the command line. Not there where it is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Change {
    /// Who wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Who approved it as it is now, each once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approvers: Option<Vec<String>>,
    /// Its labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<Vec<String>>,
    /// The commit that the manifest is of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

/// What a plan would have done to the deliveries of a time, in numbers. Not there where no history was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Blast {
    /// How many deliveries were looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deliveries: Option<i64>,
    /// How many would have gone where they went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unchanged: Option<i64>,
    /// How many would have gone to another URL, and how many of them to another host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved: Option<i64>,
    /// How many would have gone to another host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_host: Option<i64>,
    /// How many would have gone nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost: Option<i64>,
    /// How many would have gone to more places than they did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multiplied: Option<i64>,
    /// How many would have gone to a receiver that never had their event type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newly: Option<i64>,
}

/// Why a text is not an input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidInput {
    /// It is not the document that it should be; where and why.
    #[error("it is not a policy input: {0}")]
    NotAnInput(String),
    /// It is of another version.
    #[error("its `format_version` is {0}, and this hookwright reads {FORMAT_VERSION}")]
    Version(u32),
}

impl Input {
    /// Reads a document, such as `policy explain` prints one. What is left out is empty, or not known.
    ///
    /// # Errors
    ///
    /// What is not such a document.
    pub fn from_json(text: &str) -> Result<Self, InvalidInput> {
        let mut input: Self = serde_json::from_str(text)
            .map_err(|error| InvalidInput::NotAnInput(error.to_string()))?;
        if input.format_version != FORMAT_VERSION {
            return Err(InvalidInput::Version(input.format_version));
        }
        if input.kind != KIND {
            let why = "its `kind` is another".to_owned();
            return Err(InvalidInput::NotAnInput(why));
        }
        input.complete();
        Ok(input)
    }

    /// Fills in what follows from the rest: of a webhook that has a URL, its parts; and the counts.
    fn complete(&mut self) {
        let operations = self.operations.iter_mut();
        let changing =
            operations.flat_map(|operation| [&mut operation.before, &mut operation.after]);
        let live = self.webhooks.before.iter_mut();
        let live = live.chain(&mut self.webhooks.after);
        for webhook in changing.chain(live) {
            if !webhook.url.is_empty() {
                webhook.exists = true;
                if webhook.host.is_empty() {
                    webhook.read_url();
                }
            }
        }
        if self.counts == Counts::default() {
            self.counts = Counts::of(&self.operations, 0);
        }
    }

    /// The JSON Schema of the document.
    pub fn json_schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}

impl Webhook {
    /// Takes the parts of its URL out of it. Of one that programs read in different ways, or a part of which is masked, they
    /// are what stands between its marks.
    pub(super) fn read_url(&mut self) {
        let exact = EndpointUrl::from_live(MaskedText::plain(&self.url)).exact();
        if let Some(exact) = exact.filter(|_| !self.url.contains(MASK)) {
            let exact = exact.url();
            self.scheme = exact.scheme().to_owned();
            self.host = exact.host_str().unwrap_or_default().to_owned();
            self.port = exact.port_or_known_default().map_or(0, i64::from);
            self.path = exact.path().to_owned();
            self.query = exact.query().unwrap_or_default().to_owned();
            return;
        }
        let (scheme, rest) = self.url.split_once("://").unwrap_or(("", &self.url));
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (place, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, "/"),
        };
        let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
        let (host, port) = place.rsplit_once(':').unwrap_or((place, ""));
        self.scheme = scheme.to_lowercase();
        self.host = host.to_lowercase();
        self.port = port.parse().unwrap_or_default();
        self.path = path.to_owned();
        self.query = query.to_owned();
    }
}

impl Counts {
    /// Those of operations that take so many requests.
    pub(super) fn of(operations: &[Operation], steps: usize) -> Self {
        let of = |action: &str| {
            let those = operations
                .iter()
                .filter(|operation| operation.action == action);
            number(those.count())
        };
        Self {
            create: of("create"),
            update: of("update"),
            delete: of("delete"),
            rotate: of("rotate"),
            operations: number(operations.len()),
            steps: number(steps),
        }
    }
}

/// A count as rules see it.
pub(super) fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
