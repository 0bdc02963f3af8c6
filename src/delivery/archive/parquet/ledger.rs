//! What an archive has of one day: the files that count, and the spans that were never fetched.
//!
//! Pure. A ledger is written last, and only where nobody wrote it meanwhile: what it does not name is not there, and what
//! it names was written before it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{day::Day, rows::Key};
use crate::delivery::{Span, missing};

/// The format of ledgers and of the archive.
pub(super) const FORMAT: i64 = 1;
/// The name of a day's ledger. Engines pass over names that begin with `_`.
pub(super) const NAME: &str = "_ledger.json";

/// A file of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    /// Its name in the day's folder.
    pub(super) name: String,
    pub(super) rows: u64,
    pub(super) bytes: u64,
    pub(super) sha256: String,
    /// The sum of its rows' identities, modulo 2^64.
    pub(super) identities: u64,
    /// The moment of its first row; none where they have no moment.
    pub(super) since: Option<Timestamp>,
    /// The moment of its last row.
    pub(super) until: Option<Timestamp>,
}

impl Entry {
    /// Whether rows with these keys may be among its own.
    pub(super) fn reaches(&self, first: i64, last: i64) -> bool {
        match (self.since, self.until) {
            (Some(since), Some(until)) => {
                since.as_microsecond() <= last && until.as_microsecond() >= first
            }
            _ => true,
        }
    }

    /// The key before which none of its rows comes.
    pub(super) fn head(&self) -> Key {
        Key {
            created: self.until.map_or(i64::MIN, Timestamp::as_microsecond),
            identity: i64::MIN,
        }
    }
}

/// A span of time, as a ledger has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stretch {
    since: Timestamp,
    until: Timestamp,
}

/// The day before, as it was when this one was last written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Previous {
    pub(super) date: String,
    pub(super) digest: String,
}

/// What an archive has of one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ledger {
    format_version: i64,
    /// How often it was written: no two contents of it are equal.
    pub(super) writes: u64,
    /// Which run wrote it: a random text. Two runs may add the very same.
    pub(super) writer: String,
    /// The rows of all files.
    pub(super) rows: u64,
    /// The sum of all identities, modulo 2^64.
    pub(super) identities: u64,
    /// The spans of the day that were never fetched.
    missing: Vec<Stretch>,
    /// The day before, where it was complete.
    pub(super) previous: Option<Previous>,
    /// The files of deliveries that count.
    pub(super) files: Vec<Entry>,
    /// The files of payloads that count.
    pub(super) payloads: Vec<Entry>,
    /// Files that are being deleted: no new one may have such a name.
    pub(super) removing: Vec<String>,
}

impl Ledger {
    /// That of a day of which nothing was fetched.
    pub(super) fn empty(day: Day) -> Self {
        let mut ledger = Self {
            format_version: FORMAT,
            writes: 0,
            writer: String::new(),
            rows: 0,
            identities: 0,
            missing: Vec::new(),
            previous: None,
            files: Vec::new(),
            payloads: Vec::new(),
            removing: Vec::new(),
        };
        ledger.set_missing(day.span().into_iter().collect());
        ledger
    }

    /// Reads one; `Err` says what is wrong with it.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        let ledger: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if ledger.format_version != FORMAT {
            let version = ledger.format_version;
            return Err(format!(
                "it has format {version}, and this version of the program reads {FORMAT}"
            ));
        }
        let files = ledger.files.iter().chain(&ledger.payloads);
        let mut names = files
            .map(|entry| entry.name.as_str())
            .chain(ledger.removing.iter().map(String::as_str));
        if let Some(name) = names
            .find(|name| name.is_empty() || name.contains(['/', '\\']) || name.starts_with('.'))
        {
            return Err(format!("`{}` is no name of a file", name.escape_debug()));
        }
        Ok(ledger)
    }

    /// The spans that were never fetched.
    pub(super) fn missing(&self) -> Vec<Span> {
        let missing = self.missing.iter();
        missing
            .filter_map(|stretch| Span::new(stretch.since, stretch.until))
            .collect()
    }

    fn set_missing(&mut self, spans: Vec<Span>) {
        let stretches = spans.into_iter().map(|span| Stretch {
            since: span.since,
            until: span.until,
        });
        self.missing = stretches.collect();
    }

    /// The spans of the day that were fetched.
    pub(super) fn covered(&self, day: Day) -> Vec<Span> {
        day.span()
            .map_or_else(Vec::new, |whole| missing(&self.missing(), whole))
    }

    /// Notes that a span was fetched.
    pub(super) fn cover(&mut self, span: Span) {
        let left = self.missing();
        let left = left.into_iter().flat_map(|gap| missing(&[span], gap));
        self.set_missing(left.collect());
    }

    /// The name of a new file: another one where a delete of it may still be under way.
    pub(super) fn free_name(&self, name: &str) -> String {
        let is_free = !self.removing.iter().any(|removed| removed == name);
        if is_free {
            name.to_owned()
        } else {
            format!("{}-{name}", self.writes)
        }
    }

    /// Whether all of the day was fetched.
    pub(super) fn is_complete(&self) -> bool {
        self.missing.is_empty()
    }

    /// Sums its files up.
    pub(super) fn sum_up(&mut self) {
        self.rows = self.files.iter().map(|file| file.rows).sum();
        let identities = self.files.iter().map(|file| file.identities);
        self.identities = identities.fold(0, u64::wrapping_add);
    }

    /// The digest of what the archive has of the day, however it is cut into files.
    pub(super) fn digest(&self, day: Day) -> String {
        let mut digest = Sha256::new();
        let (rows, identities) = (self.rows, self.identities);
        digest.update(format!("{}\n{rows}\n{identities}\n", day.folder()));
        for span in &self.missing {
            digest.update(format!("{} {}\n", span.since, span.until));
        }
        base16ct::lower::encode_string(&digest.finalize())
    }
}
