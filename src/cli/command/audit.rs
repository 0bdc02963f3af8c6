//! `audit`: whether an audit log is whole.

use std::path::Path;

use anyhow::Context;

use crate::{
    apply::audit::Verified,
    cli::{
        args::{AuditArgs, Format},
        error::{CliError, ErrorKind},
        exit,
        planning::Ended,
        terminal::Terminal,
    },
    files::{Limit, Lines},
};

pub(crate) fn run(args: &AuditArgs, terminal: &Terminal) -> Result<u8, Ended> {
    let Verified {
        lines,
        last,
        cut_off,
        chain,
    } = verified(&args.log)?;
    let last = last.map(|time| time.to_string());
    terminal
        .result(|out| match terminal.format {
            Format::Json => {
                let document = serde_json::json!({
                    "format_version": 1,
                    "outcome": "nothing",
                    "lines": lines,
                    "cut_off": cut_off,
                    "last": last,
                    "digest": chain.as_str(),
                });
                writeln!(out, "{document:#}")
            }
            Format::Text => {
                writeln!(
                    out,
                    "Whole: {lines} lines, the last of {}.",
                    last.as_deref().unwrap_or("no time")
                )?;
                for line in &cut_off {
                    writeln!(
                        out,
                        "Line {line} was cut off by a crash; what it began may have been sent."
                    )?;
                }
                writeln!(out, "Digest {}", chain.as_str())
            }
        })
        .map_err(anyhow::Error::from)?;
    Ok(exit::DONE)
}

/// Reads a log to its end, one line at a time.
fn verified(path: &Path) -> Result<Verified, CliError> {
    let shown = path.display();
    let failed = || format!("failed to read the audit log `{shown}`");
    let mut verified = Verified::default();
    for line in Lines::open(path, Limit::AUDIT_LINE).with_context(failed)? {
        let line = line.with_context(failed)?;
        verified.add(&line.bytes).map_err(|error| {
            let error = anyhow::Error::new(error);
            CliError::new(
                ErrorKind::Failed,
                error.context(format!("the audit log `{shown}` is not whole")),
            )
            .hint("compare it with a copy from before: what stands behind that line cannot be trusted")
        })?;
    }
    Ok(verified)
}
