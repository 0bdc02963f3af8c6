//! `doctor`: what is wrong around the webhooks.

use futures_util::future::join_all;

use crate::{
    cli::{
        args::DoctorArgs,
        checkup::Examiner,
        clock::clock,
        context::Context,
        exit, inputs,
        planning::{self, Ended},
        probing::poster,
    },
    plan::Options,
    report::{Mark, human, json},
};

pub(crate) async fn run(context: Context<'_>, args: &DoctorArgs) -> Result<u8, Ended> {
    let Context { global, terminal } = context;
    let choose = |document: &_| inputs::selected(document, &global.environment);
    let session = planning::open(context, &Options::default(), choose).await?;
    let examiner = Examiner {
        session: &session,
        receivers: poster(args.allow_private, global.timeout, &session.sockets),
        clock: clock(),
    };
    let environments = session.environments.iter();
    let found = join_all(environments.map(|one| examiner.examine(one))).await;
    terminal.show(
        || json::checkup(&found),
        |out| human::checkup(&found, terminal.width(), out),
    )?;
    let failed = found.iter().any(|one| one.count(Mark::Failed) > 0);
    Ok(if failed { exit::FAILED } else { exit::DONE })
}
