//! Checks of webhooks against each other and against their environment.

use std::collections::BTreeMap;

use super::{
    resolve::Resolver,
    webhooks::{Placed, Scope},
};
use crate::{
    diagnostic::{Code, Diagnostic, Span},
    model::{EndpointUrl, WebhookKey},
};

impl Resolver<'_> {
    /// Checks the webhooks of one environment together.
    pub(super) fn check_together(
        &mut self,
        scope: &Scope<'_>,
        placed: &BTreeMap<WebhookKey, Placed>,
    ) {
        let environment = &scope.name.value;
        let mut urls: BTreeMap<&EndpointUrl, (&WebhookKey, Span)> = BTreeMap::new();
        let mut former: BTreeMap<&EndpointUrl, (&WebhookKey, Span)> = BTreeMap::new();
        for (key, one) in placed {
            if let Some((other, span)) = urls.insert(&one.webhook.url, (key, one.url_span)) {
                self.report(
                    Diagnostic::error(
                        Code::SharedUrl,
                        one.url_span,
                        format!("`{other}` and `{key}` have one URL in environment `{environment}`"),
                    )
                    .label(format!("the URL of `{key}`"))
                    .related(span, format!("the URL of `{other}`"))
                    .help("a provider takes a URL once for each environment; merge their events, or change one URL"),
                );
            }
            for url in &one.webhook.moved_from {
                if let Some((other, span)) = former.insert(url, (key, one.key_span))
                    && other != key
                {
                    self.report(
                        Diagnostic::error(
                            Code::SharedMovedFrom,
                            one.key_span,
                            format!("`{other}` and `{key}` both moved from one URL in environment `{environment}`"),
                        )
                        .related(span, format!("`{other}` is here"))
                        .help("the webhook at that URL can become only one of them"),
                    );
                }
            }
            self.check_name(scope, key, one);
        }
        self.check_removed(scope, placed);
    }

    fn check_name(&mut self, scope: &Scope<'_>, key: &WebhookKey, one: &Placed) {
        let name = one.webhook.name.text();
        if scope.policy.is_ignored(name.expose()) {
            self.report(
                Diagnostic::error(
                    Code::IgnoredName,
                    one.name_span,
                    format!(
                        "`{key}` has a name that environment `{}` ignores",
                        scope.name.value
                    ),
                )
                .help("hookwright would never see it again; change its name, or `ignore`"),
            );
        } else if !scope.policy.is_ours(name.expose()) {
            self.report(
                Diagnostic::error(
                    Code::NameNotOwned,
                    one.name_span,
                    format!(
                        "`{key}` has a name that environment `{}` does not own",
                        scope.name.value
                    ),
                )
                .help("hookwright would not know it as ours again; change its name, or `owns`"),
            );
        }
    }

    fn check_removed(&mut self, scope: &Scope<'_>, placed: &BTreeMap<WebhookKey, Placed>) {
        let document = self.document;
        for removed in &document.removed {
            let declared = placed
                .iter()
                .find(|(_, one)| one.webhook.name.text().expose() == removed.value);
            if let Some((key, one)) = declared {
                self.report(
                    Diagnostic::error(
                        Code::RemovedAndDeclared,
                        removed.span,
                        format!("`{}` is removed, and declared as `{key}`", removed.value),
                    )
                    .related(
                        one.name_span,
                        format!("declared here for environment `{}`", scope.name.value),
                    )
                    .help("drop one of the two"),
                );
            }
        }
    }
}
