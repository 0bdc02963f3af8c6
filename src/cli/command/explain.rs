//! `explain`: the long form of a diagnostic.

use crate::{
    cli::{args::ExplainArgs, error::CliError, exit, planning::Ended, terminal::Terminal},
    diagnostic::{Code, did_you_mean},
    report::{human, json},
};

pub(crate) fn run(args: &ExplainArgs, terminal: &Terminal) -> Result<u8, Ended> {
    let codes = match &args.code {
        None => Code::ALL.to_vec(),
        Some(text) => vec![find(text)?],
    };
    terminal.show(
        || json::explained(&codes),
        |out| match codes.as_slice() {
            [code] => human::explained(*code, out),
            codes => human::codes(codes, out),
        },
    )?;
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
