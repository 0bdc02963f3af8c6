//! What checkups found, as text.

use std::io::{self, Write};

use super::text::{BOLD, DIM, GREEN, RED, YELLOW, clean, count, paint, wrap_after};
use crate::report::{CheckedUp, Mark};

/// Where what was found stands.
const FOUND: usize = 24;

/// Shows each check of each environment, and what to do.
///
/// # Errors
///
/// Those of the writer.
pub fn checkup(all: &[CheckedUp], width: usize, out: &mut dyn Write) -> io::Result<()> {
    for one in all {
        let view = &one.environment;
        let about = format!(
            "{} {} at {}",
            view.profile.title, view.env_type, view.target
        );
        writeln!(out, "{}  {}", paint(BOLD, &view.name), paint(DIM, about))?;
        for check in &one.checks {
            let style = match check.mark {
                Mark::Passed => GREEN,
                Mark::Warned => YELLOW,
                Mark::Failed => RED,
            };
            let mark = paint(style, check.mark.as_str());
            let found = wrap_after(FOUND, &clean(&check.found), width, FOUND);
            writeln!(out, "  {mark}  {:<14}{found}", check.name)?;
            if let Some(way_out) = &check.way_out {
                let text = format!("to go on: {}", clean(way_out));
                let text = wrap_after(FOUND, &text, width, FOUND);
                writeln!(out, "{:FOUND$}{text}", "")?;
            }
        }
        writeln!(out)?;
    }
    let total = |mark| all.iter().map(|one| one.count(mark)).sum::<usize>();
    let line = format!(
        "Checked {}: {} passed, {} warned, {} failed.",
        count(all.len(), "environment"),
        total(Mark::Passed),
        total(Mark::Warned),
        total(Mark::Failed)
    );
    writeln!(out, "{}", paint(BOLD, line))
}
