//! Which of the event types that a draft asks for the account does not have.

use super::Drafted;
use crate::{
    diagnostic::nearest,
    model::{AccountEvents, EventType, Standing},
    net::Transport,
    plan::{Answer, EventTypes, NoEventType, NoEventTypes},
    provider::Reader,
    run::{Connected, chain},
};

/// Reads the account's event types, where a draft must know them. That they cannot be read, as a token may not list them, is
/// an answer: the provider looks at them again when they are sent.
pub(super) async fn look_up<T: Transport>(
    environment: &Connected<T>,
    drafted: &Drafted,
) -> EventTypes {
    let Drafted::Draft(draft, _) = drafted else {
        return Answer::NotAsked;
    };
    let asked = draft.questions().event_types;
    if asked.is_empty() {
        return Answer::NotAsked;
    }
    match Reader::new(environment.api.clone()).event_types().await {
        Ok(None) => Answer::NotAsked,
        Ok(Some(known)) => Answer::Known(Ok(missing(&asked, &known))),
        Err(error) => Answer::Known(Err(chain(&error))),
    }
}

fn missing(asked: &[&EventType], known: &AccountEvents) -> NoEventTypes {
    let missing = asked.iter().filter_map(|event| {
        let why = match known.standing(event) {
            Some(Standing::InUse) => return None,
            Some(Standing::Archived) => NoEventType::Archived,
            None => NoEventType::Absent {
                near: nearest(event.as_str(), known.in_use().map(EventType::as_str))
                    .map(EventType::new),
            },
        };
        Some(((*event).clone(), why))
    });
    missing.collect()
}
