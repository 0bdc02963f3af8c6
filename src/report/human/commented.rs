//! What came of a comment on a pull request.

use std::io::{self, Write};

use crate::{forge::Done, report::Commented};

/// Writes what was done, in a line or two.
///
/// # Errors
///
/// Those of the writer.
pub fn commented(commented: &Commented<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Commented {
        place,
        number: _, // Part of the place.
        name,
        posted,
    } = commented;
    let what = match posted.done {
        Done::Created => "Created comment",
        Done::Updated => "Updated comment",
        Done::Unchanged => "Nothing to do: it says so already in comment",
        Done::NothingToSay => "Nothing to say in comment",
        Done::NewerThere => "Nothing done: a newer commit is spoken of in comment",
    };
    write!(out, "{what} `{name}` on {place}")?;
    match &posted.url {
        Some(url) => writeln!(out, ":\n{url}")?,
        None => writeln!(out, ".")?,
    }
    if posted.outdated && posted.done != Done::NewerThere {
        writeln!(
            out,
            "It says that it is outdated: the pull request is at another commit."
        )?;
    }
    if posted.doubles > 0 {
        writeln!(
            out,
            "There were {} more of this name, which are marked as outdated now.",
            posted.doubles
        )?;
    }
    Ok(())
}
