//! `completions`: for shells.

use crate::cli::{
    args::CompletionsArgs, exit, planning::Ended, program::command_line, terminal::Terminal,
};

pub(crate) fn run(args: &CompletionsArgs, terminal: &Terminal) -> Result<u8, Ended> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command_line(), "hookwright", &mut script);
    terminal.verbatim(|out| out.write_all(&script))?;
    Ok(exit::DONE)
}
