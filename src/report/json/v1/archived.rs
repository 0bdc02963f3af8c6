//! The documents of `history verify` and `history compact`.

use schemars::JsonSchema;
use serde::Serialize;

#[cfg(feature = "archive")]
use super::Document;
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
    let outcome = if whole {
        Outcome::Nothing
    } else {
        Outcome::Failed
    };
    Document::new(
        outcome,
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
