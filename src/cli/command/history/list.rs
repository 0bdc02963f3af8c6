//! `history list`: deliveries, as they are read.

use std::{cell::Cell, io::Write, ops::ControlFlow};

use futures_util::future::try_join_all;

use super::asked::{Asked, asked, filter};
use crate::{
    cli::{
        args::{GlobalArgs, ListArgs, Moment, Wanted as Formats},
        clock::Now,
        connect::{self, Connected},
        context::Context,
        deliveries::{Source, Unread, Wanted, check_history},
        error::CliError,
        exit,
        planning::{Ended, Session},
        terminal::Terminal,
        time,
    },
    delivery::{Delivery, DeliveryFilter, Receivers, without_personal},
    provider::Reader,
    report::{self, ListedDelivery, ListedEnvironment, human, json},
};

pub(crate) async fn run(context: Context<'_>, args: &ListArgs) -> Result<u8, Ended> {
    let Context { global, terminal } = context;
    check(global, args)?;
    let now = Now::read();
    let Asked { session, receivers } = asked(context, &args.filter, &now).await?;
    let mut filters = Vec::new();
    for (one, receivers) in session.environments.iter().zip(receivers) {
        let wanted = wanted(one, args, &now, terminal).await?;
        filters.push(DeliveryFilter {
            receivers,
            ..wanted
        });
    }
    let listing = Listing {
        session: &session,
        filters,
        args,
        format: global.format,
        now: &now,
        terminal,
        has_document: global.format == Formats::Json || global.json_into.is_some(),
        begun: Cell::new(false),
    };
    if args.follow {
        // It has no end of its own: whoever interrupts it ends it.
        let _interrupt = terminal.interrupts().end(&session.stop);
        tokio::select! {
            biased;
            () = session.stop.asked() => {}
            followed = listing.follow() => followed?,
        }
    } else {
        listing.once().await?;
    }
    Ok(exit::DONE)
}

/// What is wanted of an environment, by the clock that dates its deliveries.
async fn wanted(
    one: &Connected,
    args: &ListArgs,
    here: &Now,
    terminal: &Terminal,
) -> Result<DeliveryFilter, CliError> {
    if args.source.archive.is_none() {
        check_history(one)?;
    }
    let moments = [&args.filter.since, &args.filter.until];
    let is_relative = moments.into_iter().flatten().any(Moment::is_relative);
    if args.follow && args.filter.since.is_none() {
        let so = "all that it remembers comes first";
        return Ok(DeliveryFilter {
            since: time::of_history(one, so, terminal).await?,
            ..filter(&args.filter, here)?
        });
    }
    if !is_relative || args.source.archive.is_some() {
        return filter(&args.filter, here);
    }
    let now = time::of_history_or_here(one, here, terminal).await?;
    filter(&args.filter, &now)
}

fn check(global: &GlobalArgs, args: &ListArgs) -> Result<(), CliError> {
    if args.reveal && !args.payload {
        return Err(CliError::usage("`--reveal` says how payloads are shown")
            .hint("add `--payload`, or leave it out"));
    }
    if args.payload && global.format == Formats::Csv {
        return Err(CliError::usage("`csv` has no room for payloads")
            .hint("use `--format jsonl` with `--payload`"));
    }
    if !args.follow {
        return Ok(());
    }
    if args.source.archive.is_some() {
        return Err(CliError::usage("an archive cannot be followed")
            .hint("without `--archive`, the provider's history is"));
    }
    if args.filter.until.is_some() {
        return Err(CliError::usage(
            "`--follow` has no end, and `--until` is one",
        ));
    }
    if global.format == Formats::Json || global.json_into.is_some() {
        return Err(
            CliError::usage("the JSON document is one, and `--follow` has no end")
                .hint("use `--format jsonl`"),
        );
    }
    Ok(())
}

struct Listing<'l> {
    session: &'l Session,
    /// One for each environment.
    filters: Vec<DeliveryFilter>,
    args: &'l ListArgs,
    format: Formats,
    now: &'l Now,
    terminal: &'l Terminal,
    /// Whether the document of the run is wanted, in whatever place.
    has_document: bool,
    /// Whether the head was written.
    begun: Cell<bool>,
}

impl Listing<'_> {
    async fn once(&self) -> Result<(), CliError> {
        let source = Source::open(
            self.args.source.archive.as_ref(),
            self.args.source.page_size,
        )
        .await?;
        let mut all = Vec::new();
        for (one, filter) in self.session.environments.iter().zip(&self.filters) {
            let wanted = Wanted {
                filter,
                limit: self.args.limit,
                payloads: self.args.payload,
                now: self.now.moment,
            };
            let mut collected = Vec::new();
            let mut written = Ok(());
            let on = |page: Vec<Delivery>| {
                let rows = self.rows(one, page);
                if rows.is_empty() {
                    return ControlFlow::Continue(());
                }
                if self.format != Formats::Json {
                    written = self.write(&rows);
                }
                if self.has_document {
                    collected.extend(rows);
                }
                match written {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(_) => ControlFlow::Break(()),
                }
            };
            let Unread { more, missing } = source.read(one, &wanted, on).await?;
            written?;
            all.push(ListedEnvironment {
                environment: one.view.clone(),
                deliveries: collected,
                more,
                missing,
            });
        }
        self.finish(&all)?;
        Ok(())
    }

    async fn follow(&self) -> Result<(), CliError> {
        // This has no end after which it could be said.
        self.terminal.say_kept();
        self.write(&[])?;
        let environments = self.session.environments.iter().zip(&self.filters);
        try_join_all(environments.map(|(one, filter)| async move {
            let reader = Reader::new(one.api.clone());
            let size = Some(self.args.source.page_size);
            let query = filter.pushed_down(one.resolved.profile, self.now.moment, size);
            let mut following = reader.follow(query, self.args.interval);
            loop {
                let mut new = following
                    .next()
                    .await
                    .map_err(|error| connect::history_error(one, error))?;
                new.retain(|delivery| filter.matches(delivery));
                if !new.is_empty() {
                    let rows = self.rows(one, new);
                    self.write(&rows)?;
                }
            }
        }))
        .await
        .map(|_: Vec<()>| ())
    }

    fn rows(&self, one: &Connected, page: Vec<Delivery>) -> Vec<ListedDelivery> {
        let receivers = Receivers::new(&one.resolved.desired, None);
        let row = |mut delivery: Delivery| {
            let receiver = receivers.find(&delivery.webhook_url);
            if let Some(receiver) = receiver {
                delivery.webhook_url = delivery.webhook_url.shown_like(&receiver.url);
            }
            let payload = delivery.payload.take().filter(|_| self.args.payload);
            ListedDelivery {
                environment: one.view.name.clone(),
                webhook: receiver.and_then(|receiver| receiver.key.clone()),
                payload: payload.map(|payload| {
                    if self.args.reveal {
                        *payload
                    } else {
                        without_personal(&payload)
                    }
                }),
                delivery,
            }
        };
        page.into_iter().map(row).collect()
    }

    /// Writes rows, and before the first of them the head.
    fn write(&self, rows: &[ListedDelivery]) -> std::io::Result<()> {
        let layout = human::DeliveryLayout {
            zone: &self.now.zone,
            environments: self.session.environments.len() > 1,
            width: self.terminal.width(),
        };
        let first = !self.begun.replace(true);
        self.terminal.result(|out| match self.format {
            Formats::Jsonl => json::delivery_lines(rows, out),
            Formats::Csv => report::csv::deliveries(rows, first, out),
            _ => {
                if first {
                    human::delivery_head(&layout, out)?;
                }
                human::deliveries(rows, &layout, out)
            }
        })
    }

    fn finish(&self, all: &[ListedEnvironment]) -> Result<(), CliError> {
        if self.format == Formats::Json {
            return self.terminal.show(|| json::deliveries(all), |_| Ok(()));
        }
        self.terminal.keep(|| json::text(&json::deliveries(all)))?;
        match (self.begun.get(), self.format) {
            (true, _) => {}
            (false, Formats::Text) => self
                .terminal
                .result(|out| writeln!(out, "No deliveries."))?,
            (false, _) => self.write(&[])?,
        }
        let unread = |out: &mut dyn Write| {
            human::unread(
                all,
                self.args.limit,
                &self.now.zone,
                self.terminal.width(),
                out,
            )
        };
        // Behind a table it is part of the result; lines for programs stay lines.
        match self.format {
            Formats::Text => self.terminal.result(unread)?,
            _ => self.terminal.say(unread),
        }
        Ok(())
    }
}
