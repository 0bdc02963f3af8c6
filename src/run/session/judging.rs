//! Asking the user's own rules, and showing what they see.

use futures_util::future::join_all;

use super::{Counted, Drafted, Drafts, Looked, Session, look_at};
use crate::{
    model::{EndpointUrl, LiveState, Ruling},
    net::{ServerTime, Transport},
    plan::{Answer, Draft, Ink, coverage, evidence::Evidence},
    policy,
    run::{BlastRadius, Connected, EnvironmentView, Look, chain},
};

/// What was seen of an environment's request history.
#[derive(Clone, Copy)]
pub(super) struct Seen<'s> {
    pub(super) evidence: Option<&'s Evidence>,
    pub(super) radius: Option<&'s BlastRadius<EndpointUrl>>,
}

impl<T: Transport> Session<T> {
    /// What the user's own rules say of a draft, and of what was learned of it.
    pub(super) fn judge(
        &self,
        environment: &Connected<T>,
        drafted: &Drafted,
        seen: Seen<'_>,
    ) -> Answer<Vec<Ruling>> {
        if self.policies.rules.is_empty() {
            return Answer::NotAsked;
        }
        let Drafted::Draft(draft, live) = drafted else {
            return Answer::NotAsked;
        };
        let input = self.policy_input(environment, draft, live, seen, None);
        Answer::Known(policy::judge(&*self.policies.rules, &input))
    }

    /// What rules see of these drafts, as it may be shown; why there is nothing to see, where that is so.
    pub async fn policy_inputs(
        &self,
        drafts: Drafts,
        look: Look,
    ) -> Vec<(EnvironmentView, Result<policy::Input, String>)> {
        let look = Look {
            judged: self.policies.look_at_traffic(),
            ..look
        };
        let mut counted = drafts.counted;
        let looks = self.environments.iter().zip(drafts.all);
        let looks = looks.map(|(environment, drafted)| {
            let counted = counted.remove(&environment.view.name);
            (environment, drafted, counted)
        });
        let inputs = looks.map(|(environment, drafted, counted)| async move {
            let Looked { evidence, counter } = look_at(environment, &drafted, look).await;
            let counted = counted.or_else(|| Counted::of(counter?, look));
            let radius = self.radius(environment, &drafted, counted);
            let seen = Seen {
                evidence: evidence.as_ref(),
                radius: radius.as_ref(),
            };
            let key = environment.key();
            let ink = environment.ink(&key, &self.masker);
            let input = match &drafted {
                Drafted::Draft(draft, live) => {
                    Ok(self.policy_input(environment, draft, live, seen, Some(&ink)))
                }
                Drafted::Refused(refusals) => {
                    let refusals = refusals.iter().map(ToString::to_string);
                    Err(refusals.collect::<Vec<_>>().join("; "))
                }
                Drafted::Failed(error) => Err(ink.plain(&chain(&**error))),
            };
            (environment.view.clone(), input)
        });
        join_all(inputs).await
    }

    /// What rules see of a draft; with an ink, as it may be shown.
    fn policy_input(
        &self,
        environment: &Connected<T>,
        draft: &Draft,
        live: &LiveState,
        seen: Seen<'_>,
        ink: Option<&dyn Ink>,
    ) -> policy::Input {
        let told = environment.api.clock().now();
        let desired = &environment.resolved.desired;
        let policy = self.policy(environment);
        let inputs = self.inputs(environment, desired, &policy);
        let setting = policy::Setting {
            name: &environment.view.name,
            provider: environment.view.profile.id,
            env_type: environment.view.env_type,
            // The later bound ends an exception in time.
            time: told.map_or_else(|| (self.policies.clock)(), ServerTime::latest),
            change: &self.policies.change,
            declared: &self.policies.declared,
            coverage: &coverage(&inputs, live, draft.plan()),
            blast: &seen.radius.map(BlastRadius::blast).unwrap_or_default(),
        };
        policy::input(draft.plan(), live, seen.evidence, setting, ink)
    }
}
