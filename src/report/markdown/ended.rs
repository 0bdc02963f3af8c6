//! What a run came to, where it is not a plan.

use std::io::{self, Write};

use super::text::{Sheet, fenced, prose};
use crate::report::words::clean;

/// Writes what an apply did, in at most `longest` characters: the summary, and the text that people
/// get to see on a terminal, without its colours.
///
/// # Errors
///
/// Those of the writer.
pub fn applied(summary: &str, text: &str, longest: usize, out: &mut dyn Write) -> io::Result<()> {
    // Each begins with a blank, so that none is the end of the block.
    let lines: Vec<String> = text.lines().map(|line| format!(" {line}")).collect();
    let mut sheet = Sheet::new(longest, 200);
    let fits = sheet.add(&format!("### {summary}\n\n")) && sheet.add(&fenced("text", &lines));
    let tail = if fits {
        ""
    } else {
        "It is too long to be shown here: the log has all of it.\n"
    };
    out.write_all(sheet.finish(tail).as_bytes())
}

/// Writes why a run failed.
///
/// # Errors
///
/// Those of the writer.
pub fn failed(error: &str, out: &mut dyn Write) -> io::Result<()> {
    let block = fenced("text", &prose(&clean(error)));
    write!(out, "### hookwright failed\n\n{block}")
}
