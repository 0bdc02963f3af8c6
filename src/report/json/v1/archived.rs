//! The documents of `history verify`, `history compact` and `history import-sqlite`.

use schemars::JsonSchema;
use serde::Serialize;

#[cfg(feature = "archive")]
use super::Document;
use super::history::SpanBody;
#[cfg(feature = "archive")]
use crate::{
    delivery::archive::{CompactedEnvironment, VerifiedEnvironment},
    run::Outcome,
};

/// Whether an archive is whole.
#[derive(Debug, Serialize, JsonSchema)]
pub struct VerifiedArchive {
    /// The archive.
    archive: String,
    /// Whether nothing is wrong with it.
    whole: bool,
    /// The environments that it keeps.
    environments: Vec<VerifiedBody>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct VerifiedBody {
    /// The environment's name.
    environment: String,
    /// How many days it has.
    days: u64,
    /// How many files count.
    files: u64,
    /// Their bytes.
    bytes: u64,
    /// The deliveries in those that are whole.
    deliveries: u64,
    /// Files of payloads that somebody deleted, such as a rule of the bucket.
    payloads_gone: u64,
    /// Files that nothing names: of runs that were killed, or are at work.
    unnamed: u64,
    /// What is wrong.
    faults: Vec<ArchiveFault>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ArchiveFault {
    /// The object, by its path in the archive.
    object: String,
    /// What is wrong with it.
    problem: String,
}

/// What merging came to.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CompactedArchive {
    /// The archive.
    archive: String,
    /// The environments that it keeps.
    environments: Vec<CompactedBody>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct CompactedBody {
    /// The environment's name.
    environment: String,
    /// The days whose files were merged.
    days: u64,
    /// How many files the closed days had.
    merged: u64,
    /// How many they have now.
    into: u64,
    /// Files that were deleted.
    deleted: u64,
}

/// What was moved from an SQLite archive.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ImportedArchive {
    /// The archive.
    archive: String,
    /// The SQLite file, which is as it was.
    from: String,
    /// The environments that it keeps.
    environments: Vec<ImportedBody>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ImportedBody {
    /// The environment's name.
    environment: String,
    /// Its provider.
    provider: String,
    /// The deliveries of the file.
    deliveries: u64,
    /// Those that the archive had not.
    new: u64,
    /// Those that the archive had.
    known: u64,
    /// Those that have a payload.
    payloads: u64,
    /// The spans of which the file has all deliveries.
    covered: Vec<SpanBody>,
}

/// The document of `history verify`.
#[cfg(feature = "archive")]
pub fn verified_archive(all: &[VerifiedEnvironment], archive: &str) -> Document<VerifiedArchive> {
    let whole = all.iter().all(|verified| verified.faults.is_empty());
    let environments = all.iter().map(|verified| VerifiedBody {
        environment: verified.name.clone(),
        days: verified.days,
        files: verified.files,
        bytes: verified.bytes,
        deliveries: verified.deliveries,
        payloads_gone: verified.payloads_gone,
        unnamed: verified.unnamed,
        faults: verified
            .faults
            .iter()
            .map(|fault| ArchiveFault {
                object: fault.object.clone(),
                problem: fault.problem.clone(),
            })
            .collect(),
    });
    Document::judged(
        whole,
        VerifiedArchive {
            archive: archive.to_owned(),
            whole,
            environments: environments.collect(),
        },
    )
}

/// The document of `history compact`.
#[cfg(feature = "archive")]
pub fn compacted(all: &[CompactedEnvironment], archive: &str) -> Document<CompactedArchive> {
    let environments = all.iter().map(|compacted| CompactedBody {
        environment: compacted.name.clone(),
        days: compacted.days,
        merged: compacted.merged,
        into: compacted.into,
        deleted: compacted.deleted,
    });
    Document::new(
        Outcome::Applied,
        CompactedArchive {
            archive: archive.to_owned(),
            environments: environments.collect(),
        },
    )
}

/// The document of `history import-sqlite`.
#[cfg(feature = "parquet")]
pub fn imported_archive(
    all: &[crate::delivery::archive::ImportedEnvironment],
    from: &str,
    archive: &str,
) -> Document<ImportedArchive> {
    let environments = all.iter().map(|imported| ImportedBody {
        environment: imported.name.clone(),
        provider: imported.provider.clone(),
        deliveries: imported.deliveries,
        new: imported.new,
        known: imported.known,
        payloads: imported.payloads,
        covered: super::history::spans(&imported.covered),
    });
    Document::new(
        Outcome::Applied,
        ImportedArchive {
            archive: archive.to_owned(),
            from: from.to_owned(),
            environments: environments.collect(),
        },
    )
}
