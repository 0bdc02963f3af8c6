//! `history gaps`: the events that were lost for good.

use std::ops::ControlFlow;

use super::asked::{Asked, asked, filter};
use crate::{
    cli::{
        args::{FilterArgs, GapsArgs},
        clock::Now,
        connect::Connected,
        context::Context,
        deliveries::{self, Source, Wanted},
        error::CliError,
        exit,
        planning::Ended,
        replays,
    },
    delivery::{DeliveryFilter, LostEvents, Span, missing, replay::Entries},
    model::{EventType, WebhookKey},
    report::{LostEnvironment, human, json},
};

pub(crate) async fn run(context: Context<'_>, args: &GapsArgs) -> Result<u8, Ended> {
    let terminal = context.terminal;
    let now = Now::read();
    let wanted = FilterArgs {
        event: args.event.clone(),
        webhook: args.webhook.clone(),
        since: Some(args.since.clone()),
        until: args.until.clone(),
        ..FilterArgs::default()
    };
    let Asked { session, receivers } = asked(context, &wanted, &now).await?;
    let source = Source::open(args.source.archive.as_ref(), args.source.page_size).await?;
    let journal = match &args.source.archive {
        Some(archive) => replays::place(archive, args.journal.as_deref()),
        None => None,
    };
    let replays = match journal {
        Some(journal) => replays::read(&journal)?,
        None => Entries::default(),
    };
    let mut all = Vec::new();
    for (one, urls) in session.environments.iter().zip(receivers) {
        let now = source.now(one, &now, terminal).await?;
        let wanted = filter(&wanted, &now)?;
        let mut lost = find(one, &source, &wanted, &replays, &now).await?;
        lost.events.retain(|event| {
            urls.as_ref()
                .is_none_or(|urls| urls.contains(&event.receiver.url))
        });
        all.push(lost);
    }
    terminal.show(|| json::lost(&all), |out| json::lost_lines(&all, out))?;
    terminal.say(|out| human::lost(&all, &now.zone, terminal.width(), out));
    Ok(exit::DONE)
}

/// Finds what was lost in the window. What makes up for it may have come at any time since.
pub(super) async fn find(
    one: &Connected,
    source: &Source,
    filter: &DeliveryFilter,
    replays: &Entries,
    now: &Now,
) -> Result<LostEnvironment, CliError> {
    let since = filter.since.unwrap_or(now.moment);
    let until = filter.until.unwrap_or(now.moment).min(now.moment);
    let window = Span::new(since, until)
        .ok_or_else(|| CliError::usage("`--since` must be before now, and before `--until`"))?;
    let all = DeliveryFilter {
        until: None,
        ..filter.clone()
    };
    let wanted = Wanted {
        filter: &all,
        limit: 0,
        payloads: false,
        now: now.moment,
    };
    let mut events = LostEvents::new(deliveries::receivers(one, source).await?);
    if one
        .view
        .profile
        .replays
        .is_some_and(|own| own.api.is_some())
    {
        events = events.telling_events_by_moment();
    }
    let read = source.read(one, &wanted, |page| {
        page.iter().for_each(|delivery| events.add(delivery));
        ControlFlow::Continue(())
    });
    let unknown = read.await?.missing;
    // What was sent again since then is not lost any more.
    for entry in replays.acknowledged(one.view.name.as_str()) {
        let webhook = one
            .resolved
            .desired
            .webhooks
            .get(&WebhookKey::new(entry.webhook()));
        if let Some((webhook, at)) = webhook.zip(entry.event_created_at()) {
            let event_type = EventType::new(entry.event_type());
            events.made_good(&webhook.url, event_type, entry.object(), at);
        }
    }
    let whole = Span::new(since, now.moment).unwrap_or(window);
    let known = missing(&unknown, whole);
    Ok(LostEnvironment {
        environment: one.view.clone(),
        events: events.finish(window, &known),
        missing: unknown,
    })
}
