//! What a create or an update says, checked field by field.

use std::collections::BTreeMap;

use super::{
    form::{Field, Form},
    refusal::Refusal,
};
use crate::{
    model::{EnvType, EventType, ExactUrl},
    simulator::{
        quirks::{Loopback, Verdict},
        state::Simulator,
    },
};

/// The most entries that metadata may have, and the longest key and value.
const METADATA: (usize, usize, usize) = (50, 40, 500);

/// What becomes of metadata.
#[derive(Debug)]
pub(super) enum Metadata {
    Cleared,
    /// By key; an empty value takes the key away.
    Set(BTreeMap<String, String>),
}

/// The fields of a create or an update.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) url: Option<String>,
    pub(super) events: Option<Vec<String>>,
    pub(super) description: Option<String>,
    pub(super) metadata: Option<Metadata>,
    pub(super) disabled: Option<bool>,
    pub(super) api_version: Option<String>,
    pub(super) connect: Option<bool>,
}

/// What a form is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Create,
    Update,
}

/// Reads the fields of a form.
///
/// # Errors
///
/// The first thing that is wrong with it.
pub(super) fn read(
    form: &Form,
    purpose: Purpose,
    simulator: &Simulator,
    env_type: EnvType,
) -> Result<Fields, Refusal> {
    let mut fields = Fields::default();
    for (name, value) in form {
        let is_new = purpose == Purpose::Create;
        match (name.as_str(), value) {
            ("url", Field::Text(text)) => fields.url = Some(url(text, simulator, env_type)?),
            ("enabled_events", Field::List(list)) => fields.events = Some(events(list, simulator)?),
            ("enabled_events", _) => return Err(Refusal::invalid(name, "Invalid array")),
            ("description", Field::Text(text)) => fields.description = Some(text.clone()),
            ("metadata", Field::Text(text)) if text.is_empty() => {
                fields.metadata = Some(Metadata::Cleared);
            }
            ("metadata", Field::Map(map)) => fields.metadata = Some(metadata(map)?),
            ("metadata", _) => return Err(Refusal::invalid(name, "Invalid object")),
            ("expand", Field::List(_)) => {}
            ("disabled", Field::Text(text)) if !is_new => {
                fields.disabled = Some(boolean(name, text)?);
            }
            ("connect", Field::Text(text)) if is_new => {
                fields.connect = Some(boolean(name, text)?);
            }
            ("api_version", Field::Text(text)) if is_new => {
                fields.api_version = Some(version(text)?);
            }
            ("url" | "description", _) => return Err(Refusal::invalid(name, "Invalid string")),
            _ => return Err(Refusal::unknown(name)),
        }
    }
    if purpose == Purpose::Create {
        let given = [
            ("url", fields.url.is_some()),
            ("enabled_events", fields.events.is_some()),
        ];
        if let Some((name, _)) = given.into_iter().find(|(_, given)| !given) {
            return Err(Refusal::missing(name));
        }
    }
    Ok(fields)
}

fn url(text: &str, simulator: &Simulator, env_type: EnvType) -> Result<String, Refusal> {
    let refused = |message: &str| {
        Err(Refusal::Invalid {
            code: Some("url_invalid"),
            message: message.to_owned(),
            param: Some("url".to_owned()),
        })
    };
    if !text.contains("://") {
        return refused("Invalid URL: An explicit scheme (such as https) must be provided");
    }
    let Ok(exact) = ExactUrl::new(text) else {
        return refused("Not a valid URL");
    };
    match exact.url().scheme() {
        "https" => {}
        "http" if env_type == EnvType::Production => {
            return refused("Invalid URL: The URL must be HTTPS in live mode");
        }
        "http" if simulator.quirks.plain_http == Verdict::Accepted => {}
        _ => return refused("Not a valid URL"),
    }
    if exact.is_loopback() && simulator.quirks.loopback_urls != Loopback::Accepted {
        return refused(
            "Invalid URL: URL must be publicly accessible. Consider using a tool like ngrok to expose a local server.",
        );
    }
    Ok(text.to_owned())
}

fn events(list: &[String], simulator: &Simulator) -> Result<Vec<String>, Refusal> {
    let all = EventType::all();
    let mut events: Vec<String> = Vec::with_capacity(list.len());
    for (index, event) in list.iter().enumerate() {
        if event != all.as_str() && !simulator.knows_event(event) {
            let name = format!("enabled_events[{index}]");
            let message = format!("Invalid {name}: must be one of the known event types");
            return Err(Refusal::invalid(&name, message));
        }
        if !events.contains(event) {
            events.push(event.clone());
        }
    }
    let has_all = events.iter().any(|event| event == all.as_str());
    if has_all && events.len() > 1 && simulator.quirks.mixed_wildcard == Verdict::Refused {
        let message = "When `*` is used, it must be the only event type";
        return Err(Refusal::invalid("enabled_events", message));
    }
    match events.is_empty() {
        true => Err(Refusal::invalid("enabled_events", "Invalid array")),
        false => Ok(events),
    }
}

fn metadata(map: &BTreeMap<String, String>) -> Result<Metadata, Refusal> {
    let (most, longest_key, longest_value) = METADATA;
    if map.len() > most {
        let message = format!("Metadata can have up to {most} keys");
        return Err(Refusal::invalid("metadata", message));
    }
    for (key, value) in map {
        if key.chars().count() > longest_key || value.chars().count() > longest_value {
            let name = format!("metadata[{key}]");
            let message = format!(
                "Metadata keys can have up to {longest_key} characters, and values up to {longest_value}"
            );
            return Err(Refusal::invalid(&name, message));
        }
    }
    Ok(Metadata::Set(map.clone()))
}

fn boolean(name: &str, text: &str) -> Result<bool, Refusal> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Refusal::invalid(name, format!("Invalid boolean: {text}"))),
    }
}

/// A date, and since 2024 a name after it.
fn version(text: &str) -> Result<String, Refusal> {
    let (date, name) = text.split_once('.').unwrap_or((text, "a"));
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase());
    match date.parse::<jiff::civil::Date>() {
        Ok(_) if date.len() == 10 && is_name => Ok(text.to_owned()),
        _ => {
            let message = format!("Invalid Stripe API version: {text}");
            Err(Refusal::invalid("api_version", message))
        }
    }
}
