//! What scripts left behind, as text.

use std::io::{self, Write};

use super::text::{BOLD, DIM, RED, clean, count, paint, wrap};
use crate::{
    leftovers::{Kept, Leftover, Leftovers, Proposal},
    report::leftovers::{evidence, why},
};

/// Writes the proposals with their evidence, what is left alone, and the tombstones.
///
/// # Errors
///
/// Those of the writer.
pub fn leftovers(
    found: &Leftovers,
    tombstones: &str,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let Leftovers { proposals, kept } = found;
    for Proposal { name, webhooks } in proposals {
        writeln!(out, "{} {}", paint(RED, '-'), paint(BOLD, clean(name)))?;
        for webhook in webhooks {
            leftover(webhook, width, out)?;
        }
        writeln!(out)?;
    }
    if !kept.is_empty() {
        writeln!(out, "Left alone:\n")?;
    }
    for Kept {
        leftover: one,
        why: because,
    } in kept
    {
        writeln!(out, "  {}", clean(one.webhook.name.text().shown()))?;
        leftover(one, width, out)?;
        let because = format!("no tombstone: {}", why(because));
        writeln!(out, "      {}\n", wrap(&clean(&because), width, 6))?;
    }
    if !proposals.is_empty() {
        writeln!(out, "{tombstones}")?;
    }
    let webhooks: usize = proposals.iter().map(|one| one.webhooks.len()).sum();
    writeln!(
        out,
        "Left over: {}; proposed: {}; left alone: {}.",
        count(webhooks + kept.len(), "webhook"),
        count(proposals.len(), "tombstone"),
        kept.len()
    )
}

fn leftover(leftover: &Leftover, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let Leftover {
        environment,
        webhook,
        evidence: all,
    } = leftover;
    writeln!(
        out,
        "    {}  {}  {}",
        clean(environment.as_str()),
        clean(webhook.url.text().shown()),
        paint(DIM, clean(webhook.id.shown()))
    )?;
    for one in all {
        writeln!(out, "      {}", wrap(&clean(&evidence(one)), width, 6))?;
    }
    Ok(())
}
