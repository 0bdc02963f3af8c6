//! What webhooks are resolved in.

use super::{de::Spanned, schema::Environment, state::Resolver, values::Variables};
use crate::{
    diagnostic::{Code, Diagnostic, Span},
    model::{Destinations, EnvType, Policy, ProviderProfile},
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

/// A field's value, and what it was taken over.
pub(super) struct Chosen<'v, T> {
    pub(super) value: &'v Spanned<T>,
    /// The value that an override replaces.
    pub(super) replaced: Option<Span>,
}

impl<'v, T> Chosen<'v, T> {
    pub(super) fn of(over: Option<&'v Spanned<T>>, base: Option<&'v Spanned<T>>) -> Option<Self> {
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

impl Resolver<'_> {
    /// Reports a value that the provider of an environment has no use for.
    pub(super) fn not_supported<T>(
        &mut self,
        scope: &Scope<'_>,
        chosen: &Chosen<'_, T>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let environment = scope.environment;
        let provider = environment.and_then(|environment| environment.provider.as_ref());
        let diagnostic = Diagnostic::new(Code::NotSupportedByProvider, chosen.value.span, message)
            .maybe_related(
                provider.map(|provider| provider.span),
                "the provider is chosen here",
            )
            .help(help);
        self.report(chosen.explained(diagnostic));
    }
}
