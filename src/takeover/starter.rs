//! A whole manifest as text: what somebody who is new reads first.

use super::{
    declare::{Declaration, Takeover},
    render::{self, Style, scalar},
};
use crate::model::{EnvironmentName, ProviderProfile, SigningSecret};

/// What a new manifest is made of. Texts are as a manifest writes them, with references.
#[derive(Clone, Debug)]
pub struct Starter {
    /// The provider.
    pub provider: &'static ProviderProfile,
    /// Where its API is; `None`: where the provider has it.
    pub base_url: Option<String>,
    /// The environments.
    pub environments: Vec<StarterEnvironment>,
    /// The path or URL of the manifest's JSON Schema.
    pub schema: String,
}

/// An environment of a new manifest.
#[derive(Clone, Debug)]
pub struct StarterEnvironment {
    /// Its name.
    pub name: EnvironmentName,
    /// The provider's environment, where the name does not say it.
    pub env_type: Option<String>,
    /// What its credentials are called, and where they come from; empty where none are needed.
    pub credentials: Vec<(&'static str, String)>,
}

/// What an environment can have beyond what is written, once.
const MORE: &str =
    "    # allowed_hosts: [\"*.example.com\"] # where events may be sent; default: anywhere
    # owns: [\"acme-*\"] # which live names are ours; default: all
    # prune: true # what is ours and not declared here is deleted
    # protect: [\"acme-loan-*\"] # never deleted, even when gone from here
    # require: { EVENT: 1 } # at least so many receivers, before, during and after
";

const EXAMPLE: &str = "# The webhooks by their key. A first one, in place of the line at the end:
#
# webhooks:
#   loan-decisions:
#     url: https://hooks.example.com/orders
#     events: EVENTS
SINK#     environments: # absent: all; a list: only those; a mapping: with overrides
#       ENVIRONMENT: { url: https://hooks.test.example.com/orders }
webhooks: {}
";

/// Writes a manifest, with what is taken over, or with an example in a comment.
pub fn starter(starter: &Starter, takeover: Option<&Takeover>) -> String {
    let mut text = format!(
        "# yaml-language-server: $schema={}
#
# Which webhooks each environment should have. `hookwright plan` shows what would change, and
# `hookwright apply` changes it. Completion in an editor shows every key there is.
version: 1

environments:
",
        starter.schema
    );
    for (index, environment) in starter.environments.iter().enumerate() {
        text.push_str(&one_environment(starter, environment, takeover));
        if index == 0 {
            if takeover.is_none() {
                let host = "    # vars: { host: hooks.example.com } # for names and URLs, as ${var:host}\n";
                text.push_str(host);
            }
            let event = example_events(starter.provider).next().unwrap_or("'*'");
            text.push_str(&MORE.replace("EVENT", event));
        }
    }
    text.push('\n');
    match takeover {
        Some(takeover) => text.push_str(&section(&takeover.webhooks)),
        None => {
            let first = starter.environments.first();
            let first = first.map_or("sandbox", |one| one.name.as_str());
            text.push_str(&example(starter.provider).replace("ENVIRONMENT", &scalar(first, false)));
        }
    }
    text
}

/// Event types that an example shows: changes of a status, which decisions hang on, or the first that are documented.
fn example_events(provider: &ProviderProfile) -> impl Iterator<Item = &'static str> {
    let known = provider.event_types.iter().copied();
    let is_status = |event: &&str| event.contains("status");
    let has_some = known.clone().any(|event| is_status(&event));
    known
        .filter(move |event| !has_some || is_status(event))
        .take(2)
}

/// A webhook of this provider, in comments.
fn example(provider: &ProviderProfile) -> String {
    let events: Vec<&str> = example_events(provider).collect();
    let events = match events.is_empty() {
        true => "[\"*\"]".to_owned(),
        false => format!("[{}]", events.join(", ")),
    };
    let sink = match provider.signing_secret {
        SigningSecret::Credentials => "",
        SigningSecret::ShownOnce { .. } | SigningSecret::Readable { .. } => {
            "#     secret_to: { file: loan-decisions.key } # where the key goes that signs its deliveries\n"
        }
    };
    EXAMPLE.replace("EVENTS", &events).replace("SINK", sink)
}

fn one_environment(
    starter: &Starter,
    environment: &StarterEnvironment,
    takeover: Option<&Takeover>,
) -> String {
    let style = Style::default();
    let mut text = format!("  {}:\n", scalar(environment.name.as_str(), false));
    text.push_str(&format!("    provider: {}\n", starter.provider.id));
    if let Some(env_type) = &environment.env_type {
        text.push_str(&format!("    env_type: {env_type}\n"));
    }
    if let Some(base_url) = &starter.base_url {
        text.push_str(&format!("    base_url: {}\n", scalar(base_url, false)));
    }
    for (index, (key, place)) in environment.credentials.iter().enumerate() {
        if index == 0 {
            text.push_str("    credentials: # where they come from, never what they are\n");
        }
        text.push_str(&format!("      {key}: {}\n", scalar(place, false)));
    }
    if takeover.is_some_and(|all| all.allow_http.contains(&environment.name)) {
        text.push_str("    allow_http: true # some of its webhooks are plain http: events travel unencrypted\n");
    }
    if let Some(variables) = takeover.and_then(|all| all.variables.get(&environment.name)) {
        text.push_str(&render::mapping("vars", variables, 4, style));
    }
    text
}

/// Writes the part of a manifest that declares webhooks.
pub fn section(webhooks: &[Declaration]) -> String {
    if webhooks.is_empty() {
        return "webhooks: {}\n".to_owned();
    }
    format!("webhooks:\n{}", render::webhooks(webhooks, 2))
}
