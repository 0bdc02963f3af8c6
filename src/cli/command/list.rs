//! `list`: what is live, as it is.

use crate::{
    cli::{
        args::{ListLiveArgs, Wanted},
        context::Context,
        exit, inputs,
        planning::{self, Ended},
    },
    plan::Options,
    report::{self, human, json},
    run::{ListedEnvironment, Outcome},
};

pub(crate) async fn run(context: Context<'_>, args: &ListLiveArgs) -> Result<u8, Ended> {
    let Context { global, terminal } = context;
    let choose = |document: &_| inputs::selected(document, &global.environment);
    let options = Options {
        allow_secret_mismatch: args.allow_secret_mismatch,
        ..Options::default()
    };
    let session = planning::open(context, &options, choose).await?;
    let planned = session.settle_unasked(session.draft().await);
    let environments = planned.into_iter().zip(&session.environments);
    let all: Vec<ListedEnvironment> = environments
        .map(|(planned, environment)| {
            ListedEnvironment::new(planned, &environment.resolved.desired)
        })
        .collect();
    terminal.show(
        || json::listed(&all),
        |out| match global.format {
            Wanted::Csv => report::csv::webhooks(&all, out),
            _ => human::listed(&all, terminal.width(), out),
        },
    )?;
    let outcome = Outcome::worst(all.iter().map(ListedEnvironment::outcome));
    Ok(exit::of_look(outcome, exit::DONE))
}
