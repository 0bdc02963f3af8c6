//! What is said of an environment, whatever a command shows of it.

use std::io::{self, Write};

use super::text::{BOLD, DIM, RED, clean, paint, titled, to_go_on};
use crate::{
    plan::{Refusal, Shown},
    report::words,
    run::EnvironmentView,
};

/// Writes its name, and where it is.
pub(super) fn heading(view: &EnvironmentView, out: &mut dyn Write) -> io::Result<()> {
    let name = paint(BOLD, clean(view.name.as_str()));
    writeln!(out, "{name}  {}", paint(DIM, words::place(view)))
}

/// Writes why nothing is known of it, and the way on.
pub(super) fn failed(
    error: &str,
    way_out: Option<&str>,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "{}", titled(RED, "failed:", &clean(error), width))?;
    to_go_on(way_out.map(clean).as_deref(), width, out)
}

/// Writes what is refused of it, and the way on; `place` says where, if it must be said.
pub(super) fn refused(
    refusal: &Refusal<Shown>,
    place: &str,
    view: &EnvironmentView,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let title = format!("refused ({}){place}:", refusal.name());
    let text = refusal.to_string();
    writeln!(out, "{}", titled(RED, &title, &clean(&text), width))?;
    to_go_on(Some(&view.way_out(refusal)), width, out)
}
