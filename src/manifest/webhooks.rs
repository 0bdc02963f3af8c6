//! Webhooks as one environment should have them.

use super::{
    de::Spanned,
    schema::{Override, Webhook},
    scope::{Chosen, Scope},
    state::Resolver,
};
use crate::{
    diagnostic::{Code, Diagnostic, Span, listed, quoted},
    model::{
        CreateOnly, CredentialSource, DesiredWebhook, EndpointUrl, EventSet, EventType, MaskedText,
        RotationWord, SecretSink, WebhookName, Wildcard,
    },
};

/// The field of that name, which only a create can set.
const API_VERSION: &str = "api_version";

/// What of a webhook could be resolved, with the places that checks point at.
pub(super) struct Placed {
    pub(super) name: Option<WebhookName>,
    pub(super) url: Option<EndpointUrl>,
    pub(super) events: Option<EventSet>,
    pub(super) enabled: bool,
    pub(super) moved_from: Vec<EndpointUrl>,
    pub(super) adopt: bool,
    pub(super) create_only: CreateOnly,
    pub(super) secret_to: Option<SecretSink>,
    pub(super) secret_from: Option<CredentialSource>,
    pub(super) rotate: Option<RotationWord>,
    pub(super) replace: bool,
    /// Whether events may be sent to the URL.
    pub(super) is_allowed: bool,
    pub(super) name_span: Span,
    pub(super) url_span: Span,
    pub(super) moved_from_spans: Vec<Span>,
}

impl Placed {
    /// The webhook, if nothing is wrong with it.
    pub(super) fn whole(self) -> Option<DesiredWebhook> {
        Some(DesiredWebhook {
            name: self.name?,
            url: self.url.filter(|_| self.is_allowed)?,
            events: self.events?,
            enabled: self.enabled,
            moved_from: self.moved_from,
            adopt: self.adopt,
            create_only: self.create_only,
            secret_to: self.secret_to,
            secret_from: self.secret_from,
            rotate: self.rotate,
            replace: self.replace,
        })
    }
}

impl<'d> Resolver<'d> {
    pub(super) fn webhook(
        &mut self,
        scope: &Scope<'_>,
        key: &'d Spanned<String>,
        webhook: &'d Webhook,
        over: &'d Override,
    ) -> Placed {
        let Webhook {
            name,
            url,
            events,
            enabled,
            moved_from,
            adopt,
            api_version,
            secret_to: _,   // Taken by `signing`.
            secret_from: _, // Taken by `signing`.
            rotate,
            replace,
            environments: _, // Taken by `placement`.
        } = webhook;
        let defaults = self.document.defaults.as_ref().map(|all| &all.value);
        let environment = scope.name.map(|name| name.value.as_str());
        // A field that is there and wrong was reported: it is neither absent nor the default.
        let wrong = |this: &Self, field: &str, over_has: bool, has: bool| {
            !over_has
                && (environment.is_some_and(|name| this.is_left_out(key, Some(name), field))
                    || !has && this.is_left_out(key, None, field))
        };
        let wrong_name = wrong(self, "name", over.name.is_some(), name.is_some());
        let wrong_url = wrong(self, "url", over.url.is_some(), url.is_some());
        let wrong_events = wrong(self, "events", over.events.is_some(), events.is_some())
            || over.events.is_none()
                && events.is_none()
                && self.document.left_out.touches(&["defaults", "events"]);
        let wrong_adopt = wrong(self, "adopt", over.adopt.is_some(), adopt.is_some());
        let name = Chosen::of(over.name.as_ref(), name.as_ref()).filter(|_| !wrong_name);
        let url = Chosen::of(over.url.as_ref(), url.as_ref()).filter(|_| !wrong_url);
        let own_events = events.as_ref();
        let events = own_events.or_else(|| defaults?.events.as_ref());
        let events = Chosen::of(over.events.as_ref(), events).filter(|_| !wrong_events);
        let enabled = enabled.as_ref().or_else(|| defaults?.enabled.as_ref());
        let enabled = Chosen::of(over.enabled.as_ref(), enabled);
        let moved_from = over.moved_from.as_ref().or(moved_from.as_ref());

        let resolved_name = if wrong_name {
            None
        } else {
            self.name(scope, name.as_ref(), key)
        };
        let resolved_url = match &url {
            Some(url) => self.url(scope, url),
            None if wrong_url => None,
            None => self.required(scope, key, "url"),
        };
        let resolved_events = match &events {
            Some(events) => self.some_events(scope, key, events),
            None if wrong_events => None,
            None => self.required(scope, key, "events"),
        };
        self.check_enabled(scope, enabled.as_ref());
        let api_version = Chosen::of(over.api_version.as_ref(), api_version.as_ref());
        let api_version =
            api_version.and_then(|api_version| self.create_only(scope, API_VERSION, &api_version));
        let (secret_to, secret_from) = self.signing(scope, &key.value, webhook, over);
        let rotate = Chosen::of(over.rotate.as_ref(), rotate.as_ref());
        let is_kept = over.has_key() || webhook.has_key() || {
            // One that is there and wrong was reported.
            let wrong = |field: &str| wrong(self, field, false, false);
            wrong("secret_to") || wrong("secret_from")
        };
        let rotate = rotate.and_then(|rotate| self.rotate(scope, &rotate, is_kept));
        let moved_from = moved_from.map_or(&[][..], Vec::as_slice);
        // Both in one order: a wrong one is left out of both.
        let former: Vec<(EndpointUrl, Span)> = moved_from
            .iter()
            .filter_map(|url| Some((self.former_url(scope, url)?, url.span)))
            .collect();
        let (moved_from, moved_from_spans) = former.into_iter().unzip();
        Placed {
            name: resolved_name,
            is_allowed: resolved_url.as_ref().is_some_and(|(_, allowed)| *allowed),
            url: resolved_url.map(|(url, _)| url),
            events: resolved_events,
            enabled: enabled.is_none_or(|enabled| enabled.value.value),
            moved_from,
            adopt: over.adopt.or(*adopt).unwrap_or(wrong_adopt),
            create_only: api_version.into_iter().collect(),
            secret_to,
            secret_from,
            rotate,
            replace: over.replace.or(*replace).unwrap_or(false),
            name_span: name.map_or(key.span, |name| name.value.span),
            url_span: url.map_or(key.span, |url| url.value.span),
            moved_from_spans,
        }
    }

    fn some_events(
        &mut self,
        scope: &Scope<'_>,
        key: &Spanned<String>,
        events: &Chosen<'d, Vec<Spanned<String>>>,
    ) -> Option<EventSet> {
        // What a provider that is not known has is not known.
        let profile = scope.profile?;
        let set = self.events(events.value, profile);
        if !set.is_empty() {
            return self.check_all(scope, events, &set).then_some(set);
        }
        // A group that could not be read, or does not exist, was reported by itself.
        let document = self.document;
        let unknown = events.value.value.iter().any(|pattern| {
            super::events::group(&pattern.value).is_some_and(|name| {
                !document.event_groups.contains_key(name)
                    || document.left_out.touches(&["event_groups", name])
            }) || pattern.value.is_empty()
                || pattern.value.contains("${")
        });
        let environment = scope.name.map(|name| name.value.as_str());
        let incomplete = self.is_left_out(key, None, "events")
            || environment.is_some_and(|name| self.is_left_out(key, Some(name), "events"))
            || document.left_out.touches(&["defaults", "events"]);
        if !unknown && !incomplete && self.has_room() {
            let message = format!(
                "{} subscribes to no event of {}",
                quoted(&key.value),
                profile.title
            );
            let diagnostic = Diagnostic::new(Code::NoEvents, events.value.span, message)
                .related(key.span, "this webhook")
                .help(
                    "name at least one; to stop events, remove the webhook or set `enabled: false`",
                );
            self.report(events.explained(diagnostic));
        }
        None
    }

    /// The value of a field that only a create can set; a provider that has no such field is said to have none.
    fn create_only(
        &mut self,
        scope: &Scope<'_>,
        field: &'static str,
        chosen: &Chosen<'_, String>,
    ) -> Option<(&'static str, MaskedText)> {
        let value = self.text(chosen.value, Some(&scope.variables)).known()?;
        let profile = scope.profile?;
        let span = chosen.value.span;
        if !profile.planning.create_only.contains(&field) {
            let message = format!("a webhook of {} has no `{field}`", profile.title);
            let help = format!(
                "give `{field}` only in the overrides of the environments whose provider has it"
            );
            self.not_supported(scope, chosen, message, help);
            return None;
        }
        if value.expose().trim().is_empty() {
            let message = format!("`{field}` cannot be empty");
            let diagnostic = Diagnostic::new(Code::InvalidValue, span, message).help(
                "leave it out where it does not matter: then whatever a webhook has is right",
            );
            self.report(chosen.explained(diagnostic));
            return None;
        }
        Some((field, value))
    }

    /// All event types at once stand alone: nobody says that a provider takes names beside them.
    fn check_all(
        &mut self,
        scope: &Scope<'_>,
        events: &Chosen<'_, Vec<Spanned<String>>>,
        set: &EventSet,
    ) -> bool {
        let wildcard = scope.profile.map(|profile| profile.planning.wildcard);
        let is_all = |wildcard: Wildcard| wildcard.is_all(set);
        let Some(wildcard) = wildcard.filter(|wildcard| is_all(*wildcard) && set.len() > 1) else {
            return true;
        };
        let named = || set.iter().filter(|event| **event != EventType::all());
        let others = named().filter(|event| !wildcard.is_in_all(event));
        let others: Vec<&str> = others.map(EventType::as_str).collect();
        let help = match others.as_slice() {
            [] => "leave only `*`: it stands for the others too".to_owned(),
            others => format!(
                "`*` does not stand for {}: give that a webhook of its own, or name all that you want",
                listed(others.iter().copied(), "and")
            ),
        };
        let message = "`*` stands for all event types, and others are named beside it";
        let diagnostic = Diagnostic::new(Code::InvalidValue, events.value.span, message).help(help);
        self.report(events.explained(diagnostic));
        false
    }

    fn check_enabled(&mut self, scope: &Scope<'_>, enabled: Option<&Chosen<'_, bool>>) {
        let Some(enabled) = enabled.filter(|enabled| !enabled.value.value) else {
            return;
        };
        let Some(profile) = scope.profile.filter(|profile| !profile.has_enabled) else {
            return;
        };
        let message = format!("{} cannot disable a webhook", profile.title);
        let help = "leave the webhook out of this environment instead";
        self.not_supported(scope, enabled, message, help);
    }

    fn required<T>(&mut self, scope: &Scope<'_>, key: &Spanned<String>, field: &str) -> Option<T> {
        // Where the overrides are wrong, it may stand in one.
        if scope.name.is_none() && self.is_left_out(key, None, "environments") {
            return None;
        }
        let message = format!("the webhook {} has no `{field}`", quoted(&key.value));
        let help = format!(
            "give it at the webhook, or in its override: `environments: {{ NAME: {{ {field}: … }} }}`"
        );
        self.wrong(Code::MissingKey, key.span, message, help);
        None
    }

    fn name(
        &mut self,
        scope: &Scope<'_>,
        name: Option<&Chosen<'_, String>>,
        key: &Spanned<String>,
    ) -> Option<WebhookName> {
        // The key itself is never interpolated: it names the webhook on the command line.
        let text = match name {
            Some(name) => self.text(name.value, Some(&scope.variables)).known(),
            None => self.literal(key).map(MaskedText::plain),
        }?;
        match WebhookName::new(text) {
            Ok(taken) => Some(taken),
            Err(fault) => {
                let span = name.map_or(key.span, |name| name.value.span);
                let diagnostic = Diagnostic::new(Code::InvalidName, span, fault.to_string())
                    .help("give it a `name` that the provider takes as it is: 1 to 128 characters that can be seen");
                self.report(match name {
                    Some(name) => name.explained(diagnostic),
                    None => diagnostic.label("the key is its name, as it has no `name`"),
                });
                None
            }
        }
    }
}
