//! Opening archives: files, folders and buckets.

#[cfg(feature = "parquet")]
mod objects;

#[cfg(feature = "parquet")]
pub(super) use objects::import;

use std::{fs::OpenOptions, io, path::Path};

use super::{
    args::ArchivePlace,
    error::{CliError, ErrorKind},
};
#[cfg(feature = "parquet")]
use crate::delivery::archive::Importable;
use crate::delivery::archive::{Archive, ArchiveError};

/// Opens an archive to read from.
///
/// # Errors
///
/// There is none, or it cannot be read.
pub(super) async fn open_to_read(place: &ArchivePlace) -> Result<Archive, CliError> {
    match place {
        ArchivePlace::File(path) => {
            check(path)?;
            Archive::open_to_read(path).map_err(error)
        }
        #[cfg(feature = "parquet")]
        ArchivePlace::Url(url) => objects::open_to_read(url).await,
        #[cfg(not(feature = "parquet"))]
        ArchivePlace::Url(url) => Err(unbuilt(url)),
        ArchivePlace::WithMore => Err(with_more()),
    }
}

/// Opens an archive to write to, and makes it where there is none.
///
/// # Errors
///
/// Something else is there, or it cannot be written.
pub(super) async fn open(place: &ArchivePlace) -> Result<Archive, CliError> {
    match place {
        ArchivePlace::File(path) => {
            check(path)?;
            create(path)?;
            Archive::open(path).map_err(error)
        }
        #[cfg(feature = "parquet")]
        ArchivePlace::Url(url) => objects::open(url).await,
        #[cfg(not(feature = "parquet"))]
        ArchivePlace::Url(url) => Err(unbuilt(url)),
        ArchivePlace::WithMore => Err(with_more()),
    }
}

/// Opens an SQLite archive to move it.
///
/// # Errors
///
/// There is none, it is something else, or it has another format.
#[cfg(feature = "parquet")]
pub(super) fn open_to_import(path: &Path) -> Result<Importable, CliError> {
    check(path)?;
    Importable::open(path).map_err(|err| match err {
        ArchiveError::Absent { .. } => CliError::new(ErrorKind::Failed, err)
            .hint("name the SQLite file that `history sync --archive FILE` made"),
        _ => error(err),
    })
}

/// What is said of a URL that has more than a place.
pub(super) fn with_more() -> CliError {
    CliError::usage("the URL of `--archive` has more than a place: a user, a query or a fragment")
        .hint(
            "leave it out: credentials are taken from the environment, such as `AWS_ACCESS_KEY_ID`",
        )
}

/// Refuses what is no file: of a folder, SQLite says that a disk has failed, and for a pipe it waits.
fn check(path: &Path) -> Result<(), CliError> {
    let problem = match path.metadata() {
        Ok(found) if found.is_dir() => "it is a folder",
        Ok(found) if !found.is_file() => "it is not a file",
        // Where there is nothing, or it cannot be looked at, opening it says so.
        _ => return Ok(()),
    };
    let path = path.display();
    let message = format!("failed to open the archive `{path}`: {problem}");
    Err(CliError::failed(message)
        .hint("an archive is one file: name it, such as `deliveries.db`; or write `file:///FOLDER` for a folder of Parquet files"))
}

/// Makes the file where there is none, so that nobody else can read it: it tells whose loan is decided
/// when.
fn create(path: &Path) -> Result<(), CliError> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.write(true).create_new(true).open(path) {
        Ok(_) => Ok(()),
        Err(err) if err.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(err) => {
            let failed = format!("failed to make the archive `{}`", path.display());
            let error = CliError::from(anyhow::Error::new(err).context(failed));
            Err(error.hint("its folder must be there, and writable"))
        }
    }
}

/// An archive that cannot be used, as the program ends with it.
pub(super) fn error(error: ArchiveError) -> CliError {
    let kind = match error {
        ArchiveError::Absent { .. }
        | ArchiveError::NotAnArchive { .. }
        | ArchiveError::Newer { .. }
        | ArchiveError::Older { .. }
        | ArchiveError::NoEnvironment { .. }
        | ArchiveError::Failed { .. } => ErrorKind::Failed,
        ArchiveError::OtherAccount { .. } | ArchiveError::UnprovenAccount { .. } => {
            ErrorKind::Refused
        }
    };
    let way_out = error.way_out();
    CliError::new(kind, error).hint(way_out)
}

/// What a build without Parquet says.
#[cfg(not(feature = "parquet"))]
pub(super) fn unbuilt(url: &url::Url) -> CliError {
    let message = format!("this build keeps no archives of Parquet files, as `{url}` would be");
    CliError::usage(message).hint("name an SQLite file, or use a build with the feature `parquet`")
}

/// Run by `.ci/run`, in a build without Parquet.
#[cfg(all(test, not(feature = "parquet")))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_build_without_parquet_says_so() {
        let place = ArchivePlace::Url("s3://bucket/hooks".parse().unwrap());
        let refused = [open_to_read(&place).await, open(&place).await];
        for refused in refused {
            let error = refused.unwrap_err();
            assert_eq!(error.kind, ErrorKind::Usage);
            assert_eq!(
                error.source.to_string(),
                "this build keeps no archives of Parquet files, as `s3://bucket/hooks` would be"
            );
            assert_eq!(
                error.hints,
                ["name an SQLite file, or use a build with the feature `parquet`"]
            );
        }
    }
}
