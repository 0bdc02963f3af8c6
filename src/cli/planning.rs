//! What `plan` and `apply` have in common: from the command line to planned environments.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::join_all;

use super::{
    args::{Format, GlobalArgs, PlanningArgs},
    connect::{self, Connected, Ways},
    error::CliError,
    evidence::{self, Look},
    exit, inputs, lock, sensitive,
    terminal::Terminal,
    waits::Waits,
};
use crate::{
    diagnostic::{Diagnostic, Severity, Sources, did_you_mean},
    manifest::{self, Document, Resolution, ResolvedEnvironment, Target},
    model::{DesiredState, EnvironmentName, Heal, LiveState, Masker, Policy, WebhookKey},
    net::{Sockets, Stop},
    plan::{
        self, Acknowledged, EnvironmentPlan, Inputs, Refusal, RefusalCode,
        evidence::{Evidence, check_traffic},
    },
    provider::{ProviderError, ReadWebhooks, Reader},
    report::{PlanResult, PlannedEnvironment, human, json},
};

/// What probes showed: for each webhook whether it passed, or why not.
type Probes = BTreeMap<WebhookKey, Result<(), String>>;

/// What a run works on.
pub(crate) struct Session {
    pub(crate) sources: Sources,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) environments: Vec<Connected>,
    /// What all connections of the run share.
    pub(crate) sockets: Sockets,
    /// Stops what the session's clients wait for, and the run.
    pub(crate) stop: Stop,
    /// What is masked in everything that is shown.
    pub(crate) sensitive: Vec<String>,
    /// Tells what the session's clients wait for.
    pub(crate) waits: Waits,
    pub(crate) refused: BTreeMap<EnvironmentName, Vec<Refusal>>,
    targets: Option<BTreeSet<WebhookKey>>,
    acknowledged: Acknowledged,
    /// What probes of receivers showed.
    probed: Mutex<BTreeMap<EnvironmentName, Probes>>,
    with_history: Option<Duration>,
}

/// How opening a session can end otherwise.
pub(crate) enum Ended {
    /// With an error that is still to be shown.
    Error(CliError),
    /// With an exit code; everything was shown.
    Shown(u8),
}

impl<E: Into<CliError>> From<E> for Ended {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

/// Reads and resolves the manifest, and connects its environments. Nothing is sent.
pub(crate) async fn open(
    global: &GlobalArgs,
    args: &PlanningArgs,
    choose: impl FnOnce(&Document) -> Result<Vec<EnvironmentName>, CliError>,
    terminal: &Terminal,
) -> Result<Session, Ended> {
    open_sources(
        inputs::sources(&global.file)?,
        global,
        args,
        choose,
        terminal,
    )
    .await
}

/// The same, of a manifest that was read before.
pub(crate) async fn open_sources(
    mut sources: Sources,
    global: &GlobalArgs,
    args: &PlanningArgs,
    choose: impl FnOnce(&Document) -> Result<Vec<EnvironmentName>, CliError>,
    terminal: &Terminal,
) -> Result<Session, Ended> {
    let document = Document::read(&sources);
    let chosen = choose(&document).and_then(|selected| {
        let targets = targets(&document, &args.target)?;
        Ok((selected, targets))
    });
    let (selected, targets, wrong) = match chosen {
        Ok((selected, targets)) => (selected, targets, None),
        Err(error) => (Vec::new(), None, Some(error)),
    };
    let mut resolution = match wrong {
        None => document.resolve(&selected, &inputs::Outside, &sources),
        // What is wrong with the manifest is said, too.
        Some(_) => {
            let all: Vec<EnvironmentName> = document.environments().collect();
            document.check(&all, &manifest::Offline, &sources)
        }
    };
    // What is asked for may be in what could not be read.
    let wrong = wrong.filter(|_| !document.may_have_more());
    if args.strictness.strict {
        resolution.deny_unknown_events();
    }
    drop(document);
    sources.hide(resolution.hidden.iter().copied());
    // Before anything is shown that a value could stand in.
    let mut values = resolution.sensitive.clone();
    terminal.mask(Masker::new(values.iter().cloned()));
    if resolution.has_errors() {
        return invalid(&resolution.diagnostics, &sources, wrong.as_ref(), terminal);
    }
    CliError::all(wrong)?;
    let Resolution {
        environments: resolved,
        diagnostics,
        sensitive: _,
        hidden: _,
    } = resolution;
    let (mut credentials, mut errors) = (Vec::new(), Vec::new());
    for environment in &resolved {
        if let Target::Url(text) = &environment.target
            && text.is_sensitive()
        {
            values.extend(sensitive::parts(text.expose()));
        }
        let found = match connect::credentials(environment).await {
            Ok(found) => found,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        values.push(found.access_secret.expose().to_owned());
        if found.client_id.is_sensitive() {
            values.push(found.client_id.expose().to_owned());
        }
        credentials.push(found);
        if environment.lock.is_some() {
            values.extend(lock::secrets());
        }
    }
    terminal.mask(Masker::new(values.iter().cloned()));
    CliError::all(errors)?;
    warn(&diagnostics, &sources, terminal)?;

    let stop = Stop::default();
    let waits = Waits::new(terminal, super::command::simulator::clock());
    let mut ways = Ways::to(&resolved);
    let mut environments = Vec::new();
    for (mut environment, credentials) in resolved.into_iter().zip(&credentials) {
        environment.policy.prune |= args.prune;
        let connected = connect::connect(
            environment,
            credentials,
            global,
            terminal,
            &stop,
            &waits,
            &mut ways,
        )?;
        environments.push(connected);
    }
    let acknowledged = Acknowledged {
        deletes: args.allow_deletes,
        empty: args.allow_empty,
        secret_mismatch: args.allow_secret_mismatch,
        live_traffic: args.allow_live_traffic,
    };
    let secrets = environments.iter().map(|one| {
        let ResolvedEnvironment {
            name,
            profile,
            env_type,
            ..
        } = &one.resolved;
        (name, *profile, *env_type, &one.secret)
    });
    let refused = plan::check_secrets(secrets, &acknowledged);
    Ok(Session {
        sources,
        diagnostics,
        environments,
        sockets: ways.sockets(),
        stop,
        sensitive: values,
        waits,
        refused,
        targets,
        acknowledged,
        with_history: args.with_history,
        probed: Mutex::default(),
    })
}

impl Session {
    /// What the guards refuse of an environment before anything is read.
    pub(crate) fn refused(&self, one: &Connected) -> &[Refusal] {
        let refused = self.refused.get(&one.resolved.name);
        refused.map_or(&[], Vec::as_slice)
    }

    /// The first of the guards that refuse an environment's secret, and the way out for a command that has no
    /// flag to use it all the same.
    pub(crate) fn refusal(&self, one: &Connected) -> Option<(String, String)> {
        let refusal = self.refused(one).first()?;
        let way_out = match refusal.code() {
            RefusalCode::SecretMismatch => {
                "use the environment's own secret: it decides where requests run".to_owned()
            }
            _ => refusal.way_out(&one.view.chosen_by),
        };
        Some((refusal.to_string(), way_out))
    }

    /// Plans all environments, side by side, and keeps the live states that the plans were made from,
    /// where they could be read. A secret that a guard refuses is not used.
    pub(crate) async fn plan_and_keep(&self) -> Vec<(PlannedEnvironment, Option<LiveState>)> {
        join_all(self.environments.iter().map(|one| async {
            let (result, live) = match self.refused.get(&one.resolved.name) {
                Some(refusals) => (PlanResult::Refused(refusals.clone()), None),
                None => match live(one).await {
                    Ok(live) => (PlanResult::Planned(self.plan_from(one, &live)), Some(live)),
                    Err(error) => {
                        let failed = PlanResult::Failed {
                            way_out: error.way_out().map(Into::into),
                            error: format!("{:#}", anyhow::Error::new(error)),
                        };
                        (failed, None)
                    }
                },
            };
            let planned = PlannedEnvironment {
                environment: one.view.clone(),
                result,
                evidence: None,
            };
            (planned, live)
        }))
        .await
    }

    /// Looks at what the webhooks of all plans carry, and lets the guard say what it thinks of that:
    /// where `guard` says so, also of plans that nobody wants to see the evidence of.
    pub(crate) async fn look<'p>(
        &self,
        planned: impl Iterator<Item = &'p mut PlannedEnvironment>,
        guard: bool,
    ) {
        let looks = self.environments.iter().zip(planned);
        join_all(looks.map(|(one, planned)| async {
            let evidence = self.evidence(one, &mut planned.result, guard).await;
            planned.evidence = evidence;
        }))
        .await;
    }

    async fn evidence(
        &self,
        one: &Connected,
        result: &mut PlanResult,
        guard: bool,
    ) -> Option<Evidence> {
        let PlanResult::Planned(plan) = result else {
            return None;
        };
        let look = Look {
            window: self.with_history,
            // What is refused anyway is not looked at, unless somebody wants to see it.
            guard: guard && plan.refusals.is_empty() && !self.acknowledged.live_traffic,
        };
        let evidence = evidence::read(one, &plan.operations, look).await?;
        let refusals = check_traffic(plan, &evidence, &self.acknowledged);
        plan.refusals.extend(refusals);
        plan.refusals.sort();
        Some(evidence)
    }

    /// Keeps what probes of receivers showed: plans that are made from now on go by it.
    pub(crate) fn probed(
        &self,
        one: &Connected,
        shown: impl IntoIterator<Item = (WebhookKey, Result<(), String>)>,
    ) {
        let mut probed = self.probed.lock().unwrap_or_else(PoisonError::into_inner);
        let known = probed.entry(one.resolved.name.clone()).or_default();
        known.extend(shown);
    }

    fn policy(&self, one: &Connected) -> Policy {
        let mut policy = one.resolved.policy.clone();
        let probed = self.probed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Heal::AfterProbe(known) = &mut policy.heal
            && let Some(shown) = probed.get(&one.resolved.name)
        {
            known.extend(shown.clone());
        }
        policy
    }

    /// Plans one environment from its live state.
    pub(crate) fn plan_from(&self, one: &Connected, live: &LiveState) -> EnvironmentPlan {
        self.plan_for(one, &one.resolved.desired, live)
    }

    /// Plans one environment from its live state to another desired state.
    pub(crate) fn plan_for(
        &self,
        one: &Connected,
        desired: &DesiredState,
        live: &LiveState,
    ) -> EnvironmentPlan {
        let inputs = Inputs {
            desired,
            policy: &self.policy(one),
            profile: one.resolved.profile,
            env_type: one.resolved.env_type,
            targets: self.targets.as_ref(),
            acknowledged: &self.acknowledged,
        };
        plan::plan(&inputs, live)
    }
}

/// Reads the live state of an environment.
pub(crate) async fn live(one: &Connected) -> Result<LiveState, ProviderError> {
    let webhooks = Reader::new(one.api.clone()).list().await?;
    Ok(LiveState { webhooks })
}

fn targets(
    document: &Document,
    wanted: &[String],
) -> Result<Option<BTreeSet<WebhookKey>>, CliError> {
    if wanted.is_empty() {
        return Ok(None);
    }
    let unknown = wanted.iter().filter(|key| !document.defines(key));
    CliError::all(unknown.map(|key| {
        CliError::usage(format!("the manifest has no webhook `{key}`"))
            .maybe_hint(did_you_mean(key, document.webhooks()))
    }))?;
    Ok(Some(
        wanted
            .iter()
            .map(|key| WebhookKey::new(key.as_str()))
            .collect(),
    ))
}

/// Shows why the manifest is not valid, and what is wrong with the command line beside it.
pub(crate) fn invalid<T>(
    found: &[Diagnostic],
    sources: &Sources,
    wrong: Option<&CliError>,
    terminal: &Terminal,
) -> Result<T, Ended> {
    let shown = match terminal.format {
        Format::Json => {
            let document = json::validated(found, sources, wrong.map(CliError::texts));
            terminal.result(|out| json::write(&document, out))
        }
        Format::Text => {
            terminal.complain(|out| human::diagnostics(found, sources, terminal.width(), out))
        }
    };
    shown.map_err(anyhow::Error::from)?;
    complain_of(wrong, terminal)?;
    Err(Ended::Shown(exit::INVALID))
}

/// Says what is wrong with the command line, where the manifest's faults decide how the run ends.
pub(crate) fn complain_of(wrong: Option<&CliError>, terminal: &Terminal) -> Result<(), CliError> {
    for error in wrong.into_iter().flat_map(CliError::each) {
        terminal
            .complain(|out| human::error(&error.text(), &error.hints, out))
            .map_err(anyhow::Error::from)?;
    }
    Ok(())
}

fn warn(found: &[Diagnostic], sources: &Sources, terminal: &Terminal) -> Result<(), CliError> {
    let warnings = found.iter().any(|one| one.severity == Severity::Warning);
    // In JSON they are part of the document.
    if warnings && terminal.format == Format::Text {
        terminal
            .say(|out| human::diagnostics(found, sources, terminal.width(), out))
            .map_err(anyhow::Error::from)?;
    }
    Ok(())
}
