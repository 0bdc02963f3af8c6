//! `import`: live webhooks into the manifest.

use std::{collections::BTreeSet, path::Path};

use anyhow::Context as _;

use crate::{
    cli::{
        args::{GlobalArgs, ImportArgs},
        command::init::show,
        context::Context,
        error::CliError,
        exit, files, inputs,
        planning::{self, Ended, Session},
        takeover::{self as live, ReadEnvironment, mask, prove},
    },
    diagnostic::{Diagnostic, Source, SourceId, Sources, did_you_mean, quoted},
    manifest::{Document, Shape, outline},
    model::{LiveWebhook, Pattern},
    plan::Options,
    report::{TakenOver, Touch, TouchedFile, typed},
    run::Outcome,
    takeover::{self, Takeover, Whole},
};

pub(crate) async fn run(context: Context<'_>, args: &ImportArgs) -> Result<u8, Ended> {
    let Context { global, terminal } = context;
    check(global, args)?;
    let choose = |document: &_| inputs::selected(document, &global.environment);
    let none = Options::default();
    let session = planning::open(context, &none, choose).await?;
    let into = file(&session, args)?;
    let mut read = live::read(&session).await?;
    // In the order of the files, and not by name.
    let order = environments(&session.sources);
    read.sort_by_key(|one| order.iter().position(|name| name == one.name().as_str()));
    let chosen = choice(&read, global, args)?;
    let takeover = takeover::take_over(&chosen, &whole(&session));
    mask(&session, &takeover, terminal);
    let before = session.sources.get(into).clone();
    let mut done = TakenOver {
        files: Vec::new(),
        takeover: Some(&takeover),
        diff: None,
        diagnostics: &[],
        sources: &session.sources,
        next: next(&read, global, args, &takeover),
    };
    if takeover.webhooks.is_empty() {
        show(&done, done.diagnostics, Outcome::Nothing, terminal)?;
        return Ok(exit::DONE);
    }
    let made = edited(&session, &read, into, &takeover)?;
    let text = &made.sources.get(into).text;
    if args.dry_run {
        let diff = similar::TextDiff::from_lines(&before.text, text);
        let mut diff = diff.unified_diff();
        done.diff = Some(diff.header(&before.label, &before.label).to_string());
        show(&done, done.diagnostics, Outcome::Changes, terminal)?;
        return Ok(exit::DONE);
    }
    files::edit(Path::new(&before.label), &before.text, text)?;
    terminal.ledger().changed();
    done.files.push(TouchedFile {
        path: before.label.clone(),
        touch: Touch::Extended,
    });
    // What was to be said of the manifest as it was has been said.
    let new = new(&session, &made);
    done.diagnostics = &made.diagnostics;
    done.sources = &made.sources;
    show(&done, &new, Outcome::Applied, terminal)?;
    Ok(exit::DONE)
}

/// Checks that the flags say which webhooks, in one way.
fn check(global: &GlobalArgs, args: &ImportArgs) -> Result<(), CliError> {
    if args.all == args.names.is_empty() {
        return Ok(());
    }
    let message = "`import` takes names of live webhooks, or `--all`: one of the two";
    Err(CliError::usage(message).hint(plan_lists(global)))
}

fn plan_lists(global: &GlobalArgs) -> String {
    let plan = typed::command(["plan", &global.chosen()]);
    format!("{plan} lists those that are not declared")
}

/// The file to add to.
fn file(session: &Session, args: &ImportArgs) -> Result<SourceId, CliError> {
    let files = session.sources.iter();
    let real = |label: &str| std::fs::canonicalize(label).ok();
    let found = match &args.into {
        Some(wanted) => {
            let wanted = real(&wanted.to_string_lossy());
            files
                .map(|(id, source)| (id, &source.label))
                .find(|(_, label)| wanted.is_some() && real(label) == wanted)
        }
        None => files
            .filter(|(_, source)| !environments_of(source).is_empty())
            .map(|(id, source)| (id, &source.label))
            .next(),
    };
    match (found, &args.into) {
        (Some((id, label)), _) if label != inputs::STDIN => Ok(id),
        (Some(_), _) => {
            Err(CliError::usage("standard input cannot be added to")
                .hint("name a file with `--file`"))
        }
        (None, Some(wanted)) => {
            let message = format!("`{}` is no file of the manifest", wanted.display());
            Err(CliError::usage(message).hint("name it with `--file`, too, or its folder"))
        }
        (None, None) => Err(CliError::usage(
            "no file of the manifest defines an environment",
        )),
    }
}

/// The names of the environments, in the order of the files.
fn environments(sources: &Sources) -> Vec<String> {
    let all = sources.iter().map(|(_, source)| environments_of(source));
    all.flatten().collect()
}

fn environments_of(source: &Source) -> Vec<String> {
    let root = outline(&source.text).unwrap_or_default();
    let sections = root.into_iter().filter(|entry| entry.key == "environments");
    sections
        .filter_map(|section| match section.value {
            Shape::Map(entries) => Some(entries),
            Shape::List | Shape::Scalar => None,
        })
        .flatten()
        .map(|entry| entry.key)
        .collect()
}

/// The live webhooks that are asked for, in what they are to be declared in.
fn choice(
    read: &[ReadEnvironment<'_>],
    global: &GlobalArgs,
    args: &ImportArgs,
) -> Result<Vec<takeover::Surroundings>, CliError> {
    let patterns: Vec<Pattern> = args.names.iter().map(|name| Pattern::new(name)).collect();
    let name = |webhook: &LiveWebhook| webhook.name.text().expose().to_owned();
    for (pattern, written) in patterns.iter().zip(&args.names) {
        let mut all = read.iter().flat_map(ReadEnvironment::undeclared);
        if !all.any(|webhook| pattern.matches(&name(webhook))) {
            return Err(no_such_name(read, global, written));
        }
    }
    let is_wanted = |one: &ReadEnvironment<'_>, webhook: &LiveWebhook| {
        let name = name(webhook);
        match args.all {
            true => one.one.resolved.policy.is_ours(&name),
            false => patterns.iter().any(|pattern| pattern.matches(&name)),
        }
    };
    let chosen = read.iter().map(|one| {
        let those = one.undeclared().filter(|webhook| is_wanted(one, webhook));
        one.surroundings(those.cloned().collect())
    });
    Ok(chosen.collect())
}

fn no_such_name(read: &[ReadEnvironment<'_>], global: &GlobalArgs, written: &str) -> CliError {
    let declared = read.iter().find_map(|one| {
        let mut all = one.one.resolved.desired.webhooks.iter();
        all.find(|(_, webhook)| webhook.name.text().expose() == written)
    });
    let known: BTreeSet<String> = read
        .iter()
        .flat_map(ReadEnvironment::undeclared)
        .map(|webhook| webhook.name.to_string())
        .collect();
    let hint = match declared {
        Some((key, _)) => format!("it is declared, as `{key}`"),
        None => did_you_mean(written, known.iter().map(String::as_str))
            .unwrap_or_else(|| plan_lists(global)),
    };
    let written = quoted(written);
    CliError::usage(format!(
        "no live webhook that is not declared has the name {written}"
    ))
    .hint(hint)
}

fn whole(session: &Session) -> Whole {
    let document = Document::read(&session.sources);
    Whole {
        environments: document.environments().count(),
        keys: document.webhooks().map(str::to_owned).collect(),
        define_variables: false,
        default_environments: document.defaults_to_environments(),
        default_enabled: document.defaults_to_enabled(),
    }
}

/// The manifest as it is to be.
struct Edited {
    sources: Sources,
    diagnostics: Vec<Diagnostic>,
}

/// Adds to the text, and proves that it then means what it should.
fn edited(
    session: &Session,
    read: &[ReadEnvironment<'_>],
    into: SourceId,
    takeover: &Takeover,
) -> Result<Edited, CliError> {
    let label = &session.sources.get(into).label;
    let by_hand = |error: anyhow::Error| {
        let error = error.context(format!("failed to add to `{label}`: nothing was written"));
        CliError::from(error).hint(format!(
            "put this into it by hand:\n\n{}",
            takeover::section(&takeover.webhooks)
        ))
    };
    let text = takeover::insert(&session.sources.get(into).text, &takeover.webhooks)
        .map_err(|err| by_hand(anyhow::Error::new(err)))?;
    let mut sources = Sources::default();
    for (id, source) in session.sources.iter() {
        let text = if id == into { &text } else { &source.text };
        sources.add(Source::new(source.label.as_str(), text.as_str()));
    }
    let diagnostics = prove(session, &sources, read, takeover)
        .context("the result would not say what is live")
        .map_err(by_hand)?;
    sources.hide(Document::read(&sources).secrets());
    Ok(Edited {
        sources,
        diagnostics,
    })
}

/// What is to be said of the manifest as it is to be, and was not of the manifest as it was. Places have
/// moved, so what stands there is compared.
fn new(session: &Session, made: &Edited) -> Vec<Diagnostic> {
    let about = |one: &Diagnostic, sources: &Sources| {
        let span = &one.primary.span;
        let source = sources.get(span.source);
        let text = source.text.get(span.range()).unwrap_or_default();
        (
            one.code,
            source.label.clone(),
            one.message.clone(),
            text.to_owned(),
        )
    };
    let before = session.diagnostics.iter();
    let mut before: Vec<_> = before.map(|one| about(one, &session.sources)).collect();
    let mut found = made.diagnostics.clone();
    found.retain(|one| {
        let about = about(one, &made.sources);
        let known = before.iter().position(|known| *known == about);
        known.map(|known| before.swap_remove(known)).is_none()
    });
    found
}

fn next(
    read: &[ReadEnvironment<'_>],
    global: &GlobalArgs,
    args: &ImportArgs,
    takeover: &Takeover,
) -> Vec<String> {
    let mut next = Vec::new();
    let not_ours = |one: &ReadEnvironment<'_>| {
        let policy = &one.one.resolved.policy;
        let name = |webhook: &LiveWebhook| webhook.name.text().expose().to_owned();
        let those = one.undeclared().filter(|it| !policy.is_ours(&name(it)));
        those.count()
    };
    let others: usize = read.iter().map(not_ours).sum();
    if args.all && others > 0 {
        let others = match others {
            1 => "1 live webhook is not ours".to_owned(),
            n => format!("{n} live webhooks are not ours"),
        };
        let import = typed::command(["import", "NAME", &global.chosen()]);
        next.push(format!("{others}: {import} takes one over"));
    }
    let tokens: Vec<&str> = takeover
        .tokens
        .iter()
        .map(|it| it.variable.as_str())
        .collect();
    if !tokens.is_empty() {
        let tokens = crate::diagnostic::listed(tokens, "and");
        next.push(format!("set what the manifest asks for: {tokens}"));
    }
    if !takeover.webhooks.is_empty() {
        next.push(typed::line(["plan", &global.chosen()]));
    }
    next
}
