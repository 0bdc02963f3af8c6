//! `validate`: manifests, offline.

use std::io::Write;

use crate::{
    cli::{
        args::{ValidateArgs, Wanted},
        context::Context,
        error::CliError,
        exit, inputs,
        planning::{self, Ended},
        terminal::Terminal,
    },
    diagnostic::{Severity, Sources},
    manifest::{Document, Resolution},
    model::{EnvironmentName, Masker},
    report::{Checked, github, gitlab, human, json, sarif},
};

pub(crate) fn run(context: Context<'_>, args: &ValidateArgs) -> Result<u8, Ended> {
    let Context { global, terminal } = context;
    let mut sources = inputs::sources(&global.file)?;
    let document = Document::read(&sources);
    let (selected, wrong) = match inputs::selected(&document, &global.environment) {
        Ok(selected) => (selected, None),
        // What is wrong with the manifest is said, too. What is asked for may be in what could not be read.
        Err(error) => (
            document.environments().collect(),
            Some(error).filter(|_| !document.may_have_more()),
        ),
    };
    let mut resolution = document.check(&selected, &inputs::RuleInputs, &sources);
    if args.strictness.strict {
        resolution.deny_unknown_events();
    }
    terminal.mask(Masker::new(resolution.sensitive.iter().cloned()));
    sources.hide(resolution.hidden.iter().copied());
    let wrong = match wrong {
        Some(error) if !resolution.has_errors() => return Err(error.into()),
        wrong => wrong,
    };
    let checked = checked(&document, &selected, &resolution, &sources);
    show(global.format, &checked, wrong.as_ref(), terminal)?;
    planning::complain_of(wrong.as_ref(), terminal);
    let errors = checked.count(Severity::Error);
    Ok(if errors > 0 {
        exit::INVALID
    } else {
        exit::DONE
    })
}

fn checked<'r>(
    document: &Document,
    selected: &[EnvironmentName],
    resolution: &'r Resolution,
    sources: &'r Sources,
) -> Checked<'r> {
    Checked {
        diagnostics: &resolution.diagnostics,
        sources,
        environments: selected.len(),
        webhooks: document.webhooks().count(),
    }
}

fn show(
    format: Wanted,
    checked: &Checked<'_>,
    wrong: Option<&CliError>,
    terminal: &Terminal,
) -> Result<(), Ended> {
    let write = |out: &mut dyn Write| match format {
        Wanted::Github => github::checked(checked, out),
        Wanted::Gitlab => gitlab::checked(checked, out),
        Wanted::Sarif => sarif::checked(checked, out),
        // JSON is shown below; the others are of other commands, and were refused before.
        _ => human::checked(checked, terminal.width(), out),
    };
    let document = || {
        json::validated(
            checked.diagnostics,
            checked.sources,
            wrong.map(CliError::texts),
        )
    };
    if format == Wanted::Github {
        terminal.keep(|| json::text(&document()))?;
        terminal.verbatim(write)?;
    } else {
        terminal.show(document, write)?;
    }
    Ok(())
}
