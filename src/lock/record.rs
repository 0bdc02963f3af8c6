//! What stands in a lock.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::json_with_hidden_escaped;

/// Who holds a lock, or held it last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The version of this format: 1.
    pub format_version: u32,
    /// Whether it is held.
    pub state: State,
    /// The run that wrote it: a random id.
    pub run: String,
    /// The environments it is held for.
    pub environments: Vec<String>,
    /// Who runs it.
    pub actor: Option<String>,
    /// Where it runs: a job of a CI system, or a machine.
    pub place: Option<String>,
    /// The process there.
    pub process: u32,
    /// Since when it is held, in UTC.
    pub since: Timestamp,
    /// How often it was renewed: no two records of a run are equal.
    pub renewals: u64,
    /// After how many seconds without renewal it is nobody's; `None` where the operating system ends it.
    pub expires_after: Option<u64>,
}

/// Whether a lock is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// A run holds it, or died holding it.
    Held,
    /// The run gave it back.
    Free,
}

/// What stands there was not written by this program.
#[derive(Debug, thiserror::Error)]
#[error("what stands there is not a lock of hookwright")]
pub struct NotALock(#[source] Option<serde_json::Error>);

#[cfg(feature = "object-store")]
impl NotALock {
    /// An empty object: this program writes none.
    pub(crate) fn empty() -> Self {
        Self(None)
    }
}

impl Record {
    /// Reads a record; `None` where nothing was written yet.
    ///
    /// # Errors
    ///
    /// Anything that is not a record: it is somebody's, and must not be written over.
    pub fn read(bytes: &[u8]) -> Result<Option<Self>, NotALock> {
        if bytes.is_empty() {
            return Ok(None);
        }
        let record: Self = serde_json::from_slice(bytes).map_err(|error| NotALock(Some(error)))?;
        if record.format_version == 1 {
            Ok(Some(record))
        } else {
            Err(NotALock(None))
        }
    }

    /// Its text.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Texts and numbers have no reason not to be JSON.
        let text = serde_json::to_string(self).unwrap_or_default();
        let mut text = json_with_hidden_escaped(&text).into_owned();
        text.push('\n');
        text.into_bytes()
    }

    /// Whether a run holds it, or died holding it.
    pub fn is_held(&self) -> bool {
        self.state == State::Held
    }
}

/// Who holds it, where, and since when.
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.actor.as_deref().unwrap_or("somebody"))?;
        if let Some(place) = &self.place {
            write!(f, " at {place}")?;
        }
        let since = self.since.strftime("%Y-%m-%d %H:%M:%S UTC");
        write!(f, " (process {}) since {since}", self.process)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        Record {
            format_version: 1,
            state: State::Held,
            run: "r".to_owned(),
            environments: vec!["prod".to_owned()],
            actor: Some("ana".to_owned()),
            place: None,
            process: 7,
            since: "2026-01-02T03:04:05.6Z".parse().unwrap(),
            renewals: 0,
            expires_after: None,
        }
    }

    #[test]
    fn what_was_written_is_read() {
        let written = record();
        let read = Record::read(&written.to_bytes()).unwrap();
        assert_eq!(read, Some(written));
        assert_eq!(Record::read(b"").unwrap(), None);
    }

    #[test]
    fn hidden_characters_are_escapes() {
        let written = Record {
            actor: Some("a\u{202e}na".to_owned()),
            place: Some("ci\u{200b}-7\u{1b}".to_owned()),
            ..record()
        };
        let bytes = written.to_bytes();
        assert_eq!(Record::read(&bytes).unwrap(), Some(written));
        let text = String::from_utf8(bytes).unwrap();
        assert!(
            text.contains(r"a\u202ena") && text.contains(r"ci\u200b-7\u001b"),
            "{text}"
        );
        assert!(text.ends_with("}\n") && text.is_ascii(), "{text}");
    }

    #[test]
    fn what_is_not_a_record_is_somebodys() {
        let later = Record {
            format_version: 2,
            ..record()
        };
        for foreign in [&b"version: 1\n"[..], b"{}", b"\xff", &later.to_bytes()] {
            Record::read(foreign).unwrap_err();
        }
    }

    #[test]
    fn it_says_who_where_and_since_when() {
        assert_eq!(
            record().to_string(),
            "ana (process 7) since 2026-01-02 03:04:05 UTC"
        );
        let nameless = Record {
            actor: None,
            place: Some("ci-7".to_owned()),
            ..record()
        };
        assert_eq!(
            nameless.to_string(),
            "somebody at ci-7 (process 7) since 2026-01-02 03:04:05 UTC"
        );
    }
}
