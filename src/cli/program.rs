//! The command line as a whole.

use clap::CommandFactory;

use super::{args::Hookwright, command, variables};

/// The command line as it is parsed, for whoever documents it or completes it.
pub fn command_line() -> clap::Command {
    // A help text that shows the variables' values would be another one on each machine.
    variables::each_flag(Hookwright::command(), &|arg| arg.hide_env_values(true))
        .mut_subcommand("simulator", |simulator| {
            simulator.after_long_help(command::simulator::grammar())
        })
}
