//! Planning all environments of a run: reading, drafting, learning, settling.

mod drafts;
mod event_types;
mod judging;
mod probing;
mod reach;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::future::{join, join_all};

use self::{drafts::Drafted, judging::Seen};
pub use self::{
    drafts::{Counted, Drafts},
    probing::{NotProbed, ProbeReceivers, Probing},
};
use super::{
    BlastRadius, Connected, Look, Outcome, PlannedEnvironment, Policies, chain,
    evidence::{self, Looked},
};
use crate::{
    model::{
        DesiredState, EndpointUrl, EnvironmentName, Heal, LiveState, Masker, Policy, WebhookKey,
    },
    net::{Stop, Transport},
    plan::{
        self, Answer, Answers, Draft, EventTypes, Ink as _, Inputs, Options, PlanResult, Probes,
        Projector, Refusal, check_secrets,
    },
    policy,
    provider::{ProviderError, ReadWebhooks, Reader},
    saved::{EnvironmentRecord, Key},
};

/// A run: the environments it works on, and what it knows of them.
pub struct Session<T> {
    /// The environments, in the manifest's order.
    pub environments: Vec<Connected<T>>,
    /// Stops what the run waits for, and the run.
    pub stop: Stop,
    options: Options,
    /// What is masked in everything that is shown or kept.
    masker: Masker,
    /// The user's own rules, and what they are asked with.
    policies: Policies,
    /// What the guards refuse of the secrets: none of those is used.
    refused: BTreeMap<EnvironmentName, Vec<Refusal>>,
    /// What probes showed of webhooks that are to be enabled again: plans that are made from now on go by it.
    healed: Mutex<BTreeMap<EnvironmentName, Probes>>,
}

impl<T: Transport> Session<T> {
    /// A run over these environments; `masker` knows every sensitive value of theirs, and `policies` are the manifest's. Nothing
    /// is sent.
    pub fn new(
        environments: Vec<Connected<T>>,
        options: Options,
        policies: Policies,
        masker: Masker,
        stop: Stop,
    ) -> Self {
        Self {
            refused: refused(&environments, &options),
            environments,
            stop,
            options,
            policies,
            masker,
            healed: Mutex::default(),
        }
    }

    /// Whether a rule looks at who asks for the plan.
    pub fn looks_at_change(&self) -> bool {
        let mut rules = self.policies.rules.iter();
        rules.any(|rule| rule.deny.names("change"))
    }

    /// The same run, asked for by this change.
    pub fn asked_by(&mut self, change: policy::Change) {
        self.policies.change = change;
    }

    /// A run for each of these environments, each with what stops it: each can be planned and applied when its time has come.
    /// The guards look at the secrets of all of them together.
    pub fn each(
        environments: Vec<(Connected<T>, Stop)>,
        options: &Options,
        policies: &Policies,
        masker: &Masker,
    ) -> Vec<Self> {
        let (environments, stops): (Vec<_>, Vec<_>) = environments.into_iter().unzip();
        let mut all = refused(&environments, options);
        let each = environments.into_iter().zip(stops);
        each.map(|(environment, stop)| {
            let name = &environment.resolved.name;
            let refused = all.remove_entry(name).into_iter().collect();
            Self {
                environments: vec![environment],
                stop,
                options: options.clone(),
                policies: policies.clone(),
                masker: masker.clone(),
                refused,
                healed: Mutex::default(),
            }
        })
        .collect()
    }

    /// What the guards refuse of an environment's secret, before anything is read with it.
    pub fn refused(&self, environment: &Connected<T>) -> &[Refusal] {
        let refused = self.refused.get(&environment.resolved.name);
        refused.map_or(&[], Vec::as_slice)
    }

    /// Reads the live states of all environments, side by side, and drafts their plans.
    pub async fn draft(&self) -> Drafts {
        let environments = self.environments.iter();
        Drafts::of(join_all(environments.map(|environment| self.draft_one(environment))).await)
    }

    /// Drafts the plan of the only environment of this run, from its live state that was read before; `None` where the run
    /// has others, or where guards refuse its secret.
    pub fn draft_read(&self, live: LiveState) -> Option<Drafts> {
        let [environment] = &self.environments[..] else {
            return None;
        };
        if !self.refused(environment).is_empty() {
            return None;
        }
        let draft = Box::new(self.draft_from(environment, &live));
        Some(Drafts::of(vec![Drafted::Draft(draft, live)]))
    }

    async fn draft_one(&self, environment: &Connected<T>) -> Drafted {
        let refused = self.refused(environment);
        if !refused.is_empty() {
            return Drafted::Refused(refused.to_vec());
        }
        match live(environment).await {
            Ok(live) => Drafted::Draft(Box::new(self.draft_from(environment, &live)), live),
            Err(error) => Drafted::Failed(Arc::new(error)),
        }
    }

    /// Drafts the plan of an environment from its live state.
    pub fn draft_from(&self, environment: &Connected<T>, live: &LiveState) -> Draft {
        self.draft_for(environment, &environment.resolved.desired, live)
    }

    /// Drafts the plan of an environment from its live state to another desired state.
    pub fn draft_for(
        &self,
        environment: &Connected<T>,
        desired: &DesiredState,
        live: &LiveState,
    ) -> Draft {
        let policy = self.policy(environment);
        plan::draft(&self.inputs(environment, desired, &policy), live)
    }

    fn inputs<'i>(
        &'i self,
        environment: &Connected<T>,
        desired: &'i DesiredState,
        policy: &'i Policy,
    ) -> Inputs<'i> {
        Inputs {
            desired,
            policy,
            profile: environment.resolved.profile,
            env_type: environment.resolved.env_type,
            options: &self.options,
        }
    }

    /// The environment's policy, with what probes have shown.
    fn policy(&self, environment: &Connected<T>) -> Policy {
        let mut policy = environment.resolved.policy.clone();
        let healed = self.healed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Heal::AfterProbe(known) = &mut policy.heal
            && let Some(shown) = healed.get(&environment.resolved.name)
        {
            known.extend(shown.clone());
        }
        policy
    }

    /// Settles drafts with nothing learned: to compare them, and to show what is only looked at.
    pub fn settle_unasked(&self, drafts: Drafts) -> Vec<PlannedEnvironment> {
        let environments = self.environments.iter().zip(drafts.all);
        environments
            .map(|(environment, drafted)| {
                self.planned(environment, drafted, None, Answers::NOT_ASKED)
            })
            .collect()
    }

    /// Learns what drafts ask for, and settles them: looks at what their webhooks carry, and probes receivers. What
    /// a guard refuses anyway is looked at no further, unless somebody wants to see it.
    pub async fn settle<P: ProbeReceivers<T>>(
        &self,
        drafts: Drafts,
        look: Look,
        probing: Probing<'_, P>,
    ) -> Vec<PlannedEnvironment> {
        let mut counted = drafts.counted;
        let drafted = match probing.prober() {
            Some(prober) => self.heal(drafts.all, prober).await,
            None => drafts.all,
        };
        let look = Look {
            judged: self.policies.look_at_traffic(),
            ..look
        };
        let looks = self.environments.iter().zip(&drafted);
        let looks = looks.map(|(environment, drafted)| {
            let look = look_at(environment, drafted, look);
            join(look, event_types::look_up(environment, drafted))
        });
        let looked: Vec<(Looked, EventTypes)> = join_all(looks).await;
        let mut probes: Vec<Answer<Probes>> = drafted.iter().map(|_| Answer::NotAsked).collect();
        if let Probing::All(prober) = probing
            && self.would_change(&drafted, &looked)
        {
            probes = self.probe_new(&drafted, prober).await;
        }
        let environments = self.environments.iter().zip(drafted);
        environments
            .zip(looked.into_iter().zip(probes))
            .map(
                |((environment, drafted), ((looked, event_types), probes))| {
                    let Looked { evidence, counter } = looked;
                    let counted = counted.remove(&environment.view.name);
                    let counted = counted.or_else(|| Counted::of(counter?, look));
                    let radius = self.radius(environment, &drafted, counted);
                    let seen = Seen {
                        evidence: evidence.as_ref(),
                        radius: radius.as_ref(),
                    };
                    let policies = self.judge(environment, &drafted, seen);
                    let answers = Answers {
                        traffic: evidence.map_or(Answer::NotAsked, Answer::Known),
                        probes,
                        event_types,
                        policies,
                        ..Answers::NOT_ASKED
                    };
                    self.planned(environment, drafted, radius, answers)
                },
            )
            .collect()
    }

    /// Probes what is to be enabled again, and drafts anew where there is any.
    async fn heal<P: ProbeReceivers<T>>(&self, drafted: Vec<Drafted>, prober: &P) -> Vec<Drafted> {
        let environments = self.environments.iter().zip(drafted);
        let healed = environments.map(|(environment, drafted)| async {
            let Drafted::Draft(draft, live) = drafted else {
                return drafted;
            };
            let healing = draft.questions().healing;
            if healing.is_empty() {
                return Drafted::Draft(draft, live);
            }
            let shown = probe_all(environment, healing, prober).await;
            self.keep(environment, shown);
            Drafted::Draft(Box::new(self.draft_from(environment, &live)), live)
        });
        join_all(healed).await
    }

    fn keep(&self, environment: &Connected<T>, shown: Probes) {
        let mut healed = self.healed.lock().unwrap_or_else(PoisonError::into_inner);
        let known = healed.entry(environment.resolved.name.clone()).or_default();
        known.extend(shown);
    }

    /// Whether the drafts come to changes that no guard refuses so far.
    fn would_change(&self, drafted: &[Drafted], looked: &[(Looked, EventTypes)]) -> bool {
        let outcomes = drafted
            .iter()
            .zip(looked)
            .map(|(drafted, (looked, event_types))| match drafted {
                Drafted::Failed(_) => Outcome::Failed,
                Drafted::Refused(_) => Outcome::Refused,
                Drafted::Draft(draft, _)
                    if draft.is_refused(looked.evidence.as_ref(), event_types) =>
                {
                    Outcome::Refused
                }
                Drafted::Draft(draft, _) if draft.operations().is_empty() => Outcome::Nothing,
                Drafted::Draft(..) => Outcome::Changes,
            });
        Outcome::worst(outcomes) == Outcome::Changes
    }

    /// Probes what is created or moved.
    async fn probe_new<P: ProbeReceivers<T>>(
        &self,
        drafted: &[Drafted],
        prober: &P,
    ) -> Vec<Answer<Probes>> {
        let mut answers = Vec::new();
        for (environment, drafted) in self.environments.iter().zip(drafted) {
            answers.push(match drafted {
                Drafted::Draft(draft, _) => {
                    let keys = draft.questions().new_urls.iter();
                    Answer::Known(probe_all(environment, keys, prober).await)
                }
                Drafted::Refused(_) | Drafted::Failed(_) => Answer::NotAsked,
            });
        }
        answers
    }

    /// Settles one draft, and projects it to what may be shown.
    fn planned(
        &self,
        environment: &Connected<T>,
        drafted: Drafted,
        radius: Option<BlastRadius<EndpointUrl>>,
        mut answers: Answers,
    ) -> PlannedEnvironment {
        let key = environment.key();
        let ink = environment.ink(&key, &self.masker);
        let projector = Projector(&ink);
        let radius = radius.map(|radius| radius.shown(&ink));
        let evidence = match &answers.traffic {
            Answer::Known(found) => Some(projector.evidence(found)),
            Answer::NotAsked => None,
        };
        // None was refused, or it would not have been used.
        answers.secrets = Answer::Known(Vec::new());
        let (result, plan, live) = match drafted {
            Drafted::Draft(draft, live) => {
                let plan = draft.settle(&answers);
                let record = Box::new(projector.plan(&plan));
                (PlanResult::Planned(record), Some(plan), Some(live))
            }
            Drafted::Refused(refusals) => {
                let refusals = refusals.iter().map(|refusal| refusal.shown(&projector));
                (PlanResult::Refused(refusals.collect()), None, None)
            }
            Drafted::Failed(error) => {
                let way_out = error.way_out().map(|text| ink.plain(&text));
                let error = ink.plain(&chain(&*error));
                (PlanResult::Failed { error, way_out }, None, None)
            }
        };
        PlannedEnvironment {
            environment: environment.view.clone(),
            result,
            evidence,
            radius,
            plan,
            live,
        }
    }

    /// The keys of the run's environments.
    pub fn keys(&self) -> Vec<Key> {
        self.environments.iter().map(Connected::key).collect()
    }

    /// The records of what was planned.
    pub fn records(&self, planned: &[PlannedEnvironment], keys: &[Key]) -> Vec<EnvironmentRecord> {
        let environments = self.environments.iter().zip(planned).zip(keys);
        environments
            .map(|((environment, planned), key)| environment.record(planned, key, &self.masker))
            .collect()
    }
}

/// What the guards refuse of the secrets of these environments.
fn refused<T>(
    environments: &[Connected<T>],
    options: &Options,
) -> BTreeMap<EnvironmentName, Vec<Refusal>> {
    let secrets = environments.iter().map(|environment| {
        let resolved = &environment.resolved;
        (
            &resolved.name,
            resolved.profile,
            resolved.env_type,
            &environment.secret,
        )
    });
    check_secrets(secrets, options)
}

/// Reads the live state of an environment.
///
/// # Errors
///
/// What the provider's client gives.
pub async fn live<T: Transport>(environment: &Connected<T>) -> Result<LiveState, ProviderError> {
    let webhooks = Reader::new(environment.api.clone()).list().await?;
    Ok(LiveState { webhooks })
}

async fn look_at<T: Transport>(
    environment: &Connected<T>,
    drafted: &Drafted,
    look: Look,
) -> Looked {
    let Drafted::Draft(draft, _) = drafted else {
        return Looked::default();
    };
    let look = Look {
        guard: look.guard && draft.refusals().is_empty(),
        ..look
    };
    evidence::read(environment, draft, look).await
}

async fn probe_all<'k, T, P: ProbeReceivers<T>>(
    environment: &Connected<T>,
    keys: impl IntoIterator<Item = &'k WebhookKey>,
    prober: &P,
) -> Probes {
    let probes = keys.into_iter().map(|key| async move {
        let shown = prober.probe(environment, key).await;
        (key.clone(), shown)
    });
    join_all(probes).await.into_iter().collect()
}
