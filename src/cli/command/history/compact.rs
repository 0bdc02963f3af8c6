//! `history compact`: fewer files, with the same deliveries.

use crate::{
    cli::{
        archives,
        args::{ArchivePlace, CompactArgs},
        clock::Now,
        error::CliError,
        exit,
        planning::Ended,
        terminal::Terminal,
    },
    report::{human, json},
};

pub(crate) async fn run(args: &CompactArgs, terminal: &Terminal) -> Result<u8, Ended> {
    let place = args.archive.to_string();
    if let ArchivePlace::File(_) = args.archive {
        let message = format!("`{place}` is one file, in which nothing is to be merged");
        let hint = "name a folder or bucket of Parquet files, such as `s3://BUCKET/FOLDER`";
        return Err(CliError::usage(message).hint(hint).into());
    }
    let now = Now::read().moment;
    // What is to be merged is there: nothing is made.
    drop(archives::open_to_read(&args.archive).await?);
    let mut archive = archives::open(&args.archive).await?;
    let mut all = Vec::new();
    for (_, environment) in archive.environments().map_err(archives::error)? {
        let compacted = archive.compact(environment, now).await;
        all.extend(compacted.map_err(archives::error)?);
    }
    terminal.show(
        || json::compacted(&all, &place),
        |out| human::compacted(&all, out),
    )?;
    Ok(exit::DONE)
}
