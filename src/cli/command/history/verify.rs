//! `history verify`: whether an archive is whole.

use crate::{
    cli::{
        archives,
        args::{Format, VerifyArgs},
        error::CliError,
        exit,
        planning::Ended,
        terminal::Terminal,
    },
    report::{human, json},
};

pub(crate) async fn run(args: &VerifyArgs, terminal: &Terminal) -> Result<u8, Ended> {
    let archive = archives::open_to_read(&args.archive).await?;
    let mut all = Vec::new();
    for (_, environment) in archive.environments().map_err(archives::error)? {
        let verified = archive.verify(environment).await;
        all.push(verified.map_err(archives::error)?);
    }
    let place = args.archive.to_string();
    terminal.show(
        || json::verified_archive(&all, &place),
        |out| human::verified_archive(&all, out),
    )?;
    let faults = all
        .iter()
        .map(|verified| verified.faults.len())
        .sum::<usize>();
    if faults == 0 {
        return Ok(exit::DONE);
    }
    if terminal.format == Format::Json {
        return Ok(exit::FAILED);
    }
    let message = format!("the archive `{place}` is not whole");
    let hint = "restore what is named from a copy; or delete the folder of that day, and `history sync` fetches it again while the provider remembers it";
    Err(CliError::failed(message).hint(hint).into())
}
