//! What `init` and `import` did, as text.

use std::io::{self, Write};

use super::text::{BOLD, DIM, clean, count, paint, to_go_on, wrap};
use crate::{
    report::{TakenOver, Touch},
    takeover::{Left, Takeover, Token},
};

/// Writes which files were written, what is declared and what is not, and what to do next.
///
/// # Errors
///
/// Those of the writer.
pub fn taken_over(done: &TakenOver<'_>, width: usize, out: &mut dyn Write) -> io::Result<()> {
    if let Some(diff) = &done.diff {
        writeln!(out, "{}", clean_lines(diff))?;
    }
    for file in &done.files {
        let path = clean(&file.path);
        match file.touch {
            Touch::Created => writeln!(out, "{path} is written.")?,
            Touch::Replaced => writeln!(out, "{path} is written anew.")?,
            Touch::Extended => writeln!(out, "{path} has new lines.")?,
            Touch::Kept => writeln!(out, "{path} was there, and is as it was.")?,
        }
    }
    if let Some(takeover) = done.takeover {
        taken(takeover, width, out)?;
    }
    if !done.next.is_empty() {
        writeln!(out, "\n{}", paint(BOLD, "Next:"))?;
    }
    for step in &done.next {
        writeln!(out, "  {}", wrap(step, width, 4))?;
    }
    Ok(())
}

/// Writes what is declared, what is not, and what must be set.
///
/// # Errors
///
/// Those of the writer.
pub fn taken(takeover: &Takeover, width: usize, out: &mut dyn Write) -> io::Result<()> {
    if takeover.webhooks.is_empty() {
        writeln!(out, "There is nothing to declare.")?;
        return left(&takeover.left, width, out);
    }
    let declared = count(takeover.webhooks.len(), "webhook");
    let live = count(takeover.live(), "live webhook");
    let stands = match takeover.webhooks.len() {
        1 => "stands",
        _ => "stand",
    };
    writeln!(
        out,
        "\n{declared} {stands} for {live}; a plan changes none of them."
    )?;
    left(&takeover.left, width, out)?;
    tokens(&takeover.tokens, width, out)
}

fn left(left: &[Left], width: usize, out: &mut dyn Write) -> io::Result<()> {
    if left.is_empty() {
        return Ok(());
    }
    let (are, left_as) = match left.len() {
        1 => ("is", "is left as it is"),
        _ => ("are", "are left as they are"),
    };
    let title = count(left.len(), "live webhook");
    writeln!(out, "\n{title} {are} not declared, and {left_as}:")?;
    for one in left {
        let name = match one.name.text().shown() {
            "" => "(no name)".to_owned(),
            name => shortened(&clean(name)),
        };
        let id = paint(DIM, format!("id {}", clean(&one.id)));
        writeln!(out, "  {}  {name}  {id}", one.environment)?;
        writeln!(
            out,
            "      {}",
            wrap(&clean(&one.why.to_string()), width, 6)
        )?;
        to_go_on(Some(one.why.way_out()), width, out)?;
    }
    Ok(())
}

fn tokens(tokens: &[Token], width: usize, out: &mut dyn Write) -> io::Result<()> {
    if tokens.is_empty() {
        return Ok(());
    }
    let title = "What is secret in names and URLs is not in the manifest: it asks for environment variables. Set them to what the provider's dashboard shows.";
    writeln!(out, "\n{}", wrap(title, width, 0))?;
    for token in tokens {
        let Token {
            variable,
            key,
            environment,
            value: _, // Secret.
        } = token;
        writeln!(out, "  {variable}  for `{key}` in `{environment}`")?;
    }
    Ok(())
}

/// The beginning of a long name: what cannot be declared can be of any length.
fn shortened(name: &str) -> String {
    match name.char_indices().nth(64) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

fn clean_lines(text: &str) -> String {
    text.lines()
        .map(|line| clean(line).into_owned() + "\n")
        .collect()
}
