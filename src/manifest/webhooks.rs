//! Webhooks as one environment should have them.

use super::{
    checks::Together,
    de::Spanned,
    resolve::Resolver,
    schema::{Environment, Override, Placement, Webhook},
    values::Variables,
};
use crate::{
    diagnostic::{Code, Diagnostic, Span, listed, quoted},
    model::{
        DesiredState, DesiredWebhook, Destinations, EnvType, MaskedText, Policy, ProviderProfile,
        WebhookKey, WebhookName, composed,
    },
};

/// What webhooks are resolved in.
pub(super) struct Scope<'d> {
    pub(super) name: &'d Spanned<String>,
    pub(super) environment: &'d Environment,
    pub(super) profile: &'static ProviderProfile,
    pub(super) env_type: EnvType,
    pub(super) variables: Variables,
    /// Where events may be sent.
    pub(super) destinations: Destinations,
    /// Where that is said of their hosts.
    pub(super) allowed_hosts: Option<Span>,
    /// Whether the provider's API is on this machine.
    pub(super) is_local: bool,
    pub(super) policy: Policy,
}

/// A resolved webhook with the places that checks point at.
pub(super) struct Placed {
    pub(super) webhook: DesiredWebhook,
    pub(super) name_span: Span,
    pub(super) url_span: Span,
    pub(super) moved_from_spans: Vec<Span>,
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

static NOTHING: Override = Override {
    name: None,
    url: None,
    events: None,
    enabled: None,
    moved_from: None,
    adopt: None,
};

impl<'d> Resolver<'d> {
    /// The desired state of each of these environments, as far as it can be resolved.
    ///
    /// Each webhook is looked at once, for all environments: in a large manifest, going through all
    /// webhooks for each environment would read everything from memory again.
    pub(super) fn desired(&mut self, scopes: &[&Scope<'d>]) -> Vec<DesiredState> {
        let document = self.document;
        let gathered = || (Together::of(document), Vec::new());
        let mut all: Vec<_> = scopes.iter().map(|_| gathered()).collect();
        for (key, webhook) in &document.webhooks {
            for (scope, (together, kept)) in scopes.iter().zip(&mut all) {
                self.findings.within(Some(&scope.name.value));
                if let Some(over) = self.placement(scope, webhook)
                    && let Some(placed) = self.webhook(scope, key, webhook, over)
                {
                    self.check_name(scope, key, &placed);
                    together.add(key, &placed);
                    if self.keep {
                        kept.push((WebhookKey::new(key.value.as_str()), placed.webhook));
                    }
                }
            }
        }
        let gathered = scopes.iter().zip(all);
        gathered
            .map(|(scope, (together, kept))| {
                self.findings.within(Some(&scope.name.value));
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

    /// What the environment has otherwise; `None` where it does not have the webhook.
    fn placement(&self, scope: &Scope<'_>, webhook: &'d Webhook) -> Option<&'d Override> {
        let defaults = self.document.defaults.as_ref();
        let default = defaults.and_then(|defaults| defaults.value.environments.as_ref());
        match (webhook.environments.as_ref().map(|all| &all.value), default) {
            (Some(Placement::Overridden(entries)), _) => entries
                .iter()
                .find(|(name, _)| name == scope.name)
                .map(|(_, over)| over),
            (Some(Placement::Only(only)), _) => only.contains(scope.name).then_some(&NOTHING),
            (None, Some(only)) => only.value.contains(scope.name).then_some(&NOTHING),
            (None, None) => Some(&NOTHING),
        }
    }

    fn webhook(
        &mut self,
        scope: &Scope<'_>,
        key: &'d Spanned<String>,
        webhook: &'d Webhook,
        over: &'d Override,
    ) -> Option<Placed> {
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
        let name = Chosen::of(over.name.as_ref(), name.as_ref());
        let url = Chosen::of(over.url.as_ref(), url.as_ref());
        let own_events = events.as_ref();
        let events = own_events.or_else(|| defaults?.events.as_ref());
        let events = Chosen::of(over.events.as_ref(), events);
        let enabled = enabled.as_ref().or_else(|| defaults?.enabled.as_ref());
        let enabled = Chosen::of(over.enabled.as_ref(), enabled);
        let moved_from = over.moved_from.as_ref().or(moved_from.as_ref());

        let resolved_name = self.name(scope, name.as_ref(), key);
        let resolved_url = match &url {
            Some(url) => self.url(scope, url),
            None => self.required(scope, key, "url"),
        };
        let resolved_events = match &events {
            Some(events) => self.some_events(scope, key, events),
            None => self.required(scope, key, "events"),
        };
        self.check_enabled(scope, enabled.as_ref());
        let moved_from = moved_from.map_or(&[][..], Vec::as_slice);
        let former = moved_from
            .iter()
            .filter_map(|url| self.former_url(scope, url))
            .collect();
        Some(Placed {
            webhook: DesiredWebhook {
                name: resolved_name?,
                url: resolved_url?,
                events: resolved_events?,
                enabled: enabled.is_none_or(|enabled| enabled.value.value),
                moved_from: former,
                adopt: over.adopt.or(*adopt).unwrap_or(false),
            },
            name_span: name.map_or(key.span, |name| name.value.span),
            url_span: url.map_or(key.span, |url| url.value.span),
            moved_from_spans: moved_from.iter().map(|url| url.span).collect(),
        })
    }

    fn some_events(
        &mut self,
        scope: &Scope<'_>,
        key: &Spanned<String>,
        events: &Chosen<'d, Vec<Spanned<String>>>,
    ) -> Option<crate::model::EventSet> {
        let set = self.events(&events.value.value, scope.profile);
        if !set.is_empty() {
            return Some(set);
        }
        // A group that could not be read, or does not exist, was reported by itself.
        let document = self.document;
        let unknown = events.value.value.iter().any(|pattern| {
            super::events::group(&pattern.value)
                .is_some_and(|name| !document.event_groups.contains_key(name))
                || pattern.value.is_empty()
                || pattern.value.contains("${")
        });
        if !unknown {
            let message = format!(
                "{} subscribes to no event of {}",
                quoted(&key.value),
                scope.profile.title
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
        if scope.profile.has_enabled {
            return;
        }
        let diagnostic = Diagnostic::new(
            Code::NotSupportedByProvider,
            enabled.value.span,
            format!("{} cannot disable a webhook", scope.profile.title),
        )
        .related(
            scope.environment.provider.span,
            "the provider is chosen here",
        )
        .help("leave the webhook out of this environment instead");
        self.report(enabled.explained(diagnostic));
    }

    fn required<T>(&mut self, scope: &Scope<'_>, key: &Spanned<String>, field: &str) -> Option<T> {
        self.report(
            Diagnostic::new(
                Code::MissingKey,
                key.span,
                format!("the webhook {} has no `{field}`", quoted(&key.value)),
            )
            .help(format!(
                "give it at the webhook, or in its override: `environments: {{ {}: {{ {field}: … }} }}`",
                scope.name.value
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

    /// Checks the environments that a webhook names.
    pub(super) fn check_placement(&mut self, webhook: &'d Webhook) {
        match webhook.environments.as_ref().map(|all| &all.value) {
            None => {}
            Some(Placement::Only(names)) => {
                for name in names {
                    self.check_environment(name);
                }
            }
            Some(Placement::Overridden(entries)) => {
                for (name, _) in entries {
                    self.check_environment(name);
                }
            }
        }
    }

    pub(super) fn check_environment(&mut self, name: &Spanned<String>) {
        let document = self.document;
        if document.environments.contains_key(name)
            || document.left_out.may_have("environments", &name.value)
        {
            return;
        }
        let names: Vec<_> = document.environments().collect();
        let known = || names.iter().map(|name| name.as_str());
        let diagnostic = Diagnostic::new(
            Code::UnknownEnvironment,
            name.span,
            format!("the environment {} is not defined", quoted(&name.value)),
        );
        let near = self.nearest(&name.value, known());
        let diagnostic = match near.and_then(|near| document.environments.get_key_value(near)) {
            Some((near, _)) => diagnostic
                .related(near.span, format!("`{}` is defined here", near.value))
                .help(format!("did you mean `{}`?", near.value)),
            None if document.environments.is_empty() => {
                diagnostic.help("define it under `environments`")
            }
            None => diagnostic.help(format!(
                "define it under `environments`, which has {}",
                listed(known(), "and")
            )),
        };
        self.report(diagnostic);
    }
}
