//! `fmt`: manifests in the canonical layout.

use std::path::{Path, PathBuf};

use crate::{
    cli::{
        args::{FmtArgs, Format},
        context::Context,
        error::CliError,
        exit, files, inputs,
        planning::{self, Ended},
        terminal::Terminal,
    },
    diagnostic::{Sources, Span},
    manifest::{self, Document, Unformatted},
    model::Masker,
    report::{Layout, human, json, typed},
};

const STDIN: &str = "-";

pub(crate) fn run(context: Context<'_>, args: &FmtArgs) -> Result<u8, Ended> {
    let terminal = context.terminal;
    let paths = if args.paths.is_empty() {
        &context.global.file
    } else {
        &args.paths
    };
    let writes = !args.check && !args.diff;
    let filters = paths.iter().any(|path| path == Path::new(STDIN));
    if filters && paths.len() > 1 {
        return Err(CliError::usage("`-` cannot be formatted together with files").into());
    }
    if filters && writes && terminal.format == Format::Json {
        return Err(CliError::usage(
            "what is read from `-` is written to standard output, which `--format json` takes",
        )
        .hint("add `--check` or `--diff`, or name a file")
        .into());
    }
    let (files, mut sources) = inputs::files_and_sources(paths)?;
    sources.hide(hidden(&sources));
    let layouts = layouts(&sources, terminal)?;
    if filters && writes {
        // Nothing is masked here: this is the manifest, not something that is said of it.
        let shown = terminal.verbatim(|out| {
            let mut texts = layouts.iter().map(|layout| layout.after.as_bytes());
            texts.try_for_each(|text| out.write_all(text))
        });
        shown?;
        return Ok(exit::DONE);
    }
    if writes {
        write(&files, &layouts, terminal)?;
    }
    let secrets = hidden(&sources).into_iter().map(|span| {
        let text = &sources.get(span.source).text[span.range()];
        text.trim_matches(['"', '\'']).to_owned()
    });
    terminal.mask(Masker::new(secrets));
    show(&layouts, paths, args, terminal)?;
    let changes = layouts.iter().any(Layout::changes);
    Ok(if args.check && changes {
        exit::CHANGES
    } else {
        exit::DONE
    })
}

/// Where the manifests themselves hold secrets.
fn hidden(sources: &Sources) -> Vec<Span> {
    let document = Document::read(sources);
    let environments: Vec<_> = document.environments().collect();
    document
        .check(&environments, &crate::manifest::Offline, sources)
        .hidden
}

/// Every file laid out. Where one cannot be, all that is wrong with any of them is said.
fn layouts<'s>(sources: &'s Sources, terminal: &Terminal) -> Result<Vec<Layout<'s>>, Ended> {
    let (mut layouts, mut broken, mut failed) = (Vec::new(), Vec::new(), None);
    for (id, source) in sources.iter() {
        match manifest::format(sources, id) {
            Ok(after) => layouts.push(Layout {
                file: &source.label,
                before: &source.text,
                after,
            }),
            Err(Unformatted::Invalid(found)) => broken.extend(found),
            Err(err) => {
                let hint = match err {
                    Unformatted::TooLarge => {
                        "nothing was written; split it into several files of one folder, which are one manifest"
                    }
                    _ => "nothing was written; what is in the file is valid and can stay as it is",
                };
                let attempted = format!("failed to format `{}`", source.label);
                let error = anyhow::Error::new(err).context(attempted);
                failed = failed.or(Some(CliError::from(error).hint(hint)));
            }
        }
    }
    if !broken.is_empty() {
        return planning::invalid(&broken, sources, None, terminal);
    }
    match failed {
        Some(error) => Err(error.into()),
        None => Ok(layouts),
    }
}

fn write(files: &[PathBuf], layouts: &[Layout<'_>], terminal: &Terminal) -> Result<(), CliError> {
    let mut written = 0;
    for (path, layout) in files.iter().zip(layouts) {
        if layout.changes() {
            files::edit(path, layout.before, &layout.after).map_err(|error| match written {
                0 => error,
                _ => error.hint("the files before it were written; formatting again is harmless"),
            })?;
            written += 1;
            terminal.ledger().changed();
        }
    }
    Ok(())
}

fn show(
    layouts: &[Layout<'_>],
    paths: &[PathBuf],
    args: &FmtArgs,
    terminal: &Terminal,
) -> Result<(), CliError> {
    let written = !args.check && !args.diff;
    terminal.show(
        || json::formatted(layouts, args.diff, written),
        |out| match args.diff {
            true => human::diffs(layouts, out),
            false => human::layouts(layouts, out),
        },
    )?;
    let (all, changed) = (
        layouts.len(),
        layouts.iter().filter(|one| one.changes()).count(),
    );
    let paths: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let typed: Vec<_> = paths.iter().map(|path| typed::word(path)).collect();
    terminal.say(|out| match (changed, written) {
        (0, _) => writeln!(out, "Nothing to format."),
        (_, true) => writeln!(out, "Formatted: {changed} of {all}."),
        (_, false) => writeln!(
            out,
            "Not formatted: {changed} of {all}. Run {}.",
            typed::command(["fmt"].into_iter().chain(typed.iter().map(|it| &**it)))
        ),
    });
    Ok(())
}
