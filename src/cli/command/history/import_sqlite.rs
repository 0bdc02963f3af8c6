//! `history import-sqlite`: an SQLite archive becomes one of Parquet files.

use crate::cli::{
    archives,
    args::{ArchivePlace, ImportSqliteArgs},
    error::CliError,
    planning::Ended,
    terminal::Terminal,
};

pub(crate) async fn run(args: &ImportSqliteArgs, terminal: &Terminal) -> Result<u8, Ended> {
    let url = match &args.archive {
        ArchivePlace::Url(url) => url,
        ArchivePlace::File(path) => {
            let path = path.display();
            let message = format!("`{path}` is no folder or bucket of Parquet files to move into");
            let hint =
                "name one with `--archive`, such as `s3://BUCKET/FOLDER` or `file:///FOLDER`";
            return Err(CliError::usage(message).hint(hint).into());
        }
        ArchivePlace::WithMore => return Err(archives::with_more().into()),
    };
    import(args, url, terminal).await
}

#[cfg(feature = "parquet")]
async fn import(args: &ImportSqliteArgs, url: &url::Url, terminal: &Terminal) -> Result<u8, Ended> {
    use crate::{
        cli::{clock::Now, exit},
        report::{human, json},
    };

    let now = Now::read();
    let file = archives::open_to_import(&args.file)?;
    let imported = archives::import(&file, url, args.same_account, |environment| {
        terminal.say(|out| writeln!(out, "{environment}: moving its deliveries"));
    });
    let imported = imported.await?;
    let (from, archive) = (args.file.display().to_string(), args.archive.to_string());
    terminal.show(
        || json::imported_archive(&imported, &from, &archive),
        |out| human::imported_archive(&imported, &from, &archive, &now.zone, out),
    )?;
    Ok(exit::DONE)
}

#[cfg(not(feature = "parquet"))]
async fn import(
    _args: &ImportSqliteArgs,
    url: &url::Url,
    _terminal: &Terminal,
) -> Result<u8, Ended> {
    Err(archives::unbuilt(url).into())
}
