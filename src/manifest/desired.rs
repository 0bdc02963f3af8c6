//! All webhooks of a manifest in all environments that are looked at.

use super::{checks::Together, placements::Placements, room, scope::Scope, state::Resolver};
use crate::model::{DesiredState, DesiredWebhook, WebhookKey, composed};

impl<'d> Resolver<'d> {
    /// The desired state of each of these environments, as far as it can be resolved.
    ///
    /// Each webhook is looked at once, for all environments: in a large manifest, going through all
    /// webhooks for each environment would read everything from memory again.
    pub(super) fn desired(&mut self, scopes: &[&Scope<'d>]) -> Vec<DesiredState> {
        let document = self.document;
        let gathered = || (Together::of(document), Vec::new());
        let mut all: Vec<_> = scopes.iter().map(|_| gathered()).collect();
        let default = match document.default_environments() {
            Some(names) => Some(names.value.as_slice()),
            // It is not known which; see `check_misplaced`.
            None if document.left_out.touches(&["defaults", "environments"]) => Some(&[][..]),
            None => None,
        };
        let name = |scope: &Scope<'d>| scope.name.map(|name| name.value.as_str());
        let names = scopes.iter().map(|scope| name(scope).unwrap_or_default());
        let placements = Placements::new(names, default);
        for (key, webhook) in &document.webhooks {
            for (number, over) in placements.of(webhook) {
                let scope = scopes[number];
                self.findings.within(name(scope));
                if !self.takes_room(scope.checked + room::of_webhook(webhook, over), key.span) {
                    break;
                }
                let placed = self.webhook(scope, key, webhook, over);
                self.check_name(scope, key, &placed);
                let (together, kept) = &mut all[number];
                together.add(key, &placed);
                if self.keep
                    && let Some(webhook) = placed.whole()
                {
                    kept.push((WebhookKey::new(key.value.as_str()), webhook));
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
}
