//! The program `hookwright`.

use std::process::ExitCode;

fn main() -> ExitCode {
    hookwright::cli::main(std::env::args_os())
}
