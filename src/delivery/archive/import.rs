//! Moving an SQLite archive into one of Parquet files.

use std::{collections::VecDeque, path::Path};

use super::{
    Archive, ArchiveError, EnvironmentId, Kept, Objects,
    moved::{ImportedEnvironment, MovedEnvironment},
    parquet::{ParquetArchive, days},
    sqlite::SqliteArchive,
};
use crate::delivery::Span;

/// An SQLite archive that is to be moved. It is only read, and all of it as it is at one moment.
#[derive(Debug)]
pub struct Importable(SqliteArchive);

impl Importable {
    /// Opens it.
    ///
    /// # Errors
    ///
    /// There is none, it is something else, or a later version made it.
    pub fn open(path: &Path) -> Result<Self, ArchiveError> {
        let archive = SqliteArchive::open_to_move(path)?;
        archive.hold_still()?;
        Ok(Self(archive))
    }
}

impl Archive {
    /// Moves an SQLite archive into a folder or bucket of Parquet files, which is made where there is none. What is there already
    /// is left out, so a run may be repeated, also after it was killed. The file stays as it is. The bytes must be random.
    ///
    /// Where both keep an environment of one name, they must have a delivery in common, or `is_same_account` says that it is one.
    ///
    /// # Errors
    ///
    /// Those of either store, and another account's environment of the same name: then nothing is moved.
    pub async fn import(
        objects: &Objects,
        random: [u8; 32],
        file: &Importable,
        is_same_account: bool,
        mut on: impl FnMut(&str),
    ) -> Result<Vec<ImportedEnvironment>, ArchiveError> {
        let Importable(file) = file;
        let salt = file.salt();
        let mut archive = ParquetArchive::open_like(objects, random, salt).await?;
        let mut proven = Vec::new();
        for (from, environment) in file.kept()? {
            let is_proven =
                is_same_account || has_in_common(&archive, file, from, &environment).await?;
            archive.check_moved(&environment, salt, is_proven)?;
            proven.push((from, environment, is_proven));
        }
        // Only where all of them may be entered: what is refused leaves nothing behind.
        let mut entered = Vec::new();
        for (from, environment, is_proven) in proven {
            let into = archive.enter_moved(&environment, salt, is_proven).await?;
            entered.push((from, environment, into));
        }
        let mut all = Vec::new();
        for (from, environment, into) in entered {
            on(&environment.name);
            all.push(moved(file, from, environment, &mut archive, into).await?);
        }
        Ok(all)
    }
}

/// Whether both archives keep a delivery in common, where digests do not tell whether the environment is one: two accounts have
/// none.
async fn has_in_common(
    archive: &ParquetArchive,
    file: &SqliteArchive,
    from: EnvironmentId,
    environment: &MovedEnvironment,
) -> Result<bool, ArchiveError> {
    match archive.check_moved(environment, file.salt(), false) {
        Err(ArchiveError::UnprovenAccount { .. }) => {
            let has = |created, identity| file.has(from, created, identity);
            archive
                .has_any(&environment.name, file.reach(from)?, has)
                .await
        }
        // The digests tell.
        _ => Ok(false),
    }
}

/// Moves deliveries in the order of time. A span is covered right after its last delivery was given, and so each day's ledger
/// is written once, if the day is small.
async fn moved(
    file: &SqliteArchive,
    from: EnvironmentId,
    environment: MovedEnvironment,
    archive: &mut ParquetArchive,
    into: EnvironmentId,
) -> Result<ImportedEnvironment, ArchiveError> {
    let mut imported = ImportedEnvironment {
        name: environment.name,
        provider: environment.provider,
        covered: file.covered(from)?,
        ..ImportedEnvironment::default()
    };
    let mut spans: VecDeque<Span> = imported
        .covered
        .iter()
        .flat_map(|span| days(*span))
        .collect();
    let mut kept = Kept::default();
    let mut after = None;
    loop {
        let piece = file.piece(from, after)?;
        let Some(last) = piece.last() else { break };
        after = Some((last.created, last.identity));
        for delivery in piece {
            while let Some(span) =
                spans.pop_front_if(|span| span.until.as_microsecond() <= delivery.created)
            {
                kept.add(archive.cover(into, span).await?);
            }
            imported.deliveries += 1;
            imported.payloads += u64::from(delivery.payload.is_some());
            kept.add(archive.keep_moved(into, delivery).await?);
        }
    }
    for span in spans {
        kept.add(archive.cover(into, span).await?);
    }
    kept.add(archive.settle(into).await?);
    (imported.new, imported.known) = (kept.new, kept.known);
    Ok(imported)
}
