//! `show`: a saved plan, without anything but its file.

use super::plan;
use crate::{
    cli::{args::ShowArgs, context::Context, exit, planning::Ended, saved},
    diagnostic::{Places, Sources},
    report::ShownPlan,
};

pub(crate) fn run(context: Context<'_>, args: &ShowArgs) -> Result<u8, Ended> {
    let global = context.global;
    let file = saved::read(&args.saved)?;
    let mut planned = saved::planned(file.content());
    for one in &mut planned {
        // What is refused is said yes to where it is planned, and not here.
        let anew = saved::anew(&args.saved, file.content(), global);
        one.environment.planned_by = Some(anew);
    }
    let shown = ShownPlan {
        planned: &planned,
        // Warnings about the manifest are not part of a plan.
        diagnostics: &[],
        sources: &Sources::default(),
        places: &Places::default(),
        origin: file.origin(),
        expand: args.expand,
    };
    plan::show(&shown, global.format, context.terminal)?;
    Ok(exit::DONE)
}
