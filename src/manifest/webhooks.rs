//! Webhooks as one environment should have them.

use std::collections::BTreeMap;

use super::{
    de::Spanned,
    events::find,
    resolve::{Resolver, Variables},
    schema::{Override, Placement, Webhook},
};
use crate::{
    diagnostic::{Code, Diagnostic, Span, did_you_mean},
    model::{
        DesiredState, DesiredWebhook, EndpointUrl, Pattern, Policy, ProviderProfile, WebhookKey,
        WebhookName,
    },
};

/// What webhooks are resolved in.
pub(super) struct Scope<'e> {
    pub(super) name: &'e Spanned<String>,
    pub(super) profile: &'static ProviderProfile,
    pub(super) variables: &'e Variables,
    pub(super) allowed_hosts: Option<&'e [Pattern]>,
    pub(super) allow_http: bool,
    pub(super) policy: &'e Policy,
}

/// A resolved webhook with the places that checks point at.
pub(super) struct Placed {
    pub(super) webhook: DesiredWebhook,
    pub(super) key_span: Span,
    pub(super) name_span: Span,
    pub(super) url_span: Span,
}

/// The overrides of a webhook, in the order of the environments.
pub(super) fn overrides(webhook: &Webhook) -> impl Iterator<Item = &Override> {
    let map = match webhook.environments.as_ref().map(|spanned| &spanned.value) {
        Some(Placement::Overridden(map)) => Some(map),
        Some(Placement::Only(_)) | None => None,
    };
    map.into_iter().flat_map(BTreeMap::values).flatten()
}

impl Resolver<'_> {
    /// The desired state of one environment, as far as it can be resolved.
    pub(super) fn desired(&mut self, scope: &Scope<'_>) -> DesiredState {
        let document = self.document;
        let nothing = Override::default();
        let mut placed = BTreeMap::new();
        for (key, webhook) in &document.webhooks {
            let over = match webhook.environments.as_ref().map(|spanned| &spanned.value) {
                None => &nothing,
                Some(Placement::Only(only)) if only.contains(scope.name) => &nothing,
                Some(Placement::Only(_)) => continue,
                Some(Placement::Overridden(map)) => match map.get(scope.name) {
                    Some(over) => over.as_ref().unwrap_or(&nothing),
                    None => continue,
                },
            };
            if let Some(resolved) = self.webhook(scope, key, webhook, over) {
                placed.insert(WebhookKey::new(key.value.as_str()), resolved);
            }
        }
        self.check_together(scope, &placed);
        DesiredState {
            webhooks: placed
                .into_iter()
                .map(|(key, placed)| (key, placed.webhook))
                .collect(),
            removed: document
                .removed
                .iter()
                .map(|name| name.value.clone())
                .collect(),
        }
    }

    fn webhook(
        &mut self,
        scope: &Scope<'_>,
        key: &Spanned<String>,
        webhook: &Webhook,
        over: &Override,
    ) -> Option<Placed> {
        let Webhook {
            name,
            url,
            events,
            enabled,
            moved_from,
            adopt,
            environments: _, // The caller's.
        } = webhook;
        let name = over.name.as_ref().or(name.as_ref()).unwrap_or(key);
        let url = self.required(scope, key, "url", over.url.as_ref().or(url.as_ref()));
        let events = self.required(
            scope,
            key,
            "events",
            over.events.as_ref().or(events.as_ref()),
        );
        let enabled = over.enabled.as_ref().or(enabled.as_ref());
        let moved_from = over.moved_from.as_ref().or(moved_from.as_ref());

        let resolved_name = self.name(scope, name, key);
        let resolved_url = url.and_then(|url| self.url(scope, url));
        let resolved_events = events.and_then(|events| {
            let set = self.events(&events.value, scope.profile);
            if set.is_empty() {
                self.report(
                    Diagnostic::error(
                        Code::NoEvents,
                        events.span,
                        format!("`{}` subscribes to no event of {}", key.value, scope.profile.title),
                    )
                    .help("name at least one; to stop events, remove the webhook or set `enabled: false`"),
                );
            }
            (!set.is_empty()).then_some(set)
        });
        let moved_from = moved_from.map_or_else(Vec::new, |urls| {
            urls.iter()
                .filter_map(|url| self.former_url(scope, url))
                .collect()
        });
        if let Some(enabled) = enabled.filter(|enabled| !enabled.value)
            && !scope.profile.has_enabled
        {
            self.report(
                Diagnostic::error(
                    Code::NotSupportedByProvider,
                    enabled.span,
                    format!("{} cannot disable a webhook", scope.profile.title),
                )
                .help("leave the webhook out of this environment instead"),
            );
        }
        let url_span = url.map_or(key.span, |url| url.span);
        Some(Placed {
            webhook: DesiredWebhook {
                name: resolved_name?,
                url: resolved_url?,
                events: resolved_events?,
                enabled: enabled.is_none_or(|enabled| enabled.value),
                moved_from,
                adopt: over.adopt.or(*adopt).unwrap_or(false),
            },
            key_span: key.span,
            name_span: name.span,
            url_span,
        })
    }

    fn required<'v, T>(
        &mut self,
        scope: &Scope<'_>,
        key: &Spanned<String>,
        field: &str,
        value: Option<&'v Spanned<T>>,
    ) -> Option<&'v Spanned<T>> {
        if value.is_none() {
            self.report(
                Diagnostic::error(
                    Code::MissingKey,
                    key.span,
                    format!(
                        "`webhooks.{}` has no `{field}` in environment `{}`",
                        key.value, scope.name.value
                    ),
                )
                .help(format!(
                    "give it at the webhook, or in its override for `{}`",
                    scope.name.value
                )),
            );
        }
        value
    }

    fn name(
        &mut self,
        scope: &Scope<'_>,
        name: &Spanned<String>,
        key: &Spanned<String>,
    ) -> Option<WebhookName> {
        // The key itself is never interpolated: it names the webhook on the command line.
        let text = if name.span == key.span {
            self.literal(key).map(crate::model::MaskedText::plain)
        } else {
            self.text(name, Some(scope.variables)).known()
        }?;
        match WebhookName::new(text) {
            Ok(name) => Some(name),
            Err(fault) => {
                self.report(Diagnostic::error(
                    Code::InvalidName,
                    name.span,
                    fault.to_string(),
                ));
                None
            }
        }
    }

    fn url(&mut self, scope: &Scope<'_>, written: &Spanned<String>) -> Option<EndpointUrl> {
        let text = self.text(written, Some(scope.variables)).known()?;
        let url = self.endpoint(text, written.span, scope.allow_http)?;
        let host = url.host().unwrap_or_default();
        if let Some(allowed) = scope.allowed_hosts
            && !allowed.iter().any(|pattern| pattern.matches(&host))
        {
            let shown = if url.text().is_sensitive() {
                "this host".to_owned()
            } else {
                format!("`{host}`")
            };
            let allowed: Vec<String> = allowed
                .iter()
                .map(|pattern| format!("`{pattern}`"))
                .collect();
            self.report(
                Diagnostic::error(
                    Code::HostNotAllowed,
                    written.span,
                    format!(
                        "environment `{}` does not allow events to be sent to {shown}",
                        scope.name.value
                    ),
                )
                .help(match allowed.as_slice() {
                    [] => "its `allowed_hosts` is empty: no host is allowed".to_owned(),
                    some => format!("its `allowed_hosts` are {}", some.join(", ")),
                }),
            );
            return None;
        }
        Some(url)
    }

    /// A URL the webhook had before may be anything that a provider once took.
    fn former_url(&mut self, scope: &Scope<'_>, written: &Spanned<String>) -> Option<EndpointUrl> {
        let text = self.text(written, Some(scope.variables)).known()?;
        self.endpoint(text, written.span, true)
    }

    /// Takes a URL, and reports what is wrong with it.
    pub(super) fn endpoint(
        &mut self,
        text: crate::model::MaskedText,
        span: Span,
        allow_http: bool,
    ) -> Option<EndpointUrl> {
        let shown = text.to_string();
        let url = match EndpointUrl::new(text) {
            Ok(url) => url,
            Err(fault) => {
                self.report(
                    Diagnostic::error(
                        Code::InvalidUrl,
                        span,
                        format!("`{shown}` cannot be used: {fault}"),
                    )
                    .help("write an absolute URL, such as `https://hooks.example.com/truv`"),
                );
                return None;
            }
        };
        if url.is_plain_http() && !allow_http && !url.is_loopback() {
            self.report(
                Diagnostic::error(Code::PlainHttp, span, format!("`{shown}` is not encrypted"))
                    .help("use `https`, or set `allow_http: true` in the environment"),
            );
            return None;
        }
        Some(url)
    }

    /// Checks the environments that a webhook names.
    pub(super) fn check_placement(&mut self, webhook: &Webhook) {
        let document = self.document;
        let names: Vec<&Spanned<String>> = match webhook.environments.as_ref().map(|s| &s.value) {
            None => return,
            Some(Placement::Only(names)) => names.iter().collect(),
            Some(Placement::Overridden(map)) => map.keys().collect(),
        };
        for name in names {
            if find(&document.environments, &name.value).is_none() {
                let known = document.environments.keys().map(|key| key.value.as_str());
                let help = did_you_mean(&name.value, known)
                    .unwrap_or_else(|| "define it under `environments`".to_owned());
                self.report(
                    Diagnostic::error(
                        Code::UnknownEnvironment,
                        name.span,
                        format!("the environment `{}` is not defined", name.value),
                    )
                    .help(help),
                );
            }
        }
    }
}
