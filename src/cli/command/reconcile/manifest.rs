//! The manifest, read anew as often as its files move, and the environments that come of it.

use std::{
    cell::RefCell,
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures_util::stream::{self, StreamExt as _};
use tokio::time::Instant;

use super::unit::Unit;
use crate::{
    cli::{
        args::ReconcileArgs,
        change::change,
        clock::clock,
        connect::{self, Ways},
        context::Context,
        error::CliError,
        inputs, saved, sensitive,
        waits::Waits,
    },
    diagnostic::{Diagnostic, Severity, Sources},
    manifest::{Document, Lookup, Resolution, Values},
    model::{EnvironmentName, Masker},
    net::Stop,
    plan::Options,
    reconcile::Metrics,
    run::{Policies, Session},
    saved::ManifestRecord,
};

/// How long files must have been as they are before they are read: whoever writes several is not read in between.
const SETTLING: Duration = Duration::from_secs(1);

/// How many programs that print credentials run at once.
const AT_ONCE: usize = 8;

/// A manifest that is read anew.
pub(super) struct Manifest<'a> {
    context: Context<'a>,
    args: &'a ReconcileArgs,
    metrics: &'a Metrics,
    /// What was read, or could not be used, last.
    read: Option<Fingerprint>,
    /// What is there now, and since when.
    settling: Option<(Fingerprint, Instant)>,
    /// The files that the manifest refers to.
    referred: BTreeSet<PathBuf>,
    /// Whether to read it although nothing has moved.
    is_asked: bool,
    /// The ways to the environments that were read last.
    ways: Option<Ways>,
}

/// What looking at the manifest gave.
pub(super) enum Look {
    /// It is as it was.
    Same,
    /// Its files have just moved: look again at this moment.
    Settling(Instant),
    /// It is this now.
    Loaded(Loaded),
    /// What is there now cannot be used.
    Invalid(Unusable),
}

/// What a manifest says.
pub(super) struct Loaded {
    pub(super) record: ManifestRecord,
    pub(super) units: Vec<Unit>,
    /// What is wrong with it and does not keep it from being used.
    pub(super) warnings: Vec<String>,
}

/// Why a manifest cannot be used.
pub(super) enum Unusable {
    /// Its files cannot be read, or the command line does not fit it.
    Error(CliError),
    /// It is not valid.
    Invalid(Vec<Diagnostic>, Sources),
}

impl Unusable {
    /// The same in a few words.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Error(error) => error.texts(),
            Self::Invalid(found, sources) => {
                let mut errors = found.iter().filter(|one| one.severity == Severity::Error);
                let count = errors.clone().count();
                let first = errors.next().map(|first| line(first, sources));
                let more = match count {
                    0 | 1 => String::new(),
                    count => format!(", and {} more", count - 1),
                };
                format!("{}{more}", first.unwrap_or_default())
            }
        }
    }
}

fn line(found: &Diagnostic, sources: &Sources) -> String {
    let source = sources.get(found.primary.span.source);
    let line = source.line(found.primary.span.range().start);
    format!("{}:{line}: {}: {}", source.label, found.code, found.message)
}

impl<'a> Manifest<'a> {
    pub(super) fn new(context: Context<'a>, args: &'a ReconcileArgs, metrics: &'a Metrics) -> Self {
        Self {
            context,
            args,
            metrics,
            read: None,
            settling: None,
            referred: BTreeSet::new(),
            is_asked: false,
            ways: None,
        }
    }

    /// Reads it at the next look, whether its files have moved or not: a program that prints a credential may print another.
    pub(super) fn ask(&mut self) {
        self.is_asked = true;
    }

    /// Looks whether it has moved, and reads it if so.
    pub(super) async fn look(&mut self) -> Look {
        let there = self.fingerprint();
        if self.read.as_ref() == Some(&there) && !self.is_asked {
            self.settling = None;
            return Look::Same;
        }
        // The first one is taken as it is: whoever starts the service has written it before.
        if self.read.is_some() && self.read.as_ref() != Some(&there) {
            let now = Instant::now();
            match &self.settling {
                Some((known, since)) if *known == there => {
                    if now < *since + SETTLING {
                        return Look::Settling(*since + SETTLING);
                    }
                }
                _ => {
                    self.settling = Some((there, now));
                    return Look::Settling(now + SETTLING);
                }
            }
        }
        self.is_asked = false;
        self.settling = None;
        let loaded = self.load().await;
        // With the files that it refers to, as far as they are known now.
        self.read = Some(self.fingerprint());
        match loaded {
            Ok(loaded) => Look::Loaded(loaded),
            Err(unusable) => Look::Invalid(unusable),
        }
    }

    fn fingerprint(&self) -> Fingerprint {
        let files = inputs::paths(&self.context.global.file);
        let files = files.unwrap_or_default().into_iter();
        Fingerprint(
            files
                .chain(self.referred.iter().cloned())
                .map(Traces::of)
                .collect(),
        )
    }

    async fn load(&mut self) -> Result<Loaded, Unusable> {
        let mut sources = inputs::sources(&self.context.global.file).map_err(Unusable::Error)?;
        let document = Document::read(&sources);
        let selected = inputs::selected(&document, &self.context.global.environment);
        let outside = Recording::default();
        let names = match &selected {
            Ok(names) => names.clone(),
            Err(_) => document.environments().collect(),
        };
        let mut resolution = document.resolve(&names, &outside, &sources);
        self.referred = outside.files.into_inner();
        if self.args.strictness.strict {
            resolution.deny_unknown_events();
        }
        drop(document);
        sources.hide(resolution.hidden.iter().copied());
        let mut values = resolution.sensitive.clone();
        self.context
            .terminal
            .mask(Masker::new(values.iter().cloned()));
        if resolution.has_errors() {
            return Err(Unusable::Invalid(resolution.diagnostics, sources));
        }
        let selected = selected.map_err(Unusable::Error)?;
        if selected.is_empty() {
            // What is being written looks like that, too.
            let error = CliError::invalid("the manifest has no environment");
            return Err(Unusable::Error(
                error.hint("a service needs one to look at"),
            ));
        }
        let record = saved::manifest(&sources);
        let warnings = resolution.diagnostics.iter();
        let warnings = warnings.map(|found| line(found, &sources)).collect();
        let units = self.units(resolution, &mut values).await?;
        Ok(Loaded {
            record,
            units,
            warnings,
        })
    }

    /// Connects the environments. One whose credentials cannot be got is one all the same.
    async fn units(
        &mut self,
        resolution: Resolution,
        values: &mut Vec<String>,
    ) -> Result<Vec<Unit>, Unusable> {
        let mut ways = match &self.ways {
            Some(ways) => ways.anew(&resolution.environments),
            None => Ways::to(&resolution.environments).metered(self.metrics),
        };
        let waits = Waits::new(self.context.terminal, clock());
        let options = Options {
            strict: self.args.strictness.strict,
            ..Options::default()
        };
        let environments = stream::iter(&resolution.environments);
        let asked = environments.map(connect::credentials).buffered(AT_ONCE);
        let found: Vec<_> = asked.collect().await;
        for (resolved, credentials) in resolution.environments.iter().zip(&found) {
            values.extend(sensitive::of(resolved));
            if let Ok(credentials) = credentials {
                values.extend(credentials.sensitive());
            }
        }
        // Once, so that all environments share what finds them.
        self.context
            .terminal
            .mask(Masker::new(values.iter().cloned()));
        let sensitive: Arc<[String]> = values.iter().cloned().collect();
        let (mut units, mut connected) = (Vec::new(), Vec::new());
        for (resolved, credentials) in resolution.environments.into_iter().zip(found) {
            let mut unit = Unit::of(&resolved, ways.sockets(), sensitive.clone());
            match credentials {
                Err(error) => unit.without_credentials = Some(error.texts()),
                Ok(credentials) => {
                    let stop = Stop::default();
                    let one = connect::connect(
                        resolved,
                        &credentials,
                        self.context,
                        &stop,
                        &waits,
                        &mut ways,
                    );
                    connected.push((one.map_err(Unusable::Error)?, stop));
                }
            }
            units.push(unit);
        }
        let masker = Masker::new(values.iter().cloned());
        let policies = Policies {
            change: change(),
            ..Policies::of(resolution.rules, resolution.declared, clock())
        };
        let mut sessions = Session::each(connected, &options, &policies, &masker)
            .into_iter()
            .peekable();
        for unit in &mut units {
            let name = &unit.name;
            let is_its = |session: &Session<_>| {
                let mut environments = session.environments.iter();
                environments.any(|one: &connect::Connected| one.view.name == *name)
            };
            unit.session = sessions.next_if(is_its);
        }
        self.ways = Some(ways);
        Ok(units)
    }
}

/// The outside, with what was read of it.
#[derive(Default)]
struct Recording {
    files: RefCell<BTreeSet<PathBuf>>,
}

impl Values for Recording {
    fn env(&self, name: &str) -> Result<Lookup, String> {
        inputs::Outside.env(name)
    }

    fn file(&self, beside: &str, path: &str) -> Result<Lookup, String> {
        let read = inputs::relative_to(beside, path);
        self.files.borrow_mut().insert(read);
        inputs::Outside.file(beside, path)
    }
}

/// What tells whether files are as they were, without reading them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fingerprint(Vec<(PathBuf, Option<Traces>)>);

/// What tells whether a file is as it was. Links are followed: a mounted folder is changed by turning one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Traces {
    file: (u64, u64),
    length: u64,
    modified: Option<SystemTime>,
}

impl Traces {
    fn of(path: PathBuf) -> (PathBuf, Option<Self>) {
        let traces = Self::read(&path).ok();
        (path, traces)
    }

    fn read(path: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(path)?;
        Ok(Self {
            file: identity(&metadata),
            length: metadata.len(),
            modified: metadata.modified().ok(),
        })
    }
}

#[cfg(unix)]
fn identity(metadata: &fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn identity(_: &fs::Metadata) -> (u64, u64) {
    (0, 0)
}

/// The environments that a service may not write to because of how it was started.
pub(super) fn without_state(units: &[Unit], args: &ReconcileArgs) -> Option<EnvironmentName> {
    let mut applied = units.iter().filter(|unit| unit.may_apply(args));
    match args.state {
        Some(_) => None,
        None => applied.next().map(|unit| unit.name.clone()),
    }
}
