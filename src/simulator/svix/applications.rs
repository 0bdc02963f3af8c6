//! Applications: whose endpoints there are. As much of them as clients need to have one.

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    body, pages,
    refusal::Refusal,
    served::{Served, ok},
};
use crate::simulator::{
    answer::{self, Query},
    id,
    quirks::Verdict,
    state::{Decision, Mutation},
};

impl Served<'_> {
    /// The account that an application's id or uid in a path names.
    pub(super) fn account(&self, named: &str) -> Result<String, Refusal> {
        if !body::is_uid(named) {
            return Err(Refusal::NotFound);
        }
        let organisation = &self.caller.organisation;
        let known = self.application(named);
        let accepted = &self.simulator.accepted;
        let is_accepted = accepted.is_empty()
            || accepted.iter().any(|credentials| {
                let application = credentials.get("application");
                application.is_some_and(|application| application.expose() == named)
            });
        match known {
            Some(known) => Ok(format!("{organisation}/{}", name(known))),
            None if is_accepted
                && self.simulator.quirks.unknown_applications == Verdict::Accepted =>
            {
                Ok(format!("{organisation}/{named}"))
            }
            None => Err(Refusal::NotFound),
        }
    }

    fn application(&self, named: &str) -> Option<&Value> {
        let prefix = self.prefix();
        let mut all = self.simulator.kept_under(&prefix);
        let found = all.find(|(_, value)| value["id"] == named || value["uid"] == named);
        found.map(|(_, value)| value)
    }

    fn prefix(&self) -> String {
        format!("app/{}/", self.caller.organisation)
    }

    pub(super) fn list_applications(&self, query: &Query) -> Result<Decision, Refusal> {
        let prefix = self.prefix();
        let all: Vec<(&str, &Value)> = self.simulator.kept_under(&prefix).collect();
        let all = all
            .into_iter()
            .map(|(name, value)| (&name[prefix.len()..], value));
        pages::page(all, query, &self.simulator.quirks, true, Value::clone)
    }

    pub(super) fn get_application(&self, named: &str) -> Result<Decision, Refusal> {
        let found = self.application(named).ok_or(Refusal::NotFound)?;
        Ok(ok(found))
    }

    pub(super) fn create_application(
        &self,
        body: &[u8],
        query: &Query,
    ) -> Result<Decision, Refusal> {
        let body = body::object(body)?;
        let text = |field: &str| body.get(field).and_then(Value::as_str);
        let Some(called) = text("name") else {
            return Err(Refusal::of_field("name", "missing field `name`"));
        };
        let uid = text("uid");
        if let Some(known) = uid.and_then(|uid| self.application(uid)) {
            return match query.flag("get_if_exists")? {
                Some(true) => Ok(ok(known)),
                _ => Err(Refusal::Conflict),
            };
        }
        let serial = self.simulator.next_serial;
        let id = format!("app_{}", id::sortable("application", serial));
        let now = self.now.to_string();
        let value = json!({
            "id": id, "uid": uid, "name": called, "throttleRate": body.get("throttleRate"),
            "metadata": body.get("metadata").cloned().unwrap_or_else(|| json!({})),
            "createdAt": now, "updatedAt": now,
        });
        Ok(Decision::change(
            answer::with_json(StatusCode::CREATED, &value),
            Mutation::All(vec![
                Mutation::NextSerial(serial + 1),
                Mutation::Kept {
                    name: format!("{}{id}", self.prefix()),
                    value: Some(value),
                },
            ]),
        ))
    }
}

/// What an application is known by: what whoever made it chose, else its id.
fn name(application: &Value) -> &str {
    let uid = application["uid"].as_str();
    uid.or_else(|| application["id"].as_str())
        .unwrap_or_default()
}
