//! One environment: its provider, credentials, policy and limits.

use std::{collections::BTreeMap, num::NonZeroU32};

use super::{
    de::Spanned,
    resolved::{
        CredentialSources, LockPlace, Reconcile, ResolvedEnvironment, Target, Timeouts, TlsFiles,
    },
    room,
    schema::{self, Environment},
    scope::Scope,
    state::Resolver,
    values::Text,
};
use crate::{
    diagnostic::{Code, Diagnostic, quoted},
    model::{
        DesiredState, Destinations, EndpointUrl, EnvType, EnvironmentName, EventType, Heal, Policy,
        ProviderProfile,
    },
};

const RATE_SHARE: f64 = 0.5;
/// What `base_url` says for the embedded simulator.
const SIMULATOR: &str = "simulator";

/// An environment without its webhooks.
pub(super) struct Prepared<'d> {
    /// What its webhooks are resolved in.
    pub(super) scope: Scope<'d>,
    target: Option<Target>,
    credentials: Option<CredentialSources>,
    tls_files: TlsFiles,
    requests_per_minute: u32,
    rate_share: f64,
    max_webhooks: Option<NonZeroU32>,
    timeouts: Timeouts,
    lock: Option<LockPlace>,
    after: Vec<EnvironmentName>,
    reconcile: Reconcile,
}

impl Prepared<'_> {
    /// The environment with its webhooks; `None` where something of it is wrong.
    pub(super) fn with(self, desired: DesiredState) -> Option<ResolvedEnvironment> {
        let scope = self.scope;
        Some(ResolvedEnvironment {
            name: EnvironmentName::new(scope.name?.value.as_str()),
            profile: scope.profile?,
            env_type: scope.env_type?,
            target: self.target?,
            credentials: self.credentials,
            tls_files: self.tls_files,
            requests_per_minute: self.requests_per_minute,
            rate_share: self.rate_share,
            max_webhooks: self.max_webhooks,
            timeouts: self.timeouts,
            lock: self.lock,
            after: self.after,
            reconcile: self.reconcile,
            policy: scope.policy,
            variables: scope.variables.values(),
            destinations: scope.destinations,
            desired,
        })
    }
}

impl<'d> Resolver<'d> {
    /// What is wrong in it silences only what depends on it: its webhooks are checked all the same.
    pub(super) fn environment(
        &mut self,
        name: &'d Spanned<String>,
        environment: &'d Environment,
    ) -> Prepared<'d> {
        let Environment {
            provider,
            env_type,
            base_url,
            ca_file: _, // Taken by `tls_files`, as are the next two.
            client_certificate: _,
            client_key: _,
            credentials,
            vars,
            allowed_hosts,
            allow_http,
            owns, // Taken by `policy`, as are the next six.
            ignore,
            prune: _,
            protect: _,
            require: _,
            heal: _,
            after,
            limits,
            lock,
            reconcile,
        } = environment;
        let document = self.document;
        let left_out = |key: &str| {
            document
                .left_out
                .touches(&["environments", &name.value, key])
        };
        let provider = provider.as_ref();
        let profile = provider.map(|provider| provider.value);
        let env_type = match provider.zip(profile) {
            Some((provider, profile)) if env_type.is_some() || !left_out("env_type") => {
                self.env_type(name, env_type.as_ref(), provider, profile)
            }
            _ => None,
        };
        let target = match base_url {
            None if left_out("base_url") => None,
            base_url => self.target(base_url.as_ref(), profile, *allow_http),
        };
        let credentials = match credentials {
            None if left_out("credentials") => None,
            credentials => {
                // A base URL that is wrong is not the simulator's, either.
                let simulated = match base_url {
                    Some(url) => url.value == SIMULATOR,
                    None => left_out("base_url"),
                };
                self.credentials(name, credentials.as_ref(), profile, !simulated)
            }
        };
        let tls_files = self.tls_files(&name.value, environment);
        let lock = self.lock(&name.value, lock.as_ref());
        let reconcile = self.reconcile(reconcile, limits.max_writes_per_day);
        let variables = self.variables(name, vars);
        let destinations = Destinations {
            // A list that is not whole refuses nothing: the host may be in what is not there.
            hosts: allowed_hosts
                .as_ref()
                .map(|hosts| (self.hosts_of(&hosts.value), hosts.value.len()))
                .filter(|(hosts, len)| hosts.len() == *len && !left_out("allowed_hosts"))
                .map(|(hosts, _)| hosts),
            allow_http: *allow_http,
        };
        let mut policy = self.policy(environment, profile);
        let declared = owns.as_ref().map_or(0, Vec::len);
        policy.owns = policy
            .owns
            .filter(|patterns| patterns.len() == declared && !left_out("owns"));
        let compared = [
            owns.as_ref(),
            Some(ignore),
            allowed_hosts.as_ref().map(|hosts| &hosts.value),
        ];
        let checked = compared
            .into_iter()
            .flatten()
            .map(|all| room::of_patterns(all))
            .sum();
        Prepared {
            scope: Scope {
                name: Some(name),
                environment: Some(environment),
                profile,
                env_type,
                variables,
                destinations,
                allowed_hosts: allowed_hosts.as_ref().map(|hosts| hosts.span),
                is_local: is_local(target.as_ref()),
                policy,
                checked,
            },
            target,
            credentials,
            tls_files,
            requests_per_minute: self
                .requests_per_minute(limits.requests_per_minute.as_ref(), profile),
            rate_share: self.rate_share(limits.rate_share.as_ref()),
            max_webhooks: limits.max_webhooks,
            timeouts: self.timeouts(limits),
            lock,
            after: after
                .iter()
                .map(|name| EnvironmentName::new(name.value.as_str()))
                .collect(),
            reconcile,
        }
    }

    fn env_type(
        &mut self,
        name: &Spanned<String>,
        declared: Option<&Spanned<schema::ProviderEnvType>>,
        provider: &Spanned<&'static ProviderProfile>,
        profile: &'static ProviderProfile,
    ) -> Option<EnvType> {
        let known: Vec<&str> = profile
            .env_types
            .iter()
            .map(|(_, spelling)| *spelling)
            .collect();
        let known = known.join("`, `");
        match declared {
            Some(declared) => {
                let env_type = EnvType::from(declared.value);
                if profile.spelling(env_type).is_some() {
                    return Some(env_type);
                }
                self.findings.push_of_environment(
                    Diagnostic::new(
                        Code::NotSupportedByProvider,
                        declared.span,
                        format!("{} has no environment `{env_type}`", profile.title),
                    )
                    .related(provider.span, "the provider is chosen here")
                    .help(format!("it has `{known}`")),
                );
                None
            }
            None => profile.env_type(&name.value).or_else(|| {
                self.findings.push_of_environment(
                    Diagnostic::new(
                        Code::MissingKey,
                        name.span,
                        format!(
                            "which of {}'s environments is {}?",
                            profile.title,
                            quoted(&name.value)
                        ),
                    )
                    .related(provider.span, "the provider is chosen here")
                    .help(format!("add `env_type`: one of `{known}`")),
                );
                None
            }),
        }
    }

    /// `None` where the base URL is wrong.
    fn target(
        &mut self,
        base_url: Option<&Spanned<String>>,
        profile: Option<&'static ProviderProfile>,
        allow_http: bool,
    ) -> Option<Target> {
        let Some(written) = base_url else {
            let url = crate::model::MaskedText::plain(profile?.base_url);
            return Some(Target::Url(url));
        };
        if written.value == SIMULATOR {
            return Some(Target::Simulator);
        }
        let text = match self.text(written, None) {
            Text::Known(text) => text,
            Text::Withheld => return Some(Target::Withheld),
            Text::Wrong => return None,
        };
        self.endpoint(text.clone(), written, allow_http)?;
        Some(Target::Url(text))
    }

    fn policy(
        &mut self,
        environment: &Environment,
        profile: Option<&'static ProviderProfile>,
    ) -> Policy {
        if let Some(profile) = profile {
            for event in environment.require.keys() {
                self.check_required_event(event, profile);
            }
        }
        Policy {
            owns: environment.owns.as_ref().map(|owns| self.patterns(owns)),
            ignore: self.patterns(&environment.ignore),
            prune: environment.prune,
            protect: self.patterns(&environment.protect),
            require: environment
                .require
                .iter()
                .map(|(event, count)| (EventType::new(event.value.as_str()), *count))
                .collect(),
            max_deletes: environment.limits.max_deletes,
            max_webhooks: environment.limits.max_webhooks.map(NonZeroU32::get),
            heal: match environment.heal {
                schema::Heal::Always => Heal::Always,
                schema::Heal::Probe => Heal::AfterProbe(BTreeMap::new()),
            },
        }
    }

    fn check_required_event(&mut self, event: &Spanned<String>, profile: &'static ProviderProfile) {
        let text = event.value.as_str();
        if profile.may_have_event(text) {
            return;
        }
        if text.contains(['*', '?']) || super::events::group(text).is_some() {
            self.invalid_itself(
                event.span,
                format!("`require` cannot have {}", quoted(text)),
                "it takes single event types, not patterns or groups",
            );
            return;
        }
        let near = self.nearest(text, profile.event_types.iter().copied());
        self.report(
            Diagnostic::new(
                Code::UnknownEventType,
                event.span,
                format!("{} documents no event type {}", profile.title, quoted(text)),
            )
            .maybe_help(near.map(|near| format!("did you mean `{near}`?"))),
        );
    }

    fn requests_per_minute(
        &mut self,
        declared: Option<&Spanned<u32>>,
        profile: Option<&ProviderProfile>,
    ) -> u32 {
        let documented = profile.map_or(0, |profile| profile.requests_per_minute);
        match declared {
            Some(limit) if limit.value == 0 => {
                self.findings.push_of_environment(
                    Diagnostic::new(
                        Code::InvalidValue,
                        limit.span,
                        "`requests_per_minute` cannot be 0".to_owned(),
                    )
                    .maybe_help(profile.map(|profile| {
                        format!(
                            "it is what the provider lets the account send; {} documents {documented}",
                            profile.title
                        )
                    })),
                );
                documented
            }
            Some(limit) => limit.value,
            None => documented,
        }
    }

    fn rate_share(&mut self, declared: Option<&Spanned<f64>>) -> f64 {
        match declared {
            Some(share) if share.value > 0.0 && share.value <= 1.0 => share.value,
            Some(share) => {
                self.invalid_itself(
                    share.span,
                    format!("`rate_share` cannot be {}", share.value),
                    "it is above 0 and at most 1, such as 0.5 for half of the provider's limit",
                );
                RATE_SHARE
            }
            None => RATE_SHARE,
        }
    }
}

/// Whether the API is on this machine, so that events can come from it, too.
fn is_local(target: Option<&Target>) -> bool {
    match target {
        None | Some(Target::Simulator | Target::Withheld) => true,
        Some(Target::Url(url)) => EndpointUrl::from_live(url.clone()).is_loopback(),
    }
}
