//! `audit`: whether an audit log is whole.

mod what;

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Write},
    path::Path,
};

use anyhow::Context;

use crate::{
    apply::audit::{LONGEST_LINE, Verified, Verifier},
    cli::{
        args::{AuditArgs, Format},
        error::CliError,
        exit,
        planning::Ended,
        terminal::Terminal,
    },
    report::json,
};

/// How much of a file is looked at to say what it is.
const HEAD: u64 = 64 * 1024;

pub(crate) fn run(args: &AuditArgs, terminal: &Terminal) -> Result<u8, Ended> {
    let log = verified(&args.log, args.digest.clone())?;
    let lost = args.digest.is_some() && log.kept.is_none();
    let is_whole = log.faults.is_empty() && !lost;
    terminal.show(
        || json::audited(&log, is_whole),
        |out| match is_whole {
            true => whole(&log, out),
            false => broken(&log, out),
        },
    )?;
    if is_whole {
        return Ok(exit::DONE);
    }
    if terminal.format == Format::Json {
        return Ok(exit::FAILED);
    }
    Err(refused(args, &log, lost).into())
}

/// Reads a log line by line.
pub(crate) fn verified(path: &Path, digest: Option<String>) -> Result<Verified, CliError> {
    let shown = path.display();
    let failed = || format!("failed to read the audit log `{shown}`");
    let is_none = |what: String| {
        CliError::invalid(format!("`{shown}` is no audit log: it is {what}"))
            .hint("an audit log is the file that `apply --audit-log FILE` appends to")
    };
    if path.is_dir() {
        return Err(is_none("a folder".to_owned()));
    }
    #[expect(clippy::disallowed_methods, reason = "this is where files are read")]
    let file = File::open(path).with_context(failed)?;
    let mut head = Vec::new();
    let mut reader = BufReader::new(file);
    reader
        .by_ref()
        .take(HEAD)
        .read_to_end(&mut head)
        .with_context(failed)?;
    let mut reader = BufReader::new(io::Cursor::new(&head).chain(reader));
    let mut verifier = Verifier::new(digest);
    let mut line = Vec::new();
    loop {
        line.clear();
        let most = LONGEST_LINE as u64 + 1;
        let read = reader.by_ref().take(most).read_until(b'\n', &mut line);
        if read.with_context(failed)? == 0 {
            break;
        }
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        verifier.line(&line);
        if line.len() > LONGEST_LINE || verifier.is_none() {
            break;
        }
    }
    verifier
        .end()
        .ok_or_else(|| is_none(what::what(path, &head)))
}

fn whole(log: &Verified, out: &mut dyn Write) -> io::Result<()> {
    match &log.last {
        Some(last) => writeln!(out, "Whole: {} lines, the last of {last}.", log.lines)?,
        None if log.cut_off.is_empty() => writeln!(out, "Empty: no request was recorded.")?,
        None => writeln!(out, "Whole: no line was written to its end.")?,
    }
    for line in &log.cut_off {
        writeln!(
            out,
            "Line {line} was cut off by a crash; what it began may have been sent."
        )?;
    }
    if let Some(kept) = log.kept {
        let since = (log.lines + log.cut_off.len()).saturating_sub(kept);
        match kept {
            0 => writeln!(
                out,
                "The digest that was kept is that of an empty log; {since} lines came since."
            )?,
            _ => writeln!(
                out,
                "The digest that was kept is that of line {kept}; {since} lines came since."
            )?,
        }
    }
    writeln!(out, "Digest {}", log.chain.as_str())
}

fn broken(log: &Verified, out: &mut dyn Write) -> io::Result<()> {
    for (line, fault) in &log.faults {
        writeln!(out, "Line {line} {fault}.")?;
    }
    if log.more_faults > 0 {
        writeln!(out, "{} more lines are wrong.", log.more_faults)?;
    }
    writeln!(out, "Not whole: {} lines.", log.lines)
}

fn refused(args: &AuditArgs, log: &Verified, lost: bool) -> CliError {
    let shown = args.log.display();
    match log.faults.first() {
        Some((line, fault)) => CliError::from(
            anyhow::anyhow!("line {line} {fault}")
                .context(format!("the audit log `{shown}` is not whole")),
        )
        .hint("compare it with a copy from before: what stands behind that line cannot be trusted"),
        None if lost => CliError::failed(format!(
            "no line of the audit log `{shown}` has the digest that was kept"
        ))
        .hint(
            "lines were cut off its end, or it is another log: compare it with a copy from before",
        ),
        None => CliError::failed(format!("`{shown}` is not whole")),
    }
}
