//! `history stats`: what deliveries come to.

use std::ops::ControlFlow;

use super::asked::{Asked, asked, filter};
use crate::{
    cli::{
        args::{StatsArgs, Wanted as Formats},
        clock::Now,
        connect::Connected,
        context::Context,
        deliveries::{self, Source, Wanted},
        error::CliError,
        exit,
        planning::Ended,
    },
    delivery::{DeliveryFilter, Span, Stats},
    report::{CountedEnvironment, html, human, json},
};

pub(crate) async fn run(context: Context<'_>, args: &StatsArgs) -> Result<u8, Ended> {
    let terminal = context.terminal;
    let now = Now::read();
    let Asked { session, receivers } = asked(context, &args.filter, &now).await?;
    let source = Source::open(args.source.archive.as_ref(), args.source.page_size).await?;
    let mut all = Vec::new();
    for (one, receivers) in session.environments.iter().zip(receivers) {
        let now = source.now(one, &now, terminal).await?;
        let wanted = DeliveryFilter {
            receivers,
            ..filter(&args.filter, &now)?
        };
        all.push(count(one, &source, wanted, &now).await?);
    }
    terminal.show(
        || json::stats(&all),
        |out| match context.global.format {
            Formats::Html => html::stats(&all, &now.zone, out),
            _ => human::stats(&all, &now.zone, terminal.width(), out),
        },
    )?;
    Ok(exit::DONE)
}

async fn count(
    one: &Connected,
    source: &Source,
    mut filter: DeliveryFilter,
    now: &Now,
) -> Result<CountedEnvironment, CliError> {
    let until = filter.until.unwrap_or(now.moment).min(now.moment);
    let since = match filter.since {
        Some(since) => since,
        None => now
            .moment
            .checked_sub(deliveries::USUAL)
            .map_err(anyhow::Error::from)?,
    };
    filter.since = Some(since);
    let window = Span::new(since, until)
        .ok_or_else(|| CliError::usage("`--since` must be before now, and before `--until`"))?;
    let mut receivers = deliveries::receivers(one, source).await?;
    receivers.narrow(&filter);
    let mut stats = Stats::new(receivers, window);
    let wanted = Wanted {
        filter: &filter,
        limit: 0,
        payloads: false,
        now: now.moment,
    };
    let missing = match source.count(one, &wanted, &mut stats).await? {
        Some(missing) => missing,
        None => {
            let unread = source.read(one, &wanted, |page| {
                page.iter().for_each(|delivery| stats.add(delivery));
                ControlFlow::Continue(())
            });
            unread.await?.missing
        }
    };
    Ok(CountedEnvironment {
        environment: one.view.clone(),
        window,
        webhooks: stats.finish(),
        missing,
    })
}
