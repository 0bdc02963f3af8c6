//! Webhooks as one environment should have them.

use super::{
    checks::Together,
    de::Spanned,
    placements::{Named, Placements},
    resolve::Resolver,
    room,
    schema::{Environment, Override, Placement, Webhook},
    values::Variables,
};
use crate::{
    diagnostic::{Code, Diagnostic, Span, quoted},
    model::{
        DesiredState, DesiredWebhook, Destinations, EndpointUrl, EnvType, EventSet, MaskedText,
        Policy, ProviderProfile, WebhookKey, WebhookName, composed,
    },
};

/// What webhooks are resolved in.
pub(super) struct Scope<'d> {
    /// `None` for an environment that is not known: what depends on it is not checked.
    pub(super) name: Option<&'d Spanned<String>>,
    pub(super) environment: Option<&'d Environment>,
    /// `None` where the provider is wrong.
    pub(super) profile: Option<&'static ProviderProfile>,
    pub(super) env_type: Option<EnvType>,
    pub(super) variables: Variables,
    /// Where events may be sent.
    pub(super) destinations: Destinations,
    /// Where that is said of their hosts.
    pub(super) allowed_hosts: Option<Span>,
    /// Whether the provider's API is on this machine.
    pub(super) is_local: bool,
    pub(super) policy: Policy,
    /// What it takes to compare a webhook's name and host with the patterns of the environment, in bytes.
    pub(super) checked: usize,
}

impl Scope<'_> {
    /// The scope of webhooks whose environment is not known.
    pub(super) fn unknown() -> Self {
        Self {
            name: None,
            environment: None,
            profile: None,
            env_type: None,
            variables: Variables::unknown(),
            destinations: Destinations {
                hosts: None,
                allow_http: true,
            },
            allowed_hosts: None,
            is_local: true,
            policy: Policy::default(),
            checked: 0,
        }
    }
}

/// What of a webhook could be resolved, with the places that checks point at.
pub(super) struct Placed {
    pub(super) name: Option<WebhookName>,
    pub(super) url: Option<EndpointUrl>,
    events: Option<EventSet>,
    enabled: bool,
    pub(super) moved_from: Vec<EndpointUrl>,
    pub(super) adopt: bool,
    /// Whether events may be sent to the URL.
    is_allowed: bool,
    pub(super) name_span: Span,
    pub(super) url_span: Span,
    pub(super) moved_from_spans: Vec<Span>,
}

impl Placed {
    /// The webhook, if nothing is wrong with it.
    fn whole(self) -> Option<DesiredWebhook> {
        Some(DesiredWebhook {
            name: self.name?,
            url: self.url.filter(|_| self.is_allowed)?,
            events: self.events?,
            enabled: self.enabled,
            moved_from: self.moved_from,
            adopt: self.adopt,
        })
    }
}

/// A field's value, and what it was taken over.
pub(super) struct Chosen<'v, T> {
    pub(super) value: &'v Spanned<T>,
    /// The value that an override replaces.
    replaced: Option<Span>,
}

impl<'v, T> Chosen<'v, T> {
    fn of(over: Option<&'v Spanned<T>>, base: Option<&'v Spanned<T>>) -> Option<Self> {
        Some(Self {
            value: over.or(base)?,
            replaced: over.and(base).map(|base| base.span),
        })
    }

    /// Says which value an override replaces.
    pub(super) fn explained(&self, diagnostic: Diagnostic) -> Diagnostic {
        diagnostic.maybe_related(self.replaced, "it overrides this value")
    }
}

/// The overrides of a webhook, in the order of the file.
pub(super) fn overrides(webhook: &Webhook) -> impl Iterator<Item = &Override> {
    let entries = match webhook.environments.as_ref().map(|spanned| &spanned.value) {
        Some(Placement::Overridden(entries)) => entries.as_slice(),
        None | Some(Placement::Only(_)) => &[],
    };
    entries.iter().map(|(_, over)| over)
}

impl<'d> Resolver<'d> {
    /// The desired state of each of these environments, as far as it can be resolved.
    ///
    /// Each webhook is looked at once, for all environments: in a large manifest, going through all
    /// webhooks for each environment would read everything from memory again.
    pub(super) fn desired(&mut self, scopes: &[&Scope<'d>]) -> Vec<DesiredState> {
        let document = self.document;
        let gathered = || (Together::of(document), Vec::new());
        let mut all: Vec<_> = scopes.iter().map(|_| gathered()).collect();
        let default = document.defaults.as_ref();
        let default = default.and_then(|all| all.value.environments.as_ref());
        let default = match default {
            Some(all) => Some(Named::new(&all.value)),
            // It is not known which; see `check_misplaced`.
            None if document.left_out.touches(&["defaults", "environments"]) => {
                Some(Named::new(&[]))
            }
            None => None,
        };
        for (key, webhook) in &document.webhooks {
            let placements = Placements::new(webhook, default.as_ref());
            for (scope, (together, kept)) in scopes.iter().zip(&mut all) {
                self.findings
                    .within(scope.name.map(|name| name.value.as_str()));
                if let Some(over) = scope.name.and_then(|name| placements.of(&name.value))
                    && self.takes_room(scope.checked + room::of_webhook(webhook, over), key.span)
                {
                    let placed = self.webhook(scope, key, webhook, over);
                    self.check_name(scope, key, &placed);
                    together.add(key, &placed);
                    if self.keep
                        && let Some(webhook) = placed.whole()
                    {
                        kept.push((WebhookKey::new(key.value.as_str()), webhook));
                    }
                }
            }
            self.check_misplaced(key, webhook);
        }
        let gathered = scopes.iter().zip(all);
        gathered
            .map(|(scope, (together, kept))| {
                self.findings
                    .within(scope.name.map(|name| name.value.as_str()));
                self.check_together(together);
                self.check_variables(&scope.variables);
                self.desired_of(kept)
            })
            .collect()
    }

    fn desired_of(&self, kept: Vec<(WebhookKey, DesiredWebhook)>) -> DesiredState {
        if !self.keep {
            return DesiredState::default();
        }
        let removed = self.document.removed.iter();
        DesiredState {
            webhooks: kept.into_iter().collect(),
            removed: removed
                .map(|name| composed(&name.value).into_owned())
                .collect(),
        }
    }

    /// Whether a field of a webhook, or of its override for an environment, was left out.
    pub(super) fn is_left_out(
        &self,
        key: &Spanned<String>,
        environment: Option<&str>,
        field: &str,
    ) -> bool {
        let left_out = &self.document.left_out;
        match environment {
            None => left_out.touches(&["webhooks", &key.value, field]),
            Some(name) => left_out.touches(&["webhooks", &key.value, "environments", name, field]),
        }
    }

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
