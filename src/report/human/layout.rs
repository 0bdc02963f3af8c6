//! The layout of manifests as text.

use std::io::{self, Write};

use super::text::{BOLD, GREEN, RED, clean, paint};
use crate::report::Layout;

/// Writes the names of the files that are laid out otherwise, one on each line.
///
/// # Errors
///
/// Those of the writer.
pub fn layouts(layouts: &[Layout<'_>], out: &mut dyn Write) -> io::Result<()> {
    for layout in layouts.iter().filter(|layout| layout.changes()) {
        writeln!(out, "{}", clean(layout.file))?;
    }
    Ok(())
}

/// Writes what changes in each file.
///
/// # Errors
///
/// Those of the writer.
pub fn diffs(layouts: &[Layout<'_>], out: &mut dyn Write) -> io::Result<()> {
    for layout in layouts {
        for line in layout.diff().lines() {
            let line = clean(line);
            match line.as_bytes() {
                [b'-', b'-', b'-', ..] | [b'+', b'+', b'+', ..] => {
                    writeln!(out, "{}", paint(BOLD, line))?;
                }
                [b'-', ..] => writeln!(out, "{}", paint(RED, line))?,
                [b'+', ..] => writeln!(out, "{}", paint(GREEN, line))?,
                _ => writeln!(out, "{line}")?,
            }
        }
    }
    Ok(())
}
