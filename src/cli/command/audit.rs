//! `audit`: whether an audit log is whole.

use anyhow::Context;

use crate::{
    apply::audit::{self, Verified},
    cli::{
        args::{AuditArgs, Format},
        error::{CliError, ErrorKind},
        exit,
        planning::Ended,
        terminal::Terminal,
    },
};

pub(crate) fn run(args: &AuditArgs, terminal: &Terminal) -> Result<u8, Ended> {
    let shown = args.log.display();
    #[expect(clippy::disallowed_methods, reason = "this is where files are read")]
    let log = std::fs::read_to_string(&args.log)
        .with_context(|| format!("failed to read the audit log `{shown}`"))?;
    let Verified {
        lines,
        cut_off,
        chain,
    } = audit::verify(&log).map_err(|err| {
        CliError::new(
            ErrorKind::Failed,
            anyhow::Error::new(err).context(format!("the audit log `{shown}` is not whole")),
        )
        .hint("compare it with a copy from before: what stands behind that line cannot be trusted")
    })?;
    let last = lines.last().map(|line| line.time.to_string());
    terminal
        .result(|out| match terminal.format {
            Format::Json => {
                let document = serde_json::json!({
                    "format_version": 1,
                    "outcome": "nothing",
                    "lines": lines.len(),
                    "cut_off": cut_off,
                    "last": last,
                    "digest": chain.as_str(),
                });
                writeln!(out, "{document:#}")
            }
            Format::Text => {
                writeln!(
                    out,
                    "Whole: {} lines, the last of {}.",
                    lines.len(),
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
