//! Webhooks as one environment should have them.

use super::{
    de::Spanned,
    schema::{Override, Webhook},
    scope::{Chosen, Placed, Scope},
    state::Resolver,
};
use crate::{
    diagnostic::{Code, Diagnostic, Span, quoted},
    model::{EndpointUrl, EventSet, MaskedText, WebhookName},
};

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
            return Some(set);
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

    fn check_enabled(&mut self, scope: &Scope<'_>, enabled: Option<&Chosen<'_, bool>>) {
        let Some(enabled) = enabled.filter(|enabled| !enabled.value.value) else {
            return;
        };
        let Some(profile) = scope.profile.filter(|profile| !profile.has_enabled) else {
            return;
        };
        let environment = scope.environment;
        let provider = environment.and_then(|environment| environment.provider.as_ref());
        let diagnostic = Diagnostic::new(
            Code::NotSupportedByProvider,
            enabled.value.span,
            format!("{} cannot disable a webhook", profile.title),
        )
        .maybe_related(
            provider.map(|provider| provider.span),
            "the provider is chosen here",
        )
        .help("leave the webhook out of this environment instead");
        self.report(enabled.explained(diagnostic));
    }

    fn required<T>(&mut self, scope: &Scope<'_>, key: &Spanned<String>, field: &str) -> Option<T> {
        // Where the overrides are wrong, it may stand in one.
        if scope.name.is_none() && self.is_left_out(key, None, "environments") {
            return None;
        }
        self.report(
            Diagnostic::new(
                Code::MissingKey,
                key.span,
                format!("the webhook {} has no `{field}`", quoted(&key.value)),
            )
            .help(format!(
                "give it at the webhook, or in its override: `environments: {{ NAME: {{ {field}: … }} }}`"
            )),
        );
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
