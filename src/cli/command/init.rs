//! `init`: a manifest to start from.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::{
    cli::{
        args::{Format, GlobalArgs, InitArgs},
        command::schema,
        context::Context,
        error::CliError,
        exit, files, inputs,
        place::Place,
        planning::{self, Ended},
        questions::{self, Wishes},
        takeover::{self as live, mask, prove},
        terminal::Terminal,
    },
    diagnostic::{Diagnostic, Source, Sources},
    files::{Limit, text},
    manifest::{self, Document},
    plan::Options,
    report::{TakenOver, Touch, TouchedFile, human, json, typed},
    run::Outcome,
    takeover::{self, Takeover, Whole},
};

/// The file that is written where none is named.
const DEFAULT: &str = "hookwright.yaml";
/// Where manifests are looked for, too.
const FOLDER: &str = "hookwright";
/// What git must not keep: the simulator's state.
const IGNORED: &str = ".hookwright/";

pub(crate) async fn run(context: Context<'_>, args: &InitArgs) -> Result<u8, Ended> {
    let terminal = context.terminal;
    let path = destination(context.global, args)?;
    let wishes = questions::wishes(context, args)?;
    let label = path.display().to_string();
    let starter = takeover::starter(&wishes.starter, None);
    let made = match wishes.from_live {
        true => from_live(context, &label, starter, &wishes).await?,
        false => Made::new(&label, starter),
    };
    let made = made.laid_out(&label);
    if path.as_os_str() == "-" {
        let text = &made.sources.get(0.into()).text;
        terminal.verbatim(|out| out.write_all(text.as_bytes()))?;
        if let Some(takeover) = &made.takeover {
            terminal.say(|out| human::taken(takeover, terminal.width(), out));
        }
        return Ok(exit::DONE);
    }
    let document = Document::read(&made.sources);
    let all: Vec<_> = document.environments().collect();
    let checked = document.check(&all, &crate::manifest::Offline, &made.sources);
    if checked.has_errors() {
        return planning::invalid(&checked.diagnostics, &made.sources, None, terminal);
    }
    let files = write(&path, &made, &wishes, args)?;
    terminal.ledger().changed();
    let done = TakenOver {
        files,
        takeover: made.takeover.as_ref(),
        diff: None,
        diagnostics: &checked.diagnostics,
        sources: &made.sources,
        next: next(&path, &wishes, made.takeover.as_ref()),
    };
    show(&done, &checked.diagnostics, Outcome::Applied, terminal)?;
    Ok(exit::DONE)
}

/// Shows what was done, and what is still to be said of the manifest to people.
pub(crate) fn show(
    done: &TakenOver<'_>,
    said: &[Diagnostic],
    outcome: Outcome,
    terminal: &Terminal,
) -> Result<(), CliError> {
    if terminal.format == Format::Text && !said.is_empty() {
        terminal.say(|out| human::diagnostics(said, done.sources, terminal.width(), out));
    }
    terminal.show(
        || json::taken_over(done, outcome),
        |out| human::taken_over(done, terminal.width(), out),
    )
}

/// A manifest that is not written yet.
struct Made {
    sources: Sources,
    takeover: Option<Takeover>,
}

impl Made {
    fn new(label: &str, text: String) -> Self {
        let mut sources = Sources::default();
        sources.add(Source::new(label, text));
        Self {
            sources,
            takeover: None,
        }
    }

    /// The same manifest in the canonical layout, which is proven to mean the same. One that cannot be laid out stays
    /// as it is.
    fn laid_out(self, label: &str) -> Self {
        match manifest::format(&self.sources, 0.into()) {
            Ok(text) => Self {
                takeover: self.takeover,
                ..Self::new(label, text)
            },
            Err(_) => self,
        }
    }
}

/// Where the manifest goes, which must be free.
fn destination(global: &GlobalArgs, args: &InitArgs) -> Result<PathBuf, CliError> {
    let path = match global.file.as_slice() {
        [] if Path::new(FOLDER).is_dir() && !args.force => {
            return Err(in_the_way(&format!("{FOLDER}/")));
        }
        [] => PathBuf::from(DEFAULT),
        [path] => path.clone(),
        _ => {
            return Err(CliError::usage(
                "`init` writes one file: give `--file` once",
            ));
        }
    };
    let shown = path.display();
    if path.as_os_str() == "-" {
        return match global.format.format() {
            Format::Text => Ok(path),
            Format::Json => Err(CliError::usage(
                "`--file -` prints the manifest: it cannot be used with `--format json`",
            )),
        };
    }
    if path.is_dir() {
        let hint = format!("such as `--file {}`", path.join(DEFAULT).display());
        return Err(CliError::usage(format!("`{shown}` is a folder: name a file")).hint(hint));
    }
    if path.symlink_metadata().is_ok() && !args.force {
        return Err(in_the_way(&shown.to_string()));
    }
    Ok(path)
}

/// The manifest, where it is not found without being named.
fn other(path: &str) -> Option<&str> {
    Some(path).filter(|path| *path != DEFAULT && path.trim_end_matches('/') != FOLDER)
}

fn in_the_way(path: &str) -> CliError {
    let message = format!("there is a manifest already, `{path}`: nothing was written");
    CliError::refused(message)
        .hint(format!(
            "{} adds live webhooks to it",
            typed::command(["import --all", &typed::flags(other(path), [""; 0])])
        ))
        .hint("name another file, or write a new one in its place with `--force`")
}

/// Declares what the accounts have.
async fn from_live(
    context: Context<'_>,
    label: &str,
    starter: String,
    wishes: &Wishes,
) -> Result<Made, Ended> {
    let terminal = context.terminal;
    let empty = Made::new(label, starter).sources;
    let choose = |document: &_| inputs::selected(document, &[]);
    let none = Options::default();
    let session = planning::open_sources(context, empty, &none, choose).await?;
    let mut read = live::read(&session).await?;
    // As they were given, and not by name.
    let wanted = &wishes.starter.environments;
    read.sort_by_key(|one| wanted.iter().position(|it| it.name == *one.name()));
    let places: Vec<_> = read
        .iter()
        .map(|one| takeover::Surroundings {
            allow_http: None,
            ..one.surroundings(one.undeclared().cloned().collect())
        })
        .collect();
    let whole = Whole {
        environments: places.len(),
        define_variables: true,
        ..Whole::default()
    };
    let takeover = takeover::take_over(&places, &whole);
    mask(&session, &takeover, terminal);
    let text = takeover::starter(&wishes.starter, Some(&takeover));
    let made = Made {
        takeover: Some(takeover),
        ..Made::new(label, text)
    };
    let takeover = made.takeover.as_ref();
    if let Some(takeover) = takeover {
        prove(&session, &made.sources, &read, takeover).context(
            "what would be written does not say what is live, so nothing was written; this is a fault of hookwright",
        )?;
    }
    Ok(made)
}

/// Writes all files, the manifest last: while it is missing, `init` can be run again.
fn write(
    path: &Path,
    made: &Made,
    wishes: &Wishes,
    args: &InitArgs,
) -> Result<Vec<TouchedFile>, CliError> {
    let gitignore = path.with_file_name(".gitignore");
    if gitignore.is_symlink() {
        let message = format!("`{}` is a symbolic link", gitignore.display());
        return Err(CliError::refused(message).hint(
            "git does not follow it, so neither does `init`: put a file there; nothing was written",
        ));
    }
    let mut touched = Vec::new();
    let mut note = |path: &Path, touch| {
        touched.push(TouchedFile {
            path: path.display().to_string(),
            touch,
        });
    };
    let schema = path.with_file_name(questions::SCHEMA);
    let touch = match (schema.symlink_metadata().is_ok(), args.force) {
        (false, _) => Touch::Created,
        (true, true) => Touch::Replaced,
        (true, false) => Touch::Kept,
    };
    if touch != Touch::Kept {
        let text = schema::of_manifest()?;
        files::replace(&schema, &text)?;
    }
    note(&schema, touch);
    if let Some(touch) = ignore(&gitignore, &wishes.places)? {
        note(&gitignore, touch);
    }
    let touch = match path.symlink_metadata().is_ok() {
        true => Touch::Replaced,
        false => Touch::Created,
    };
    let text = &made.sources.get(0.into()).text;
    match args.force {
        true => files::replace(path, text)?,
        // Who made one meanwhile keeps it.
        false => files::create(path, text)?,
    }
    note(path, touch);
    Ok(touched)
}

/// Adds to `.gitignore` what is missing there: the simulator's state, and files of secrets in this
/// folder or below.
fn ignore(path: &Path, places: &[Place]) -> Result<Option<Touch>, CliError> {
    let old = match text(path, Limit::IGNORED) {
        Ok(text) => Some(text),
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => None,
        Err(err) => {
            let error = anyhow::Error::new(err);
            return Err(error
                .context(format!("failed to read `{}`", path.display()))
                .into());
        }
    };
    let mut wanted = vec![IGNORED.to_owned()];
    wanted.extend(places.iter().filter_map(|place| match place {
        Place::File(path) if Path::new(path).is_relative() && !path.starts_with("..") => {
            Some(format!("/{}", path.trim_start_matches("./")))
        }
        Place::File(_) | Place::Env(_) => None,
    }));
    let before = old.as_deref().unwrap_or_default();
    let has = |line: &String| before.lines().any(|known| known.trim() == line.as_str());
    wanted.retain(|line| !has(line));
    if wanted.is_empty() {
        return Ok(None);
    }
    let gap = match before {
        "" => "",
        text if text.ends_with('\n') => "\n",
        _ => "\n\n",
    };
    let lines = wanted.join("\n");
    let after = format!("{before}{gap}# hookwright: the simulator's state, and secrets\n{lines}\n");
    Ok(Some(match old {
        Some(_) => {
            files::edit(path, before, &after)?;
            Touch::Extended
        }
        None => {
            files::create(path, &after)?;
            Touch::Created
        }
    }))
}

fn next(path: &Path, wishes: &Wishes, takeover: Option<&Takeover>) -> Vec<String> {
    let file = match path == Path::new(DEFAULT) {
        true => String::new(),
        false => format!(" --file {}", path.display()),
    };
    let mut next = Vec::new();
    let unset: Vec<&str> = wishes
        .places
        .iter()
        .filter(|place| !place.is_filled())
        .map(|place| match place {
            Place::Env(name) | Place::File(name) => name.as_str(),
        })
        .collect();
    let tokens = takeover.iter().flat_map(|all| &all.tokens);
    let unset: Vec<&str> = unset
        .into_iter()
        .chain(tokens.map(|it| it.variable.as_str()))
        .collect();
    if !unset.is_empty() {
        let places = crate::diagnostic::listed(unset, "and");
        next.push(format!("set what the manifest asks for: {places}"));
    }
    next.push(format!("hookwright plan{file}"));
    if takeover.is_none() {
        next.push(format!(
            "hookwright import --all{file}, to declare what the account has"
        ));
    }
    next
}
