//! Archives in folders and buckets.

use std::{fs, path::PathBuf};

use anyhow::{Context, anyhow};
use object_store::path::Path;
use url::Url;

use super::{CliError, ErrorKind, error};
use crate::{
    cli::{
        clock::clock,
        stores::{Connections, OF_ARCHIVES, endpoint, store},
    },
    delivery::archive::{
        Archive, ArchiveError, Folder, Importable, ImportedEnvironment, Objects, Place, StoreError,
    },
    model::MaskedText,
};

pub(super) async fn open_to_read(url: &Url) -> Result<Archive, CliError> {
    if let Some(folder) = folder(url)
        && !folder.exists()
    {
        let place = Place::Url(url.to_string());
        return Err(error(ArchiveError::Absent { place }));
    }
    let opened = Archive::open_objects_to_read(&objects(url)?).await;
    opened.map_err(error)
}

pub(super) async fn open(url: &Url) -> Result<Archive, CliError> {
    prepare(url)?;
    let opened = Archive::open_objects(&objects(url)?, random()).await;
    opened.map_err(error)
}

/// Moves an SQLite archive into one of Parquet files, which is made where there is none.
///
/// # Errors
///
/// Those of either archive.
pub(in crate::cli) async fn import(
    file: &Importable,
    url: &Url,
    is_same_account: bool,
    on: impl FnMut(&str),
) -> Result<Vec<ImportedEnvironment>, CliError> {
    prepare(url)?;
    let imported = Archive::import(&objects(url)?, random(), file, is_same_account, on).await;
    imported.map_err(|err| {
        let is_files = matches!(
            &err,
            ArchiveError::Failed {
                source: StoreError::Sqlite(_),
                ..
            }
        );
        let error = error(err);
        match error.kind {
            // What was moved is there, and the next run leaves it out.
            ErrorKind::Failed if !is_files => {
                error.hint("the file is as it was; run this again: it goes on where it ended")
            }
            _ => error,
        }
    })
}

/// Makes the folder where there is none.
fn prepare(url: &Url) -> Result<(), CliError> {
    if let Some(folder) = folder(url) {
        let made = create(&folder)
            .with_context(|| format!("failed to make the folder `{}`", folder.display()));
        made.map_err(|error| {
            CliError::from(error).hint("the folder above must be there, and writable")
        })?;
    }
    Ok(())
}

fn random() -> [u8; 32] {
    let mut random = [0; 32];
    for half in random.chunks_mut(16) {
        half.copy_from_slice(uuid::Uuid::new_v4().as_bytes());
    }
    random
}

/// Makes a folder that nobody else can read: it tells whose loan is decided when.
fn create(folder: &PathBuf) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

fn folder(url: &Url) -> Option<PathBuf> {
    (url.scheme() == "file").then(|| url.to_file_path().ok())?
}

fn objects(url: &Url) -> Result<Objects, CliError> {
    let place = url.to_string();
    let found = match folder(url) {
        Some(folder) => Folder::new(&folder)
            .map(|store| Objects {
                store,
                root: Path::default(),
                url: place.clone(),
            })
            .map_err(anyhow::Error::from),
        // What stores say has its sources in it.
        None => bucket(url).map_err(|error| anyhow!("{error}")),
    };
    let found = found.with_context(|| format!("failed to open the archive `{place}`"));
    found.map_err(|error| {
        CliError::from(error).hint(
            "look at the URL, and at the credentials in the environment (`docs/archive.md` names the variables)",
        )
    })
}

fn bucket(url: &Url) -> anyhow::Result<Objects> {
    let connections = Connections::within(OF_ARCHIVES);
    let endpoint = endpoint(url.scheme()).map(MaskedText::plain);
    let text = MaskedText::plain(url.as_str());
    let (store, root, _) = store(&text, endpoint.as_ref(), None, clock(), &connections)?;
    Ok(Objects {
        store,
        root,
        url: url.to_string(),
    })
}
