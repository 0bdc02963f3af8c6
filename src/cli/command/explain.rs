//! `explain`: the long form of a diagnostic.

use crate::{
    cli::{
        args::{ExplainArgs, Format},
        error::CliError,
        exit,
        planning::Ended,
        terminal::Terminal,
    },
    diagnostic::{Code, did_you_mean},
    report::{human, json},
};

pub(crate) fn run(args: &ExplainArgs, terminal: &Terminal) -> Result<u8, Ended> {
    let codes = match &args.code {
        None => Code::ALL.to_vec(),
        Some(text) => vec![find(text)?],
    };
    terminal.result(|out| match (terminal.format, codes.as_slice()) {
        (Format::Json, codes) => json::write(&json::explained(codes), out),
        (Format::Text, [code]) => human::explained(*code, out),
        (Format::Text, codes) => human::codes(codes, out),
    })?;
    Ok(exit::DONE)
}

fn find(text: &str) -> Result<Code, CliError> {
    Code::find(text).ok_or_else(|| {
        let known = Code::ALL.iter().map(|code| code.as_str());
        let near = did_you_mean(&text.to_uppercase(), known);
        CliError::usage(format!("there is no code `{text}`"))
            .maybe_hint(near)
            .hint("`hookwright explain` lists them all")
    })
}
