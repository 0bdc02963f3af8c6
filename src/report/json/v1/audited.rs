//! The document of `audit`.

use schemars::JsonSchema;
use serde::Serialize;

use super::Document;
use crate::apply::audit::Verified;

/// Whether an audit log is whole.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Audited {
    /// Whether nothing is wrong with it; an empty log is whole.
    whole: bool,
    /// How many lines it has.
    lines: usize,
    /// The numbers, from 1, of lines that a crash cut off while they were written: what they began may
    /// have been sent.
    cut_off: Vec<usize>,
    /// When the last line was written; null for an empty log.
    last: Option<String>,
    /// The SHA-256 digest of the last line, in hex; zeros for an empty log. Keep it elsewhere, for
    /// `--digest`.
    digest: String,
    /// What is wrong, in the order of the lines: the first 100.
    faults: Vec<FaultBody>,
    /// How many more faults there are.
    more_faults: usize,
    /// Where the digest that was kept is; null where none was given, or no line has it.
    kept: Option<KeptBody>,
}

/// What is wrong with a line.
#[derive(Debug, Serialize, JsonSchema)]
struct FaultBody {
    /// Its number, from 1.
    line: usize,
    /// What is wrong.
    problem: String,
}

/// The line whose digest was kept.
#[derive(Debug, Serialize, JsonSchema)]
struct KeptBody {
    /// Its number, from 1; 0 for the digest of an empty log.
    line: usize,
    /// How many lines came behind it.
    lines_since: usize,
}

/// The document of `audit`.
pub fn audited(log: &Verified, is_whole: bool) -> Document<Audited> {
    let Verified {
        lines,
        last,
        cut_off,
        faults,
        more_faults,
        chain,
        kept,
    } = log;
    let faults = faults.iter().map(|(line, fault)| FaultBody {
        line: *line,
        problem: fault.to_string(),
    });
    Document::judged(
        is_whole,
        Audited {
            whole: is_whole,
            lines: *lines,
            cut_off: cut_off.clone(),
            last: last.map(|last| last.to_string()),
            digest: chain.as_str().to_owned(),
            faults: faults.collect(),
            more_faults: *more_faults,
            kept: kept.map(|line| KeptBody {
                line,
                lines_since: (lines + cut_off.len()).saturating_sub(line),
            }),
        },
    )
}
