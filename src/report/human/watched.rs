//! What the service found out in one look.

use std::io::{self, Write};

use super::clean;
use crate::reconcile::{ConditionKind, Status};

/// A line for each environment, and one for each of its conditions that is not as it should be.
///
/// # Errors
///
/// Those of the writer.
pub fn watched(status: &Status, out: &mut dyn Write) -> io::Result<()> {
    for one in &status.environments {
        let message = match one.rounds.last() {
            Some(round) => &round.message,
            None if one.is_off() => "not looked at: `mode: off`",
            // It is paused, say.
            None => &one.conditions.get(ConditionKind::Ready).message,
        };
        writeln!(out, "{}: {}", one.name, clean(message))?;
        for condition in one.conditions.iter() {
            let reason = condition.reason;
            let is_bad = reason.kind().is_well(reason.verdict()) == Some(false);
            // What made it fail was just said.
            if is_bad && reason.kind() != ConditionKind::Ready && condition.message != message {
                let kind = reason.kind().as_str();
                writeln!(
                    out,
                    "  {kind} ({}): {}",
                    reason.as_str(),
                    clean(&condition.message)
                )?;
            }
        }
    }
    Ok(())
}
