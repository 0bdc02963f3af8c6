//! What the documentation says of each provider is what its profile says.

use std::fmt::Write as _;

use hookwright::model::{
    Catalogue, KeyScope, PlanningFacts, ProviderProfile, Rotation, SignatureScheme, SigningSecret,
    UrlRule, Wildcard,
};

use crate::reference::{cell, is_fresh};

/// A fact, and what it is at a provider.
type Row = (&'static str, fn(&ProviderProfile) -> String);

/// A table with a column for each provider.
fn table(rows: &[Row]) -> String {
    let mut table = "|".to_owned();
    for profile in ProviderProfile::all() {
        write!(table, " | {}", profile.title).unwrap();
    }
    table += " |\n|---";
    table += &"|---".repeat(ProviderProfile::all().len());
    table += "|\n";
    for (name, value) in rows {
        write!(table, "| {name}").unwrap();
        for profile in ProviderProfile::all() {
            write!(table, " | {}", cell(&value(profile))).unwrap();
        }
        table += " |\n";
    }
    table
}

fn listed<'l>(names: impl IntoIterator<Item = &'l str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.is_empty() {
        true => "–".to_owned(),
        false => names.join(", "),
    }
}

fn yes_or_no(has: bool) -> String {
    if has { "yes" } else { "no" }.to_owned()
}

fn credentials(profile: &ProviderProfile) -> String {
    let keys = profile.credentials.iter().map(|fact| match fact.secret {
        true => format!("`{}` (the secret)", fact.key),
        false => format!("`{}`", fact.key),
    });
    keys.collect::<Vec<_>>().join(", ")
}

/// Where the API is: by the secret, where there are several places.
fn base_url(profile: &ProviderProfile) -> String {
    let mut text = format!("`{}`", profile.base_url);
    if !profile.regions.is_empty() {
        let regions = listed(profile.regions.iter().map(|(region, _)| *region));
        write!(text, "; of a region ({regions}) by the secret's end").unwrap();
    }
    text
}

fn event_types(profile: &ProviderProfile) -> String {
    match profile.catalogue {
        Catalogue::Provider => format!("{} are known", profile.event_types.len()),
        Catalogue::Account => "the account's own".to_owned(),
    }
}

fn all_events(profile: &ProviderProfile) -> String {
    match profile.planning.wildcard {
        Wildcard::None => "no: `*` is a glob".to_owned(),
        Wildcard::All { except: [] } => "yes".to_owned(),
        Wildcard::All { except } => format!("yes, but for {}", listed(except.iter().copied())),
    }
}

fn signing_secret(profile: &ProviderProfile) -> String {
    match profile.signing_secret {
        SigningSecret::Credentials => format!("the environment's {}", profile.secret().title),
        SigningSecret::ShownOnce { .. } => "each webhook's own, shown once".to_owned(),
        SigningSecret::Readable { .. } => "each webhook's own, readable".to_owned(),
    }
}

/// What of a webhook's own key its user decides.
fn chosen_secret(profile: &ProviderProfile) -> String {
    let chosen = profile.chosen_secret;
    chosen.map_or_else(|| "–".to_owned(), |shape| format!("yes: {}", shape.words()))
}

/// How that key is replaced.
fn rotation(profile: &ProviderProfile) -> String {
    match profile.rotation {
        Rotation::Api { overlap } => format!(
            "yes; the old one stays valid for {} h",
            overlap.as_secs() / 3600
        ),
        Rotation::ByHand { how } => format!("no: {how}"),
    }
}

fn signature(profile: &ProviderProfile) -> String {
    match profile.signature {
        SignatureScheme::HexDigest { header, prefix } => {
            format!("`{header}: {prefix}HEX` of the body")
        }
        SignatureScheme::TimedHex { header, tolerance } => {
            format!("`{header}: t=TIME,v1=HEX` of `TIME.BODY`, for {tolerance} s")
        }
        SignatureScheme::StandardWebhooks { headers, tolerance } => format!(
            "Standard Webhooks: `{}`, `{}`, `{}`, for {tolerance} s",
            headers.id, headers.timestamp, headers.signature
        ),
    }
}

/// The notes that operations can have there.
fn notes(profile: &ProviderProfile) -> String {
    let PlanningFacts {
        url,
        key,
        most,
        created_disabled: _, // A create that cannot be is refused, and has no note.
        wildcard: _,         // Whatever asks for all is compared type by type.
        create_only,
        disables: _, // It moves what is live, and no promise.
    } = profile.planning;
    let mut notes = Vec::new();
    if url == UrlRule::Shared {
        notes.push("twice");
    }
    if !create_only.is_empty() && (most.is_some() || url == UrlRule::Unique) {
        notes.push("gap");
    }
    if key == KeyScope::Endpoint {
        notes.push("new-secret");
        notes.extend(profile.chosen_secret.map(|_| "chosen-secret"));
        notes.push("keeps-secret");
    }
    if key == KeyScope::Endpoint && url == UrlRule::Shared {
        notes.push("other-secret");
    }
    listed(notes)
}

#[test]
fn what_the_page_of_providers_says_is_what_profiles_say() {
    let access: &[Row] = &[
        ("`provider`", |profile| format!("`{}`", profile.id)),
        ("credentials", credentials),
        ("`env_type`", |profile| {
            listed(profile.env_types.iter().map(|(_, spelling)| *spelling))
        }),
        ("a secret names its environment by", |profile| {
            listed(profile.secret_prefixes.iter().map(|(prefix, _)| *prefix))
        }),
        ("API", base_url),
        ("requests a minute", |profile| {
            profile.requests_per_minute.to_string()
        }),
    ];
    is_fresh("providers.md", "access", &table(access));
    let webhooks: &[Row] = &[
        ("event types", event_types),
        ("all at once, `events: [\"*\"]`", all_events),
        ("several webhooks at one URL", |profile| {
            yes_or_no(profile.planning.url == UrlRule::Shared)
        }),
        ("most webhooks of an account", |profile| {
            let most = profile.planning.most;
            most.map_or("no number is known".to_owned(), |most| most.to_string())
        }),
        ("`enabled: false`", |profile| {
            match (profile.has_enabled, profile.planning.created_disabled) {
                (false, _) => "no".to_owned(),
                (true, true) => "yes".to_owned(),
                (true, false) => "yes, but not when it is created".to_owned(),
            }
        }),
        ("disables webhooks that keep failing", |profile| {
            yes_or_no(profile.planning.disables)
        }),
        ("set once, when created", |profile| {
            listed(profile.planning.create_only.iter().copied())
        }),
        ("request history", |profile| yes_or_no(profile.has_history)),
        ("sends events again itself", |profile| {
            match profile.replays {
                None => "no".to_owned(),
                Some(own) if own.api.is_some() => "yes: `history replay` asks it to".to_owned(),
                Some(own) => format!("by hand: {}", own.by_hand),
            }
        }),
    ];
    is_fresh("providers.md", "webhooks", &table(webhooks));
    let deliveries: &[Row] = &[
        ("signed with", signing_secret),
        ("`secret_from`: a secret that you chose", chosen_secret),
        ("`rotate`: another secret", rotation),
        ("HMAC-SHA256 in", signature),
        ("notes that operations can have", notes),
    ];
    is_fresh("providers.md", "deliveries", &table(deliveries));
}
