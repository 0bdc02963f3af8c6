//! The headers that an endpoint gets with each event: those that look sensitive are answered by name only.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    body,
    refusal::Refusal,
    served::{Served, ok},
};
use crate::simulator::{
    answer,
    state::{Decision, Mutation},
};

/// Whose values are not answered.
const SENSITIVE: [&str; 5] = [
    "authorization",
    "proxy-authenticate",
    "proxy-authorization",
    "www-authenticate",
    "x-auth-token",
];

impl Served<'_> {
    pub(super) fn headers(&self, account: &str, named: &str) -> Result<Decision, Refusal> {
        let endpoint = self.endpoint(account, named)?;
        let none = Map::new();
        let all = endpoint.own.get("headers").and_then(Value::as_object);
        let (sensitive, shown): (Vec<_>, Vec<_>) = all
            .unwrap_or(&none)
            .iter()
            .partition(|(name, _)| SENSITIVE.contains(&name.to_ascii_lowercase().as_str()));
        let shown: Map<String, Value> = shown
            .into_iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let sensitive: Vec<&String> = sensitive.into_iter().map(|(name, _)| name).collect();
        let body = json!({"headers": shown, "sensitive": sensitive});
        Ok(ok(&body))
    }

    /// Sets them: all of them, or those that are named, where null takes one away.
    pub(super) fn set_headers(
        &self,
        account: &str,
        named: &str,
        body: &[u8],
        whole: bool,
    ) -> Result<Decision, Refusal> {
        let mut endpoint = self.endpoint(account, named)?.clone();
        let body = body::object(body)?;
        let Some(given) = body.get("headers").and_then(Value::as_object) else {
            return Err(Refusal::of_field("headers", "missing field `headers`"));
        };
        let known = endpoint.own.get("headers").and_then(Value::as_object);
        let mut headers = known.filter(|_| !whole).cloned().unwrap_or_default();
        for (name, value) in given {
            match value {
                Value::Null if !whole => {
                    headers.remove(name);
                }
                Value::String(_) => {
                    headers.insert(name.clone(), value.clone());
                }
                _ => {
                    return Err(Refusal::of_field(
                        "headers",
                        "invalid type, expected a string",
                    ));
                }
            }
        }
        endpoint
            .own
            .insert("headers".to_owned(), Value::Object(headers));
        endpoint.updated_at = self.now;
        Ok(Decision::change(
            answer::without_body(StatusCode::NO_CONTENT),
            Mutation::Put(endpoint),
        ))
    }
}
