//! The audit log: who sent which mutating request, when, and what came of it.
//!
//! A log is JSON lines. Each step gives two: one before its request is sent and one when its outcome is
//! known, so that a run that dies in between leaves the trace of what it had begun. Each line carries
//! the digest of the line before it, so that a line that was changed, removed or put in between is
//! found by [`Verifier`]. Cutting lines off the end cannot be found in the log alone: keep the last
//! digest elsewhere where that matters.
//!
//! Pure: where lines are kept is for the caller.

mod verify;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::model::json_with_hidden_escaped;

pub use verify::{Fault, LONGEST_LINE, Verified, Verifier};

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
    /// The SHA-256 digest of the plan, as its JSON shows it; empty where there is none.
    pub plan: String,
    /// The environment's name.
    pub environment: String,
    /// `create`, `update`, `delete` or `rotate`; `replay` for an event that is sent again, `ask-replay` where its provider is asked to; where nothing was sent, `observe` for a condition, and `judge` for what a rule says.
    pub action: String,
    /// The webhook's key in the manifest; null for what is deleted.
    pub key: Option<String>,
    /// The webhook's name; of an observation, the condition, its status and its reason; of a rule, `policy/` and its id.
    pub name: String,
    /// The provider's id; null where it is not known yet. Of an event that is sent again, the delivery's.
    pub id: Option<String>,
    /// Which of the operation's steps this is, from 1; 0 of an observation.
    pub step: usize,
    /// What came of it.
    pub outcome: AuditOutcome,
    /// What was said where it did not succeed; of an observation, what was seen; of a rule that is against a plan, what it says.
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
    /// Nothing was sent: the service saw that a condition has changed.
    Observed,
    /// Nothing was sent: a rule lets a plan pass.
    Permitted,
    /// Nothing was sent: a rule warns of a plan.
    Warned,
    /// Nothing was sent: a rule refuses a plan.
    Refused,
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
        let text = serde_json::to_string(&line)?;
        // People read logs in editors and pagers, which may show a name in another order than it is.
        let mut text = json_with_hidden_escaped(&text).into_owned();
        self.0 = digest(text.as_bytes());
        text.push('\n');
        Ok(text)
    }

    /// The digest of the last line.
    pub fn as_str(&self) -> &str {
        &self.0
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

    fn verify(log: &str) -> Verified {
        let mut verifier = Verifier::new(None);
        log.lines().for_each(|line| verifier.line(line.as_bytes()));
        verifier.end().unwrap()
    }

    #[test]
    fn a_whole_log_is_verified_and_can_be_gone_on_with() {
        let mut log = log();
        let verified = verify(&log);
        assert_eq!((verified.lines, verified.cut_off.len()), (3, 0));
        let mut chain = verified.chain;
        assert_eq!(chain, behind(&log));
        log.push_str(&chain.add(line("d")).unwrap());
        let verified = verify(&log);
        assert_eq!((verified.lines, verified.faults), (4, Vec::new()));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let log = log();
        let [a, b, c] = log.lines().collect::<Vec<_>>()[..] else {
            panic!("three lines");
        };
        let changed = b.replacen("\"ana\"", "\"eve\"", 1);
        let newer = c.replacen("version\":1", "version\":2", 1);
        let torn = &c[..c.len() - 10];
        for (lines, expected) in [
            (vec![a, &changed, c], vec![(3, Fault::DoesNotFollow)]),
            (vec![a, c], vec![(2, Fault::DoesNotFollow)]),
            (vec![b, c], vec![(1, Fault::DoesNotFollow)]),
            (vec![a, a, b, c], vec![(2, Fault::Repeated)]),
            (vec![a, b, b, c], vec![(3, Fault::Repeated)]),
            (
                vec![a, c, b],
                vec![(2, Fault::DoesNotFollow), (3, Fault::Follows(1))],
            ),
            (vec![a, b, c, a], vec![(4, Fault::Begins)]),
            (
                vec![a, "x", c],
                vec![(2, Fault::NoLine), (3, Fault::DoesNotFollow)],
            ),
            (vec![a, b, "x"], vec![(3, Fault::NoLine)]),
            (
                vec![a, "x", "x", "x"],
                vec![(2, Fault::NoLine), (3, Fault::NoLine), (4, Fault::NoLine)],
            ),
            (
                vec![a, "", b, c],
                vec![(2, Fault::NoLine), (3, Fault::Follows(1))],
            ),
            (vec![a, b, &newer], vec![(3, Fault::Version(2))]),
            (vec![a, torn, b, c], vec![(2, Fault::CutOff)]),
            (vec![a, torn, torn], vec![(2, Fault::CutOff)]),
        ] {
            let found = verify(&lines.join("\n")).faults;
            assert_eq!(found, expected, "{lines:#?}");
        }
    }

    #[test]
    fn a_line_that_a_crash_cut_off_does_not_end_the_chain() {
        let mut log = log();
        log.truncate(log.len() - 10);
        let verified = verify(&log);
        assert_eq!((verified.lines, &verified.cut_off[..]), (2, &[3][..]));
        assert!(begins_log(&log.as_bytes()[..5]) && begins_log(log.as_bytes()));
        assert!(!begins_log(b"version: 1"));
        let mut chain = behind(&log);
        log.push('\n');
        log.push_str(&chain.add(line("d")).unwrap());
        let verified = verify(&log);
        assert_eq!((verified.lines, verified.cut_off), (3, vec![3]));
        assert_eq!(verified.faults, Vec::new());
    }

    #[test]
    fn a_digest_that_was_kept_is_found_for_as_long_as_its_line_is_there() {
        let log = log();
        let second = digest(log.lines().nth(1).unwrap().as_bytes());
        for (lines, kept) in [(3, Some(2)), (2, Some(2)), (1, None), (0, None)] {
            let mut verifier = Verifier::new(Some(second.clone()));
            log.lines()
                .take(lines)
                .for_each(|line| verifier.line(line.as_bytes()));
            assert_eq!(verifier.end().unwrap().kept, kept, "{lines} lines");
        }
    }

    #[test]
    fn what_has_no_line_of_a_log_is_none() {
        for text in [
            "root:x:0:0",
            "{\n  \"format_version\": 1\n}",
            "{}",
            "\n\n",
            "version: 1",
        ] {
            let mut verifier = Verifier::new(None);
            text.lines().for_each(|line| verifier.line(line.as_bytes()));
            assert_eq!(verifier.end(), None, "{text}");
        }
    }
}
