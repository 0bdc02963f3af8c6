//! `man`: manual pages; and `version`.

use std::{fs, path::Path};

use anyhow::Context as _;

use crate::{
    cli::{
        args::ManArgs, error::CliError, exit, inputs, planning::Ended, program::command_line,
        terminal::Terminal,
    },
    diagnostic::did_you_mean,
    report::json,
};

pub(crate) fn run(args: &ManArgs, terminal: &Terminal) -> Result<u8, Ended> {
    let mut program = command_line();
    if let Some(folder) = &args.into {
        return write_all(program, folder);
    }
    // Gives commands their global flags.
    program.build();
    let page = match &args.command {
        None => program,
        Some(name) => command(&program, name)?,
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text)?;
    terminal.verbatim(|out| out.write_all(&text))?;
    Ok(exit::DONE)
}

/// Writes the pages of the program and of all its commands.
fn write_all(program: clap::Command, folder: &Path) -> Result<u8, Ended> {
    let shown = folder.display();
    fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(program, folder))
        .with_context(|| format!("failed to write manual pages into `{shown}`"))?;
    Ok(exit::DONE)
}

fn command(program: &clap::Command, name: &str) -> Result<clap::Command, CliError> {
    match program.find_subcommand(name) {
        Some(found) => Ok(found
            .clone()
            .name(format!("hookwright-{name}"))
            .display_name(format!("hookwright-{name}"))),
        None => {
            let names: Vec<&str> = program
                .get_subcommands()
                .map(clap::Command::get_name)
                .collect();
            let help = did_you_mean(name, names.iter().copied())
                .unwrap_or_else(|| format!("the commands are {}", inputs::listed(&names)));
            Err(CliError::usage(format!("there is no command `{name}`")).hint(help))
        }
    }
}

/// `version`: the same line as `--version`, or a document.
pub(crate) fn version(terminal: &Terminal) -> Result<u8, Ended> {
    let line = command_line().render_version();
    terminal.show(json::version, |out| out.write_all(line.as_bytes()))?;
    Ok(exit::DONE)
}
