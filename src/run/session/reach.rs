//! What a draft would have done to the deliveries of a time.

use super::{Counted, Drafted, Session};
use crate::{
    model::EndpointUrl,
    net::Transport,
    plan::routes,
    run::{BlastRadius, Connected},
};

impl<T: Transport> Session<T> {
    pub(super) fn radius(
        &self,
        environment: &Connected<T>,
        drafted: &Drafted,
        counted: Option<Counted>,
    ) -> Option<BlastRadius<EndpointUrl>> {
        let Drafted::Draft(draft, live) = drafted else {
            return None;
        };
        let desired = &environment.resolved.desired;
        let policy = self.policy(environment);
        let inputs = self.inputs(environment, desired, &policy);
        let Counted {
            window,
            unknown,
            counter,
        } = counted?;
        Some(BlastRadius {
            window,
            unknown,
            radius: counter.radius(&routes(&inputs, live, draft.plan())),
        })
    }
}
