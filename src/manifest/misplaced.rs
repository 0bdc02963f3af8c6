//! The environments that webhooks are said to be in, and webhooks whose environment is not known.

use super::{
    de::Spanned,
    placements::NOTHING,
    schema::{Override, Placement, Webhook},
    scope::Scope,
    state::Resolver,
};
use crate::diagnostic::{Code, Diagnostic, listed, quoted};

impl<'d> Resolver<'d> {
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
            || document.left_out.touches(&["environments", &name.value])
        {
            return;
        }
        let names: Vec<_> = match self.may_list() {
            true => document.environments().collect(),
            false => Vec::new(),
        };
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
            None if names.is_empty() => diagnostic.help("define it under `environments`"),
            None => diagnostic.help(format!(
                "define it under `environments`, which has {}",
                listed(known(), "and")
            )),
        };
        self.report(diagnostic);
    }

    /// Checks what of a webhook can be checked although the environment it is for is not known.
    pub(super) fn check_misplaced(&mut self, key: &'d Spanned<String>, webhook: &'d Webhook) {
        let document = self.document;
        let is_known =
            |name: &Spanned<String>| document.environments.contains_key(name.value.as_str());
        let default = document.default_environments();
        let mut overrides: Vec<&Override> = Vec::new();
        match (webhook.environments.as_ref().map(|all| &all.value), default) {
            (Some(Placement::Overridden(entries)), _) => {
                let unknown = entries.iter().filter(|(name, _)| !is_known(name));
                overrides.extend(unknown.map(|(_, over)| over));
            }
            (Some(Placement::Only(names)), _) if !names.iter().all(is_known) => {
                overrides.push(&NOTHING);
            }
            (None, Some(names)) if !names.value.iter().all(is_known) => overrides.push(&NOTHING),
            (None, None)
                if document.environments.is_empty()
                    && document.left_out.touches(&["environments"]) =>
            {
                overrides.push(&NOTHING);
            }
            _ => {}
        }
        if overrides.is_empty() && self.is_left_out(key, None, "environments") {
            overrides.push(&NOTHING);
        }
        if overrides.is_empty() {
            return;
        }
        self.findings.within(None);
        let scope = Scope::unknown();
        for over in overrides {
            self.webhook(&scope, key, webhook, over);
        }
    }
}
