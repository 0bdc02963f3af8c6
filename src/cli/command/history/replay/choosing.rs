//! Which deliveries of an archive are sent again.

use std::{collections::BTreeSet, ops::ControlFlow};

use super::{Journey, gaps};
use crate::{
    cli::{
        args::{ReplayArgs, ReplayStatus},
        clock::Now,
        connect::Connected,
        deliveries::{Source, Wanted},
        error::CliError,
    },
    delivery::{
        Delivery, DeliveryFilter, Receivers,
        replay::{Choice, Chosen, Pick},
    },
    model::{EndpointUrl, WebhookKey},
};

/// Reads the archive for the events that are asked for.
pub(super) async fn choose(
    journey: &Journey<'_>,
    key: &WebhookKey,
    wanted: &DeliveryFilter,
    now: &Now,
    args: &ReplayArgs,
) -> Result<Chosen, CliError> {
    let from = journey.from;
    let source = Source::open(Some(&args.archive), 1).await?;
    let choice = chosen_from(from, &source, key, wanted, now, args).await?;
    look_at(from, &source, choice, wanted, now, true)
        .await
        .map(Choice::finish)
}

/// What is to be chosen.
pub(super) async fn chosen_from(
    from: &Connected,
    source: &Source,
    key: &WebhookKey,
    wanted: &DeliveryFilter,
    now: &Now,
    args: &ReplayArgs,
) -> Result<Choice, CliError> {
    let urls = urls(from, key);
    let pick = if args.gaps {
        // What was sent again is left to the journal, which tells it from what was never lost.
        let nothing = Default::default();
        let mut lost = gaps::find(from, source, wanted, &nothing, now).await?;
        lost.events
            .retain(|event| urls.contains(&event.receiver.url));
        Pick::Lost(lost.events)
    } else if args.status == Some(ReplayStatus::Failed) {
        Pick::Failed
    } else {
        Pick::Ids(args.id.iter().cloned().collect())
    };
    Ok(Choice::new(pick, urls))
}

/// Looks at all deliveries of the archive.
pub(super) async fn look_at(
    from: &Connected,
    source: &Source,
    mut choice: Choice,
    wanted: &DeliveryFilter,
    now: &Now,
    payloads: bool,
) -> Result<Choice, CliError> {
    let mut add = |page: Vec<Delivery>| {
        page.into_iter().for_each(|delivery| choice.add(delivery));
        ControlFlow::Continue(())
    };
    let wanted = Wanted {
        filter: wanted,
        limit: 0,
        payloads,
        now: now.moment,
    };
    source.read(from, &wanted, &mut add).await?;
    Ok(choice)
}

/// The URLs of a webhook, present and former.
fn urls(one: &Connected, key: &WebhookKey) -> BTreeSet<EndpointUrl> {
    let receivers = Receivers::new(&one.resolved.desired, None);
    let is_its = |url: &&EndpointUrl| {
        let receiver = receivers.find(url);
        receiver.is_some_and(|receiver| receiver.key.as_ref() == Some(key))
    };
    receivers.urls().filter(is_its).cloned().collect()
}
