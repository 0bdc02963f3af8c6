//! Whether an audit log is whole: read line by line, so that its size does not matter.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{AuditLine, Chain, NOTHING, digest};

/// The longest line, in bytes, that can be one of an audit log. Texts of others in it are far shorter.
pub const LONGEST_LINE: usize = 1024 * 1024;
/// How many faults are kept. Of more than these only the number is.
const MOST_FAULTS: usize = 100;
/// How many lines are looked at for the one that a line follows.
const MOST_KNOWN: usize = 1_000_000;
/// How many lines without one of an audit log show that a file is none.
const ENOUGH: usize = 1_000;
/// How each line begins.
const BEGINNING: &[u8] = br#"{"format_version":1,"time":""#;

/// What is wrong with a line of an audit log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It carries another digest than that of the line before.
    #[error("does not follow the line before it: a line was changed, removed or put in between")]
    DoesNotFollow,
    /// It is the line before once more.
    #[error("is the line before it once more")]
    Repeated,
    /// It follows a line further up.
    #[error(
        "follows line {0}, which is not the line before it: it was moved, or lines were put in between"
    )]
    Follows(usize),
    /// It follows nothing, and is not the first.
    #[error("is the first line of a log: what stands before it is of another")]
    Begins,
    /// Only its beginning is there, and it is not the last.
    #[error("is cut off, and is not the last that was written")]
    CutOff,
    /// It is of a version that is not read here.
    #[error("is of version {0}, and this hookwright reads version 1")]
    Version(u64),
    /// It is something else.
    #[error("is no line of an audit log")]
    NoLine,
}

/// What a log came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How many lines it has.
    pub lines: usize,
    /// When the last was written.
    pub last: Option<Timestamp>,
    /// The numbers, from 1, of lines that a crash cut off while they were written.
    pub cut_off: Vec<usize>,
    /// What is wrong, by the number of its line: the first hundred. Empty for a log that is whole.
    pub faults: Vec<(usize, Fault)>,
    /// How many more faults there are.
    pub more_faults: usize,
    /// Where the chain has come to.
    pub chain: Chain,
    /// The number of the line whose digest was asked for; 0 for that of an empty log.
    pub kept: Option<usize>,
}

/// The state of verifying a log.
#[derive(Debug)]
pub struct Verifier {
    verified: Verified,
    wanted: Option<String>,
    /// How many lines were read, whatever they are.
    read: usize,
    /// A line that is cut off. It is vouched for by the one behind it, if there is one.
    pending: Option<usize>,
    /// The numbers of lines by the beginning of their digests.
    known: BTreeMap<u64, usize>,
}

impl Verifier {
    /// Nothing read yet. A digest that is wanted is looked for among those of the lines.
    pub fn new(wanted: Option<String>) -> Self {
        let kept = wanted.as_deref().filter(|wanted| *wanted == NOTHING);
        Self {
            verified: Verified {
                lines: 0,
                last: None,
                cut_off: Vec::new(),
                faults: Vec::new(),
                more_faults: 0,
                chain: Chain::default(),
                kept: kept.map(|_| 0),
            },
            wanted,
            read: 0,
            pending: None,
            known: BTreeMap::new(),
        }
    }

    /// Takes the next line, without its newline.
    pub fn line(&mut self, text: &[u8]) {
        self.read += 1;
        let number = self.read;
        let digest = digest(text);
        let pending = self.pending.take();
        let line = read(text);
        let follows = matches!(&line, Ok(line) if line.previous == self.verified.chain.0);
        match (pending, follows) {
            (Some(torn), true) => self.verified.cut_off.push(torn),
            (Some(torn), false) => self.fault(torn, Fault::CutOff),
            (None, _) => {}
        }
        match line {
            Ok(line) => {
                if !follows && pending.is_none() {
                    let fault = self.misplaced(&line, &digest);
                    self.fault(number, fault);
                }
                self.verified.lines += 1;
                self.verified.last = Some(line.time);
            }
            Err(Fault::CutOff) => self.pending = Some(number),
            Err(fault) => self.fault(number, fault),
        }
        if self.wanted.as_ref() == Some(&digest) {
            self.verified.kept = Some(number);
        }
        if self.known.len() < MOST_KNOWN {
            self.known.insert(beginning(&digest), number);
        }
        self.verified.chain = Chain(digest);
    }

    /// Whether enough was read to know that this is no audit log.
    pub fn is_none(&self) -> bool {
        self.verified.lines == 0 && self.read >= ENOUGH
    }

    /// What the log came to; `None` where no line of it is one of an audit log.
    pub fn end(mut self) -> Option<Verified> {
        // The last may be cut off: by a crash of the run that wrote it, with nobody behind to vouch.
        self.verified.cut_off.extend(self.pending);
        let is_log = self.read == 0 || self.verified.lines + self.verified.cut_off.len() > 0;
        is_log.then_some(self.verified)
    }

    fn misplaced(&self, line: &AuditLine, digest: &str) -> Fault {
        if *digest == self.verified.chain.0 {
            return Fault::Repeated;
        }
        if line.previous == NOTHING {
            return Fault::Begins;
        }
        match self.known.get(&beginning(&line.previous)) {
            Some(number) => Fault::Follows(*number),
            None => Fault::DoesNotFollow,
        }
    }

    fn fault(&mut self, line: usize, fault: Fault) {
        if self.verified.faults.len() < MOST_FAULTS {
            self.verified.faults.push((line, fault));
        } else {
            self.verified.more_faults += 1;
        }
    }
}

/// A line, or why it is none.
fn read(text: &[u8]) -> Result<AuditLine, Fault> {
    #[derive(serde::Deserialize)]
    struct Versioned {
        format_version: u64,
        #[serde(rename = "previous")]
        _previous: String,
    }
    match serde_json::from_slice::<AuditLine>(text) {
        Ok(line) if line.format_version == 1 => return Ok(line),
        Err(error) if error.is_eof() && begins(text) => return Err(Fault::CutOff),
        _ => {}
    }
    match serde_json::from_slice::<Versioned>(text) {
        Ok(versioned) if versioned.format_version != 1 => {
            Err(Fault::Version(versioned.format_version))
        }
        _ => Err(Fault::NoLine),
    }
}

/// Whether a text can be the beginning of a line.
fn begins(text: &[u8]) -> bool {
    !text.is_empty() && (text.starts_with(BEGINNING) || BEGINNING.starts_with(text))
}

/// The first 64 bits of a digest in hex; 0 where it is none.
fn beginning(digest: &str) -> u64 {
    let hex = digest.get(..16).unwrap_or_default();
    u64::from_str_radix(hex, 16).unwrap_or_default()
}
