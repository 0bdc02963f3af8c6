//! What looking after an archive comes to.

/// Something that is wrong with an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The object, by its path in the archive.
    pub object: String,
    /// What is wrong with it.
    pub problem: String,
}

/// What an archive has of an environment, and what is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifiedEnvironment {
    /// The environment's name.
    pub name: String,
    /// The days that have a ledger.
    pub days: u64,
    /// The files that count.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The deliveries in those that are whole.
    pub deliveries: u64,
    /// Files of payloads that somebody deleted, such as a rule of the bucket.
    pub payloads_gone: u64,
    /// Files that no ledger names: of runs that were killed, or are at work.
    pub unnamed: u64,
    /// What is wrong.
    pub faults: Vec<Fault>,
}

#[cfg(feature = "parquet")]
impl VerifiedEnvironment {
    pub(super) fn fault(&mut self, object: String, problem: &str) {
        let problem = problem.to_owned();
        self.faults.push(Fault { object, problem });
    }
}

/// What merging came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompactedEnvironment {
    /// The environment's name.
    pub name: String,
    /// The days whose files were merged.
    pub days: u64,
    /// How many files the closed days had.
    pub merged: u64,
    /// How many they have now.
    pub into: u64,
    /// Files that were deleted.
    pub deleted: u64,
}
