//! `doctor`: what is wrong around the webhooks.

use futures_util::future::join_all;

use crate::{
    cli::{
        args::{DoctorArgs, GlobalArgs},
        checkup::Examiner,
        clock::clock,
        exit, inputs,
        planning::{self, Ended},
        terminal::Terminal,
    },
    plan::Options,
    probe::{Poster, Reach},
    report::{Mark, human, json},
};

pub(crate) async fn run(
    global: &GlobalArgs,
    args: &DoctorArgs,
    terminal: &Terminal,
) -> Result<u8, Ended> {
    let choose = |document: &_| inputs::selected(document, &global.environment);
    let session = planning::open(global, &Options::default(), choose, terminal).await?;
    let receivers = Poster::new(if args.allow_private {
        Reach::Any
    } else {
        Reach::Public
    })
    .with_sockets(session.sockets.clone());
    let examiner = Examiner {
        session: &session,
        receivers: match global.timeout {
            Some(timeout) => receivers.with_timeout(timeout),
            None => receivers,
        },
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
