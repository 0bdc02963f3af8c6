//! What looking after an archive came to.

use std::io::{self, Write};

use super::{
    history::deliveries_of,
    text::{BOLD, RED, clean, paint},
};
use crate::{
    delivery::archive::{CompactedEnvironment, VerifiedEnvironment},
    report::words::count,
};

/// Writes what an archive has, and what is wrong with it.
///
/// # Errors
///
/// Those of the writer.
pub fn verified_archive(all: &[VerifiedEnvironment], out: &mut dyn Write) -> io::Result<()> {
    for verified in all {
        let VerifiedEnvironment {
            name,
            days,
            files,
            bytes,
            deliveries,
            payloads_gone,
            unnamed,
            faults,
        } = verified;
        let counted = |n: &u64, noun| count(usize::try_from(*n).unwrap_or(usize::MAX), noun);
        let name = paint(BOLD, clean(name));
        let (days, files) = (counted(days, "day"), counted(files, "file"));
        let deliveries = deliveries_of(*deliveries);
        writeln!(out, "{name}  {deliveries}, {days}, {files}, {bytes} bytes")?;
        for fault in faults {
            let (object, problem) = (clean(&fault.object), clean(&fault.problem));
            writeln!(out, "  {}  {object}: {problem}", paint(RED, "broken"))?;
        }
        if *payloads_gone > 0 {
            let gone = counted(payloads_gone, "file");
            writeln!(
                out,
                "  {gone} of payloads deleted by somebody else; the deliveries are there"
            )?;
        }
        if *unnamed > 0 {
            let unnamed = counted(unnamed, "file");
            writeln!(
                out,
                "  {unnamed} that nothing names; `history compact` deletes what is older than a day"
            )?;
        }
    }
    let faults: usize = all.iter().map(|verified| verified.faults.len()).sum();
    match faults {
        0 => writeln!(out, "Whole."),
        faults => writeln!(out, "Not whole: {}.", count(faults, "fault")),
    }
}

/// Writes what was merged.
///
/// # Errors
///
/// Those of the writer.
pub fn compacted(all: &[CompactedEnvironment], out: &mut dyn Write) -> io::Result<()> {
    for compacted in all {
        let CompactedEnvironment {
            name,
            days,
            merged,
            into,
            deleted,
        } = compacted;
        let name = paint(BOLD, clean(name));
        let days = count(usize::try_from(*days).unwrap_or(usize::MAX), "day");
        writeln!(
            out,
            "{name}  {days} merged; {merged} files became {into}; {deleted} deleted"
        )?;
    }
    writeln!(out, "No delivery was added or removed.")
}

/// Writes what was moved, and what to do next.
///
/// # Errors
///
/// Those of the writer.
#[cfg(feature = "parquet")]
pub fn imported_archive(
    all: &[crate::delivery::archive::ImportedEnvironment],
    from: &str,
    archive: &str,
    zone: &jiff::tz::TimeZone,
    out: &mut dyn Write,
) -> io::Result<()> {
    for imported in all {
        let crate::delivery::archive::ImportedEnvironment {
            name,
            provider,
            deliveries,
            new,
            known,
            payloads,
            covered,
        } = imported;
        let (name, provider) = (paint(BOLD, clean(name)), clean(provider));
        let of_file = deliveries_of(*deliveries);
        let mut line = format!("{name}  {provider}  {of_file}: {new} new, {known} known already");
        if *payloads > 0 {
            line.push_str(&format!("; {payloads} with a payload"));
        }
        writeln!(out, "{line}")?;
        for span in covered {
            writeln!(out, "  complete  {}", super::span(span, zone))?;
        }
    }
    let (from, archive) = (clean(from), clean(archive));
    writeln!(out, "Moved into {archive}")?;
    writeln!(
        out,
        "`{from}` is as it was. Run `hookwright history verify --archive {archive}`: once that says `Whole.`, `{from}` may be deleted."
    )
}
