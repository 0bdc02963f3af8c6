//! `show`: a saved plan, without anything but its file.

use super::plan;
use crate::{
    cli::{
        args::{GlobalArgs, ShowArgs},
        exit,
        planning::Ended,
        saved,
        terminal::Terminal,
    },
    diagnostic::{Places, Sources},
    report::ShownPlan,
};

pub(crate) fn run(global: &GlobalArgs, args: &ShowArgs, terminal: &Terminal) -> Result<u8, Ended> {
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
    plan::show(&shown, global.format, terminal)?;
    Ok(exit::DONE)
}
