//! Event types: the organisation's own objects, and so its catalogue.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    body, pages,
    refusal::Refusal,
    served::{Served, ok},
};
use crate::simulator::{
    Simulator,
    answer::{self, Query},
    quirks::Verdict,
    state::{Decision, Mutation},
};

/// The event types that an organisation begins with here, so that there is something to subscribe to.
const FIRST: [&str; 8] = [
    "invoice.created",
    "invoice.deleted",
    "invoice.paid",
    "order.created",
    "order.shipped",
    "user.created",
    "user.deleted",
    "user.updated",
];

/// When those were made.
const LONG_AGO: &str = "2024-01-01T00:00:00Z";

fn first(name: &str) -> Value {
    json!({
        "name": name, "description": format!("The event `{name}`."), "archived": false, "deprecated": false,
        "schemas": null, "groupName": null, "featureFlags": null,
        "createdAt": LONG_AGO, "updatedAt": LONG_AGO,
    })
}

/// Whether some organisation has this event type.
pub(super) fn is_anywhere(simulator: &Simulator, name: &str) -> bool {
    let suffix = format!("/{name}");
    FIRST.contains(&name)
        || simulator
            .kept_under("event-type/")
            .any(|(kept, value)| kept.ends_with(&suffix) && value["archived"] != true)
}

impl Served<'_> {
    fn kept_as(&self, name: &str) -> String {
        format!("event-type/{}/{name}", self.caller.organisation)
    }

    /// The organisation's event types by name, archived ones too. What was expunged is kept as null.
    fn event_types(&self) -> Vec<(String, Value)> {
        let mut all: std::collections::BTreeMap<String, Value> = FIRST
            .iter()
            .map(|name| ((*name).to_owned(), first(name)))
            .collect();
        let prefix = self.kept_as("");
        for (name, value) in self.simulator.kept_under(&prefix) {
            all.insert(name[prefix.len()..].to_owned(), value.clone());
        }
        all.into_iter()
            .filter(|(_, value)| !value.is_null())
            .collect()
    }

    fn event_type(&self, name: &str) -> Option<Value> {
        match self.simulator.kept(&self.kept_as(name)) {
            Some(Value::Null) => None,
            Some(value) => Some(value.clone()),
            None => FIRST.contains(&name).then(|| first(name)),
        }
    }

    /// Those of some names that the organisation has not: archived ones count as absent.
    pub(super) fn missing_event_types<'n>(&self, names: &'n [String]) -> Vec<&'n str> {
        if self.simulator.quirks.unknown_events == Verdict::Accepted {
            return Vec::new();
        }
        let names = names.iter().map(String::as_str);
        names
            .filter(|name| {
                self.event_type(name)
                    .is_none_or(|known| known["archived"] == true)
            })
            .collect()
    }

    pub(super) fn list_event_types(&self, query: &Query) -> Result<Decision, Refusal> {
        let archived = query.flag("include_archived")?.unwrap_or(false);
        query.flag("with_content")?;
        let all = self.event_types();
        let shown = all
            .iter()
            .filter(|(_, value)| archived || value["archived"] != true)
            .map(|(name, value)| (name.as_str(), value));
        pages::page(shown, query, &self.simulator.quirks, true, Value::clone)
    }

    pub(super) fn get_event_type(&self, name: &str) -> Result<Decision, Refusal> {
        let found = self.event_type(name).ok_or(Refusal::NotFound)?;
        Ok(ok(&found))
    }

    pub(super) fn create_event_type(&self, body: &[u8]) -> Result<Decision, Refusal> {
        let body = body::object(body)?;
        let Some(name) = body.get("name").and_then(Value::as_str) else {
            return Err(Refusal::of_field("name", "missing field `name`"));
        };
        if !is_name(name) {
            let message = "Event types must consist of letters, digits, `.`, `-`, `_` and `/`";
            return Err(Refusal::of_field("name", message));
        }
        // Making an archived one again brings it back.
        if self
            .event_type(name)
            .is_some_and(|known| known["archived"] != true)
        {
            return Err(Refusal::Conflict);
        }
        Ok(self.keep(name, &body, StatusCode::CREATED, None))
    }

    pub(super) fn change_event_type(
        &self,
        name: &str,
        body: &[u8],
        whole: bool,
    ) -> Result<Decision, Refusal> {
        let body = body::object(body)?;
        let known = self.event_type(name);
        match (known, whole) {
            (None, false) => Err(Refusal::NotFound),
            (None, true) => Ok(self.keep(name, &body, StatusCode::CREATED, None)),
            (known, _) => Ok(self.keep(name, &body, StatusCode::OK, known)),
        }
    }

    fn keep(
        &self,
        name: &str,
        body: &Map<String, Value>,
        status: StatusCode,
        known: Option<Value>,
    ) -> Decision {
        let mut value = known.unwrap_or_else(|| {
            let mut new = first(name);
            new["createdAt"] = json!(self.now.to_string());
            new
        });
        for field in [
            "description",
            "archived",
            "deprecated",
            "schemas",
            "groupName",
            "featureFlags",
        ] {
            if let Some(given) = body.get(field) {
                value[field] = given.clone();
            }
        }
        value["updatedAt"] = json!(self.now.to_string());
        Decision::change(
            answer::with_json(status, &value),
            Mutation::Kept {
                name: self.kept_as(name),
                value: Some(value),
            },
        )
    }

    pub(super) fn delete_event_type(&self, name: &str, query: &Query) -> Result<Decision, Refusal> {
        let mut value = self.event_type(name).ok_or(Refusal::NotFound)?;
        if query.flag("expunge")? == Some(true) {
            value = Value::Null;
        } else {
            value["archived"] = json!(true);
        }
        Ok(Decision::change(
            answer::without_body(StatusCode::NO_CONTENT),
            Mutation::Kept {
                name: self.kept_as(name),
                value: Some(value),
            },
        ))
    }
}

/// Whether a text can name an event type.
pub(super) fn is_name(text: &str) -> bool {
    (1..=256).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_/".contains(&byte))
}
