//! Manifests and what they refer to: files, folders, standard input, environment variables.

use std::{
    collections::BTreeSet,
    env::VarError,
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::Context;

use super::{
    error::{CliError, ErrorKind},
    repository::Repository,
};
use crate::{
    diagnostic::{Source, Sources, did_you_mean},
    files::{self, Limit, Rest},
    manifest::{Document, Lookup, Offline, Values},
    model::EnvironmentName,
    report::typed,
};

const MOST_FILES: usize = 20_000;

/// What standard input is called.
pub(crate) const STDIN: &str = "<stdin>";

pub(crate) fn sources(paths: &[PathBuf]) -> Result<Sources, CliError> {
    files_and_sources(paths).map(|(_, sources)| sources)
}

/// Reads the manifest's files, with the path of each.
pub(crate) fn files_and_sources(paths: &[PathBuf]) -> Result<(Vec<PathBuf>, Sources), CliError> {
    let mut sources = Sources::default();
    let (mut ordered, mut seen, mut taken) = (Vec::new(), BTreeSet::new(), 0);
    let mut errors = Vec::new();
    let repository = Repository::of_run();
    for path in defaulted(paths)? {
        let files = files_of(&path).unwrap_or_else(|error| {
            errors.push(error);
            Vec::new()
        });
        for file in files {
            // A file that is named twice, also by its folder, is one file.
            if !seen.insert(file.clone()) {
                continue;
            }
            if seen.len() > MOST_FILES {
                return Err(too_many_files());
            }
            match read(&file, Limit::MANIFEST.without(taken)) {
                Ok(source) => {
                    taken += source.text.len() as u64;
                    let path = repository.path_of(&file).filter(|_| !is_stdin(&file));
                    sources.add(source.in_repository(path));
                    ordered.push(file);
                }
                Err(error) => errors.push(error),
            }
        }
    }
    CliError::all(errors)?;
    Ok((ordered, sources))
}

/// The manifest's files, which are not read.
pub(crate) fn paths(paths: &[PathBuf]) -> Result<Vec<PathBuf>, CliError> {
    let paths = defaulted(paths)?;
    let files: Vec<Vec<PathBuf>> = paths
        .iter()
        .map(|path| files_of(path))
        .collect::<Result<_, _>>()?;
    Ok(files.concat())
}

fn defaulted(paths: &[PathBuf]) -> Result<Vec<PathBuf>, CliError> {
    if !paths.is_empty() {
        return Ok(paths.to_vec());
    }
    for default in ["hookwright.yaml", "hookwright"] {
        if Path::new(default).exists() {
            return Ok(vec![default.into()]);
        }
    }
    Err(CliError::invalid(
        "there is no manifest here: neither `hookwright.yaml` nor the folder `hookwright/`",
    )
    .hint("name one with `--file`")
    .hint("`hookwright init` writes one to start from"))
}

/// The files that a path stands for: itself, or a folder's manifests by name.
fn files_of(path: &Path) -> Result<Vec<PathBuf>, CliError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let shown = path.display();
    let mut files = Vec::new();
    let entries =
        fs::read_dir(path).with_context(|| format!("failed to read the folder `{shown}`"));
    for entry in entries.map_err(|err| CliError::new(ErrorKind::Invalid, err))? {
        let entry = entry
            .with_context(|| format!("failed to read the folder `{shown}`"))
            .map_err(|err| CliError::new(ErrorKind::Invalid, err))?;
        let file = entry.path();
        let is_yaml = file
            .extension()
            .is_some_and(|extension| extension == "yaml" || extension == "yml");
        if is_yaml && file.is_file() {
            files.push(file);
        }
        if files.len() > MOST_FILES {
            return Err(too_many_files());
        }
    }
    if files.is_empty() {
        return Err(CliError::invalid(format!(
            "the folder `{shown}` has no `*.yaml` or `*.yml` file"
        ))
        .hint("absent is not empty: a manifest without webhooks must say so in a file"));
    }
    files.sort();
    Ok(files)
}

fn too_many_files() -> CliError {
    CliError::invalid(format!("the manifest has more than {MOST_FILES} files"))
        .hint("declare several webhooks in one file, or name a part of the files with `--file`")
}

fn read(path: &Path, limit: Rest) -> Result<Source, CliError> {
    let label = match is_stdin(path) {
        true => STDIN.to_owned(),
        false => path.display().to_string(),
    };
    let bytes = bytes(path, limit)
        .with_context(|| format!("failed to read `{label}`"))
        .map_err(|err| CliError::new(ErrorKind::Invalid, err))?;
    Ok(Source::from_bytes(label, bytes))
}

pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The bytes of a file, or of standard input where it is `-`.
fn bytes(path: &Path, limit: impl Into<Rest>) -> io::Result<Vec<u8>> {
    match is_stdin(path) {
        true => files::bounded(io::stdin().lock(), limit),
        false => files::read(path, limit),
    }
}

/// The text of a file, or of standard input where it is `-`.
pub(crate) fn text(path: &Path) -> Result<String, CliError> {
    let label = path.display();
    let bytes = bytes(path, Limit::BODY)
        .with_context(|| format!("failed to read `{label}`"))
        .map_err(|err| CliError::new(ErrorKind::Invalid, err))?;
    String::from_utf8(bytes).map_err(|_| CliError::invalid(format!("`{label}` is not UTF-8 text")))
}

/// The environments that the command line names; all, where it names none.
pub(crate) fn selected(
    document: &Document,
    wanted: &[String],
) -> Result<Vec<EnvironmentName>, CliError> {
    let known: Vec<EnvironmentName> = document.environments().collect();
    if wanted.is_empty() {
        return Ok(known);
    }
    let names: Vec<&str> = known.iter().map(EnvironmentName::as_str).collect();
    let set: BTreeSet<&str> = names.iter().copied().collect();
    let unknown = wanted.iter().filter(|name| !set.contains(name.as_str()));
    CliError::all(unknown.map(|name| {
        let help = did_you_mean(name, names.iter().copied())
            .unwrap_or_else(|| format!("it has {}", listed(&names)));
        CliError::usage(format!("the manifest has no environment `{name}`")).hint(help)
    }))?;
    let wanted: BTreeSet<&str> = wanted.iter().map(String::as_str).collect();
    Ok(known
        .into_iter()
        .filter(|name| wanted.contains(name.as_str()))
        .collect())
}

/// The one environment that the command line means, in a list; the manifest's only one, where it names
/// none.
pub(crate) fn one_selected(
    document: &Document,
    wanted: &[String],
) -> Result<Vec<EnvironmentName>, CliError> {
    let selected = selected(document, wanted)?;
    if selected.len() > 1 {
        let names: Vec<&str> = selected.iter().map(EnvironmentName::as_str).collect();
        return Err(CliError::usage("several environments: which one is meant?")
            .hint(format!("name one: {}", named(&names))));
    }
    Ok(selected)
}

/// The flags that name an environment, each.
pub(crate) fn named(names: &[&str]) -> String {
    let flags: Vec<String> = names
        .iter()
        .map(|name| typed::flags([""; 0], [name]))
        .collect();
    listed(&flags.iter().map(String::as_str).collect::<Vec<_>>())
}

/// What standard input has: the body of a request.
pub(crate) fn standard_input() -> Result<Vec<u8>, CliError> {
    let read =
        files::bounded(io::stdin().lock(), Limit::BODY).context("failed to read standard input");
    Ok(read?)
}

/// Names for a sentence.
pub(crate) fn listed(names: &[&str]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The path that a manifest means: relative to its folder.
pub(crate) fn relative_to(manifest: &str, path: &str) -> PathBuf {
    let folder = Path::new(manifest).parent().filter(|_| manifest != STDIN);
    folder.unwrap_or(Path::new("")).join(path)
}

/// The process's environment and files.
pub(crate) struct Outside;

impl Values for Outside {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is where the environment is read"
    )]
    fn env(&self, name: &str) -> Result<Lookup, String> {
        match std::env::var(name) {
            Ok(value) => Ok(Lookup::Found(value)),
            Err(VarError::NotPresent) => Ok(Lookup::Unset),
            Err(VarError::NotUnicode(_)) => Err("its value is not UTF-8 text".to_owned()),
        }
    }

    fn file(&self, beside: &str, path: &str) -> Result<Lookup, String> {
        match files::text(&relative_to(beside, path), Limit::REFERRED) {
            Ok(content) => Ok(Lookup::Found(content)),
            Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(Lookup::Unset),
            Err(err) => Err(err.to_string()),
        }
    }
}

/// No outside but the inputs of the rules' tests: for `validate`.
pub(crate) struct RuleInputs;

impl Values for RuleInputs {
    fn env(&self, name: &str) -> Result<Lookup, String> {
        Offline.env(name)
    }

    fn file(&self, beside: &str, path: &str) -> Result<Lookup, String> {
        Offline.file(beside, path)
    }

    fn rule_input(&self, beside: &str, path: &str) -> Result<Lookup, String> {
        rule_input(beside, path)
    }
}

/// The input of a rule's test, which is in the manifest's folder also where a link leads to it.
pub(crate) fn rule_input(beside: &str, path: &str) -> Result<Lookup, String> {
    let read = || -> io::Result<Option<String>> {
        let folder = relative_to(beside, "");
        let folder = match folder.as_os_str().is_empty() {
            true => Path::new("."),
            false => &folder,
        };
        let real = fs::canonicalize(relative_to(beside, path))?;
        if !real.starts_with(fs::canonicalize(folder)?) {
            return Ok(None);
        }
        files::text(&real, Limit::BODY).map(Some)
    };
    match read() {
        Ok(Some(text)) => Ok(Lookup::Found(text)),
        Ok(None) => Err("it leads out of the manifest's folder".to_owned()),
        Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(Lookup::Unset),
        Err(err) => Err(err.to_string()),
    }
}
