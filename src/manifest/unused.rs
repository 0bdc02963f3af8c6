//! What is defined and nobody uses.

use std::collections::BTreeSet;

use super::{events::group, schema::Placement, state::Resolver, values::Variables};
use crate::diagnostic::{Code, Diagnostic, Span, quoted};

impl Resolver<'_> {
    /// Warns of variables of an environment that none of its webhooks uses.
    pub(super) fn check_variables(&mut self, variables: &Variables) {
        if self.document.has_errors() {
            return; // Who uses it may have been left out.
        }
        let unused: Vec<(String, Span)> = variables
            .unused()
            .map(|(name, span)| (name.to_owned(), span))
            .collect();
        for (name, span) in unused {
            let message = format!("no webhook uses the variable {}", quoted(&name));
            self.report(
                Diagnostic::new(Code::UnusedVariable, span, message)
                    .help(format!("use it as `${{var:{name}}}`, or remove it")),
            );
        }
    }

    /// Warns of groups that nobody uses, and of webhooks that no environment has.
    pub(super) fn check_used(&mut self) {
        let document = self.document;
        if document.has_errors() {
            return; // Who uses it may have been left out.
        }
        let defaults = document.defaults.as_ref().map(|all| &all.value);
        let mut used: BTreeSet<&str> = BTreeSet::new();
        let mut lists: Vec<_> = defaults
            .and_then(|all| all.events.as_ref())
            .into_iter()
            .collect();
        for webhook in document.webhooks.values() {
            lists.extend(webhook.events.as_ref());
            lists.extend(webhook.overrides().filter_map(|over| over.events.as_ref()));
        }
        used.extend(
            lists
                .iter()
                .flat_map(|events| &events.value)
                .filter_map(|pattern| group(&pattern.value)),
        );
        for name in document.event_groups.keys() {
            if !used.contains(name.value.as_str()) {
                let message = format!("no webhook uses the event group {}", quoted(&name.value));
                self.report(
                    Diagnostic::new(Code::UnusedGroup, name.span, message)
                        .help(format!("use it as `group:{}`, or remove it", name.value)),
                );
            }
        }
        self.check_placed();
    }

    fn check_placed(&mut self) {
        let document = self.document;
        let nowhere = |span| {
            Diagnostic::new(
                Code::WebhookNowhere,
                span,
                "no environment has this webhook",
            )
            .help("name an environment, or remove the webhook")
        };
        if document.environments.is_empty() {
            // Once, not for each.
            if let Some(first) = document.webhooks.keys().map(|key| key.span).min() {
                self.report(
                    Diagnostic::new(Code::WebhookNowhere, first, "no environment is defined")
                        .help("define one under `environments`, or no webhook is anywhere"),
                );
            }
            return;
        }
        let default = document.default_environments();
        let default_empty = default.is_some_and(|all| all.value.is_empty());
        for (key, webhook) in &document.webhooks {
            let empty = match webhook.environments.as_ref().map(|all| &all.value) {
                Some(Placement::Only(names)) => names.is_empty(),
                Some(Placement::Overridden(entries)) => entries.is_empty(),
                None => default_empty,
            };
            if empty {
                let place = webhook.environments.as_ref().map(|all| all.span);
                let place = place.or(default.map(|all| all.span));
                self.report(nowhere(key.span).maybe_related(place, "this names none"));
            }
        }
    }
}
