//! What `init` and `import` have in common: from live webhooks to a text that is proved to mean them.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::anyhow;
use futures_util::future::join_all;

use super::{connect::Connected, error::CliError, inputs, planning::Session, terminal::Terminal};
use crate::{
    diagnostic::{Diagnostic, Severity, Sources},
    manifest::{Document, Lookup, ResolvedEnvironment, Values},
    model::{EnvironmentName, LiveState, LiveWebhook, MaskedText, Masker},
    plan::{EnvironmentPlan, Operation},
    run,
    takeover::{Surroundings, Takeover, Token},
};

/// An environment, what is live there, and its plan.
pub(crate) struct ReadEnvironment<'s> {
    pub(crate) one: &'s Connected,
    pub(crate) live: LiveState,
    pub(crate) plan: EnvironmentPlan,
}

/// Reads what is live in all environments.
///
/// # Errors
///
/// The first environment that could not be read, or whose secret a guard refuses.
pub(crate) async fn read(session: &Session) -> Result<Vec<ReadEnvironment<'_>>, CliError> {
    for one in &session.environments {
        let name = &one.resolved.name;
        if let Some(refusal) = session.refused(one).first() {
            let message = format!("environment `{name}` was not read: {refusal}");
            return Err(CliError::refused(message)
                .hint("give each environment a secret of its own, and of its own kind"));
        }
    }
    let all = session.environments.iter().map(|one| async move {
        let live = run::live(one).await.map_err(|error| {
            let name = &one.resolved.name;
            let asked = format!("failed to read what is live in environment `{name}`");
            CliError::of_provider(error, asked)
        })?;
        let plan = session.draft_from(one, &live).into_plan();
        Ok(ReadEnvironment { one, live, plan })
    });
    join_all(all).await.into_iter().collect()
}

impl ReadEnvironment<'_> {
    pub(crate) fn name(&self) -> &EnvironmentName {
        &self.one.resolved.name
    }

    /// The live webhooks that the manifest does not declare.
    pub(crate) fn undeclared(&self) -> impl Iterator<Item = &LiveWebhook> {
        let unmanaged = self.plan.unmanaged.iter().map(|one| &one.webhook);
        let deleted = self.plan.operations.iter().filter(|one| one.key.is_none());
        unmanaged.chain(deleted.filter_map(Operation::before))
    }

    /// What these webhooks are to be declared in.
    pub(crate) fn surroundings(&self, webhooks: Vec<LiveWebhook>) -> Surroundings {
        let resolved = &self.one.resolved;
        let declared = resolved.desired.webhooks.iter();
        Surroundings {
            environment: resolved.name.clone(),
            profile: resolved.profile,
            env_type: resolved.env_type,
            webhooks,
            allow_http: Some(resolved.destinations.allow_http),
            allowed_hosts: resolved.destinations.hosts.clone(),
            policy: resolved.policy.clone(),
            variables: resolved.variables.clone(),
            declared: declared
                .map(|(key, webhook)| (webhook.url.clone(), key.to_string()))
                .collect(),
            removed: resolved.desired.removed.clone(),
        }
    }
}

/// Masks the secrets that live webhooks showed in everything that is shown from now on.
pub(crate) fn mask(session: &Session, takeover: &Takeover, terminal: &Terminal) {
    let mut values = session.sensitive.clone();
    let tokens = takeover.tokens.iter();
    values.extend(tokens.map(|token| token.value.expose().to_owned()));
    terminal.mask(Masker::new(values));
}

/// The outside, with the variables that are to hold what was secret.
struct WithTokens<'t>(BTreeMap<&'t str, &'t MaskedText>);

impl<'t> WithTokens<'t> {
    fn of(tokens: &'t [Token]) -> Self {
        let tokens = tokens.iter();
        Self(
            tokens
                .map(|one| (one.variable.as_str(), &one.value))
                .collect(),
        )
    }
}

impl Values for WithTokens<'_> {
    fn env(&self, name: &str) -> Result<Lookup, String> {
        match self.0.get(name) {
            Some(value) => Ok(Lookup::Found(value.expose().to_owned())),
            None => inputs::Outside.env(name),
        }
    }

    fn file(&self, beside: &str, path: &str) -> Result<Lookup, String> {
        inputs::Outside.file(beside, path)
    }
}

/// Proves that these sources declare what was taken over as it is, and change nothing else: a plan
/// from them does what the plan before did, without deleting what is declared now. Gives what is to
/// be said of the new manifest.
///
/// # Errors
///
/// They do not; the error says in what.
pub(crate) fn prove(
    session: &Session,
    sources: &Sources,
    read: &[ReadEnvironment<'_>],
    takeover: &Takeover,
) -> anyhow::Result<Vec<Diagnostic>> {
    let document = Document::read(sources);
    let selected: Vec<EnvironmentName> = read.iter().map(|one| one.name().clone()).collect();
    let values = WithTokens::of(&takeover.tokens);
    let resolution = document.resolve(&selected, &values, sources);
    no_errors(&resolution.diagnostics, sources)?;
    let mut found: BTreeMap<EnvironmentName, ResolvedEnvironment> = resolution
        .environments
        .into_iter()
        .map(|one| (one.name.clone(), one))
        .collect();
    for one in read {
        let name = one.name();
        let resolved = found
            .remove(name)
            .ok_or_else(|| anyhow!("environment `{name}` is gone"))?;
        changes_nothing(session, one, &resolved, takeover)?;
    }
    Ok(resolution.diagnostics)
}

/// Checks that nothing is wrong with a manifest.
///
/// # Errors
///
/// The first thing that is.
pub(crate) fn no_errors(found: &[Diagnostic], sources: &Sources) -> anyhow::Result<()> {
    let Some(fault) = found.iter().find(|it| it.severity == Severity::Error) else {
        return Ok(());
    };
    let place = sources.get(fault.primary.span.source);
    let at = place.position(fault.primary.span.range().start);
    anyhow::bail!("line {}: {}", at.line, fault.message);
}

fn changes_nothing(
    session: &Session,
    one: &ReadEnvironment<'_>,
    resolved: &ResolvedEnvironment,
    takeover: &Takeover,
) -> anyhow::Result<()> {
    let name = one.name();
    let taken: BTreeSet<&str> = takeover
        .webhooks
        .iter()
        .flat_map(|webhook| &webhook.live)
        .filter(|(environment, _)| environment == name)
        .map(|(_, id)| id.as_str())
        .collect();
    let plan = session.draft_for(one.one, &resolved.desired, &one.live);
    let plan = plan.into_plan();
    let kept = |operation: &&Operation| {
        let before = operation.before().map(|before| before.id.as_received());
        operation.key.is_some() || before.is_none_or(|id| !taken.contains(id))
    };
    let expected: Vec<&Operation> = one.plan.operations.iter().filter(kept).collect();
    if let Some(other) = (plan.operations.iter()).find(|it| !expected.contains(it)) {
        let webhook = other.name();
        anyhow::bail!("a plan for `{name}` would change the webhook `{webhook}`");
    }
    if plan.unchanged.len() != one.plan.unchanged.len() + taken.len() {
        anyhow::bail!("a plan for `{name}` would not find every webhook");
    }
    let before: Vec<_> = one.plan.refusals.iter().map(|it| it.code()).collect();
    if let Some(refusal) = (plan.refusals.iter()).find(|it| !before.contains(&it.code())) {
        anyhow::bail!("a plan for `{name}` would be refused: {refusal}");
    }
    Ok(())
}
