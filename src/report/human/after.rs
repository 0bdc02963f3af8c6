//! What stands after the plans of all environments: what someone should know, and last what is refused.

use std::io::{self, Write};

use super::{
    environment::refused,
    text::{YELLOW, clean, titled},
};
use crate::{
    plan::{Refusal, RefusalCode, Shown},
    report::words,
    run::PlannedEnvironment,
};

/// Writes every warning once, with the environments that it is about, and then every refusal with its environment and the
/// way on.
pub(super) fn after(
    planned: &[PlannedEnvironment],
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let warnings = warnings(planned);
    let has_refusals = planned.iter().any(|one| !one.result.refusals().is_empty());
    if !warnings.is_empty() || has_refusals {
        writeln!(out)?;
    }
    for (text, environments) in &warnings {
        let title = match planned {
            [_] => "warning:".to_owned(),
            _ => format!("warning ({}):", environments.join(", ")),
        };
        writeln!(out, "{}", titled(YELLOW, &title, text, width))?;
    }
    for one in planned {
        let place = format!(" in {}", clean(one.environment.name.as_str()));
        for refusal in one.result.refusals() {
            refused(refusal, &place, &one.environment, width, out)?;
        }
    }
    Ok(())
}

/// What someone should know, in the order in which it comes up first, and in which environments it does.
fn warnings(planned: &[PlannedEnvironment]) -> Vec<(String, Vec<String>)> {
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    for one in planned {
        let name = clean(one.environment.name.as_str()).into_owned();
        for text in warnings_of(one) {
            match all.iter_mut().find(|(known, _)| *known == text) {
                Some((_, environments)) if environments.contains(&name) => {}
                Some((_, environments)) => environments.push(name.clone()),
                None => all.push((text, vec![name.clone()])),
            }
        }
    }
    all
}

fn warnings_of(one: &PlannedEnvironment) -> Vec<String> {
    let Some(plan) = one.result.plan() else {
        return Vec::new();
    };
    let is_said = |refusal: &Refusal<Shown>| refusal.code() == RefusalCode::TrafficUnknown;
    let unread = words::unread(one.evidence.as_ref());
    let unread = unread.filter(|_| !plan.refusals.iter().any(is_said));
    unread.into_iter().chain(words::warnings(plan)).collect()
}
