//! The audit log: who sent which mutating request, when, and what came of it.
//!
//! A log is JSON lines. Each step gives two: one before its request is sent and one when its outcome is
//! known, so that a run that dies in between leaves the trace of what it had begun. Each line carries
//! the digest of the line before it, so that a line that was changed, removed or put in between is
//! found by [`verify`]. Cutting lines off the end cannot be found in the log alone: keep the last
//! digest elsewhere where that matters.
//!
//! Pure: where lines are kept is for the caller.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What stands for the line before the first one.
const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One line of an audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditLine {
    /// The version of this format: 1.
    #[schemars(extend("const" = 1))]
    pub format_version: u32,
    /// When it was written, in UTC.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub time: Timestamp,
    /// Who ran it.
    pub actor: Option<String>,
    /// The commit that the manifest is of.
    pub commit: Option<String>,
    /// The SHA-256 digest of the plan, as its JSON shows it.
    pub plan: String,
    /// The environment's name.
    pub environment: String,
    /// `create`, `update` or `delete`.
    pub action: String,
    /// The webhook's key in the manifest; null for what is deleted.
    pub key: Option<String>,
    /// The webhook's name.
    pub name: String,
    /// The provider's id; null where it is not known yet.
    pub id: Option<String>,
    /// Which of the operation's steps this is, from 1.
    pub step: usize,
    /// What came of it.
    pub outcome: AuditOutcome,
    /// What was said where it did not succeed.
    pub error: Option<String>,
    /// The SHA-256 digest of the line before, without its newline; zeros for the first.
    pub previous: String,
}

/// What came of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AuditOutcome {
    /// It is about to be sent.
    Begun,
    /// It was carried out.
    Applied,
    /// It was not carried out, or not as asked.
    Failed,
    /// Whether it was carried out is not known.
    Unknown,
}

/// Where a chain of lines has come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain(String);

impl Default for Chain {
    fn default() -> Self {
        Self(NOTHING.to_owned())
    }
}

impl Chain {
    /// The chain behind a line, which is without its newline.
    pub fn behind(line: &[u8]) -> Self {
        Self(digest(line))
    }

    /// Adds a line: its text, with the digest of the one before and a newline.
    ///
    /// # Errors
    ///
    /// Those of serialising, which has no reason to fail.
    pub fn add(&mut self, mut line: AuditLine) -> serde_json::Result<String> {
        line.previous.clone_from(&self.0);
        let mut text = serde_json::to_string(&line)?;
        self.0 = digest(text.as_bytes());
        text.push('\n');
        Ok(text)
    }

    /// The digest of the last line.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A line does not follow the one before: a line was changed, removed or put in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "line {line} does not follow the line before it: a line was changed, removed or put in between"
)]
pub struct BrokenChain {
    /// Its number, from 1.
    pub line: usize,
}

/// A log whose chain holds, as far as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// How many lines it has.
    pub lines: usize,
    /// When the last of them was written.
    pub last: Option<Timestamp>,
    /// The numbers, from 1, of what is in the chain and is no line: a crash cut its writing off.
    pub cut_off: Vec<usize>,
    /// Where the chain has come to.
    pub chain: Chain,
}

impl Verified {
    /// Checks the next line, which is without its newline. A log may be longer than memory, so it comes line by line.
    ///
    /// # Errors
    ///
    /// The line does not follow.
    pub fn add(&mut self, text: &[u8]) -> Result<(), BrokenChain> {
        let number = self.lines + self.cut_off.len() + 1;
        match serde_json::from_slice::<AuditLine>(text) {
            Ok(line) if line.previous == self.chain.0 => {
                self.lines += 1;
                self.last = Some(line.time);
            }
            Ok(_) => return Err(BrokenChain { line: number }),
            // It is vouched for by the line behind it, if there is one.
            Err(_) => self.cut_off.push(number),
        }
        self.chain = Chain::behind(text);
        Ok(())
    }
}

/// Whether the first line of a file is that of an audit log: whole, or cut off by a crash.
pub fn begins_log(line: &[u8]) -> bool {
    const BEGINNING: &[u8] = b"{\"format_version\":";
    let common = line.len().min(BEGINNING.len());
    line[..common] == BEGINNING[..common]
}

/// The SHA-256 digest of bytes, in hex.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str) -> AuditLine {
        AuditLine {
            format_version: 1,
            time: "2026-01-02T03:04:05Z".parse().unwrap(),
            actor: Some("ana".to_owned()),
            commit: None,
            plan: digest(b"plan"),
            environment: "prod".to_owned(),
            action: "create".to_owned(),
            key: Some(name.to_owned()),
            name: name.to_owned(),
            id: None,
            step: 1,
            outcome: AuditOutcome::Applied,
            error: None,
            previous: String::new(),
        }
    }

    fn verify(log: &str) -> Result<Verified, BrokenChain> {
        let mut verified = Verified::default();
        log.lines()
            .try_for_each(|line| verified.add(line.as_bytes()))?;
        Ok(verified)
    }

    fn behind(log: &str) -> Chain {
        Chain::behind(log.lines().last().unwrap().as_bytes())
    }

    fn log() -> String {
        let mut chain = Chain::default();
        ["a", "b", "c"]
            .iter()
            .map(|name| chain.add(line(name)).unwrap())
            .collect()
    }

    #[test]
    fn a_whole_log_is_verified_and_can_be_gone_on_with() {
        let mut log = log();
        let Verified {
            lines,
            last,
            cut_off,
            mut chain,
        } = verify(&log).unwrap();
        assert_eq!((lines, cut_off.len()), (3, 0));
        assert_eq!(last, Some(line("c").time));
        assert_eq!(chain, behind(&log));
        log.push_str(&chain.add(line("d")).unwrap());
        assert_eq!(verify(&log).unwrap().lines, 4);
    }

    #[test]
    fn a_changed_removed_or_inserted_line_is_found() {
        let log = log();
        let lines: Vec<&str> = log.lines().collect();
        let changed = log.replacen("\"ana\"", "\"eve\"", 1);
        assert_eq!(verify(&changed), Err(BrokenChain { line: 2 }));
        let removed = format!("{}\n{}\n", lines[0], lines[2]);
        assert_eq!(verify(&removed), Err(BrokenChain { line: 2 }));
        let inserted = format!("{}\n{}\n{}\n", lines[0], lines[0], lines[1]);
        assert_eq!(verify(&inserted), Err(BrokenChain { line: 2 }));
        let garbled = format!("{}\nnoise\n{}\n", lines[0], lines[2]);
        assert_eq!(verify(&garbled), Err(BrokenChain { line: 3 }));
        let beheaded = format!("{}\n{}\n", lines[1], lines[2]);
        assert_eq!(verify(&beheaded), Err(BrokenChain { line: 1 }));
    }

    #[test]
    fn a_line_that_a_crash_cut_off_does_not_end_the_chain() {
        let mut log = log();
        log.truncate(log.len() - 10);
        assert!(begins_log(&log.as_bytes()[..5]) && begins_log(log.as_bytes()));
        assert!(!begins_log(b"version: 1"));
        let mut chain = behind(&log);
        log.push('\n');
        log.push_str(&chain.add(line("d")).unwrap());
        let verified = verify(&log).unwrap();
        assert_eq!((verified.lines, verified.cut_off), (3, vec![3]));
    }
}
