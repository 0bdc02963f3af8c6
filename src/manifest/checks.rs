//! Checks of webhooks against each other and against their environment.

use std::collections::{BTreeMap, HashMap};

use super::{
    resolve::Resolver,
    webhooks::{Placed, Scope},
};
use crate::{
    diagnostic::{Code, Diagnostic, Span, quoted},
    model::WebhookKey,
};

type OfWebhook = (WebhookKey, Placed);

impl Resolver<'_> {
    /// Checks the webhooks of one environment together.
    pub(super) fn check_together(&mut self, placed: &[OfWebhook]) {
        let mut urls: HashMap<&str, (&WebhookKey, Span)> = HashMap::with_capacity(placed.len());
        let mut former: HashMap<&str, (&WebhookKey, Span)> = HashMap::new();
        for (key, one) in placed {
            let url = one.webhook.url.normal();
            if let Some((other, span)) = urls.get(url) {
                let (other, span) = (*other, *span);
                self.shared_url(other, span, key, one.url_span);
            } else {
                urls.insert(url, (key, one.url_span));
            }
            for (url, span) in one.webhook.moved_from.iter().zip(&one.moved_from_spans) {
                match former.insert(url.normal(), (key, *span)) {
                    Some((other, first)) if other != key => {
                        self.shared_moved_from(other, first, key, *span);
                    }
                    _ => {}
                }
            }
        }
    }

    fn shared_url(&mut self, other: &WebhookKey, first: Span, key: &WebhookKey, span: Span) {
        let (key, other) = (quoted(key.as_str()), quoted(other.as_str()));
        let diagnostic = Diagnostic::new(
            Code::SharedUrl,
            span,
            format!("{other} and {key} have one URL"),
        )
        .label(format!("the URL of {key}"))
        .help("a provider takes a URL once in each environment; merge their events, or change one URL");
        // An alias can be the URL of both.
        let elsewhere = (first != span).then_some(first);
        self.report(diagnostic.maybe_related(elsewhere, format!("the URL of {other}")));
    }

    fn shared_moved_from(&mut self, other: &WebhookKey, first: Span, key: &WebhookKey, span: Span) {
        let (key, other) = (quoted(key.as_str()), quoted(other.as_str()));
        let diagnostic = Diagnostic::new(
            Code::SharedMovedFrom,
            span,
            format!("{other} and {key} both moved from one URL"),
        )
        .label(format!("{key} moved from here"))
        .help("the webhook at that URL can become only one of them");
        let elsewhere = (first != span).then_some(first);
        self.report(diagnostic.maybe_related(elsewhere, format!("{other} moved from here")));
    }

    /// Checks that a webhook's name is one that is ours: else it would not be found again.
    pub(super) fn check_name(&mut self, scope: &Scope<'_>, key: &WebhookKey, one: &Placed) {
        let name = one.webhook.name.text();
        let environment = scope.environment;
        let place = |patterns: &[super::de::Spanned<String>]| {
            let first = patterns.first()?.span;
            let last = patterns.last()?.span;
            Some(Span {
                end: if last.source == first.source {
                    last.end.max(first.end)
                } else {
                    first.end
                },
                ..first
            })
        };
        if scope.policy.is_ignored(name.expose()) {
            let matching = scope
                .policy
                .ignore
                .iter()
                .position(|pattern| pattern.matches(name.expose()));
            let pattern = matching.and_then(|at| environment.ignore.get(at));
            let message = format!("{} has a name that is ignored", quoted(key.as_str()));
            self.report(
                Diagnostic::new(Code::IgnoredName, one.name_span, message)
                    .maybe_related(pattern.map(|pattern| pattern.span), "this ignores it")
                    .help("hookwright would never see it again; change its name, or `ignore`"),
            );
        } else if !scope.policy.is_ours(name.expose()) {
            let owns = environment.owns.as_deref().unwrap_or_default();
            let message = format!("{} has a name that is not owned", quoted(key.as_str()));
            self.report(
                Diagnostic::new(Code::NameNotOwned, one.name_span, message)
                    .maybe_related(place(owns), "names of these forms are owned")
                    .help("hookwright would not know it as ours again; change its name, or `owns`"),
            );
        }
    }

    pub(super) fn check_removed(&mut self, placed: &[OfWebhook]) {
        let document = self.document;
        if document.removed.is_empty() {
            return;
        }
        let declared: BTreeMap<&str, &OfWebhook> = placed
            .iter()
            .map(|one| (one.1.webhook.name.text().expose(), one))
            .collect();
        for removed in &document.removed {
            if let Some((key, one)) = declared.get(removed.value.as_str()) {
                let (name, key) = (quoted(&removed.value), quoted(key.as_str()));
                self.report(
                    Diagnostic::new(
                        Code::RemovedAndDeclared,
                        removed.span,
                        format!("{name} is removed, and declared as {key}"),
                    )
                    .label("removed here")
                    .related(one.name_span, "declared here")
                    .help("drop one of the two"),
                );
            }
        }
    }
}
