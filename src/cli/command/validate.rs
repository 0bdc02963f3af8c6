//! `validate`: manifests, offline.

use crate::{
    cli::{
        args::{Format, GlobalArgs},
        exit, inputs,
        planning::Ended,
        terminal::Terminal,
    },
    diagnostic::{Diagnostic, Severity, Sources},
    manifest::Document,
    report::{human, json},
};

pub(crate) fn run(global: &GlobalArgs, terminal: &Terminal) -> Result<u8, Ended> {
    let sources = inputs::sources(&global.file)?;
    let (found, valid) = match Document::read(&sources) {
        Err(found) => (found, None),
        Ok(document) => {
            let selected = inputs::selected(&document, &global.environment)?;
            let resolution = document.resolve(&selected, &inputs::Offline, &sources);
            let valid =
                (!resolution.has_errors()).then(|| (selected.len(), document.webhooks().count()));
            (resolution.diagnostics, valid)
        }
    };
    show(&found, &sources, valid, terminal)?;
    let errors = found.iter().any(|one| one.severity == Severity::Error);
    Ok(if errors { exit::INVALID } else { exit::DONE })
}

fn show(
    found: &[Diagnostic],
    sources: &Sources,
    valid: Option<(usize, usize)>,
    terminal: &Terminal,
) -> Result<(), Ended> {
    let shown = match terminal.format {
        Format::Json => terminal.result(|out| json::write(&json::validated(found, sources), out)),
        Format::Text => terminal.result(|out| {
            human::diagnostics(found, sources, terminal.width(), out)?;
            match valid {
                Some((environments, webhooks)) => writeln!(
                    out,
                    "Valid: {webhooks} webhook{}, {environments} environment{}.",
                    if webhooks == 1 { "" } else { "s" },
                    if environments == 1 { "" } else { "s" },
                ),
                None => Ok(()),
            }
        }),
    };
    shown.map_err(anyhow::Error::from)?;
    Ok(())
}
