//! What `plan` and `apply` have in common: from the command line to planned environments.

use std::ops::Deref;

use super::{
    args::{Format, PlanningArgs, Wanted},
    change::{self, change},
    clock::clock,
    connect::{self, Connected, Route, Ways},
    context::Context,
    error::CliError,
    inputs, sensitive,
    sent::Counted,
    terminal::Terminal,
    waits::Waits,
};
use crate::{
    diagnostic::{Diagnostic, Places, Severity, Sources, did_you_mean},
    manifest::{self, Document, Resolution},
    model::{EnvironmentName, Masker, WebhookKey},
    net::{Sockets, Stop},
    plan::{Options, RefusalCode},
    report::{Announcement, Checked, gitlab, human, json, sarif},
    run,
};

/// What a run works on.
pub(crate) struct Session {
    /// The environments, and what is known of them.
    run: run::Session<Counted<Route>>,
    pub(crate) sources: Sources,
    /// Where what the manifest names stands in them.
    pub(crate) places: Places,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// What all connections of the run share.
    pub(crate) sockets: Sockets,
    /// What is masked in everything that is shown.
    pub(crate) sensitive: Vec<String>,
    /// Tells what the session's clients wait for.
    pub(crate) waits: Waits,
}

impl Deref for Session {
    type Target = run::Session<Counted<Route>>;

    fn deref(&self) -> &Self::Target {
        &self.run
    }
}

/// How opening a session can end otherwise.
pub(crate) enum Ended {
    /// With an error that is still to be shown.
    Error(CliError),
    /// With a manifest that is not valid, which was shown.
    Invalid(Box<Announcement>),
}

impl<E: Into<CliError>> From<E> for Ended {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

/// Reads and resolves the manifest, and connects its environments. Nothing is sent.
pub(crate) async fn open(
    context: Context<'_>,
    options: &Options,
    choose: impl FnOnce(&Document) -> Result<Vec<EnvironmentName>, CliError>,
) -> Result<Session, Ended> {
    let sources = inputs::sources(&context.global.file)?;
    open_sources(context, sources, options, choose).await
}

/// The same, of a manifest that was read before.
pub(crate) async fn open_sources(
    context: Context<'_>,
    mut sources: Sources,
    options: &Options,
    choose: impl FnOnce(&Document) -> Result<Vec<EnvironmentName>, CliError>,
) -> Result<Session, Ended> {
    let terminal = context.terminal;
    let document = Document::read(&sources);
    let (selected, chosen) = match choose(&document) {
        Ok(selected) => (selected, None),
        Err(error) => (Vec::new(), Some(error)),
    };
    let targets = check_targets(&document, options).err();
    let wrong = CliError::all(chosen.into_iter().chain(targets)).err();
    let mut resolution = match wrong {
        None => document.resolve(&selected, &inputs::Outside, &sources),
        // What is wrong with the manifest is said, too.
        Some(_) => {
            let all: Vec<EnvironmentName> = document.environments().collect();
            document.check(&all, &manifest::Offline, &sources)
        }
    };
    // What is asked for may be in what could not be read.
    let wrong = wrong.filter(|_| !document.may_have_more());
    if options.strict {
        resolution.deny_unknown_events();
    }
    let places = document.into_places();
    sources.hide(resolution.hidden.iter().copied());
    // Before anything is shown that a value could stand in.
    let mut values = resolution.sensitive.clone();
    terminal.mask(Masker::new(values.iter().cloned()));
    if resolution.has_errors() {
        return invalid(&resolution.diagnostics, &sources, wrong.as_ref(), terminal);
    }
    CliError::all(wrong)?;
    let Resolution {
        environments: resolved,
        rules,
        declared,
        diagnostics,
        sensitive: _,
        hidden: _,
    } = resolution;
    let (mut credentials, mut errors) = (Vec::new(), Vec::new());
    for environment in &resolved {
        values.extend(sensitive::of(environment));
        match connect::credentials(environment).await {
            Ok(found) => {
                values.extend(found.sensitive());
                credentials.push(found);
            }
            Err(error) => errors.push(error),
        }
    }
    terminal.mask(Masker::new(values.iter().cloned()));
    CliError::all(errors)?;
    warn(&diagnostics, &sources, terminal)?;

    let stop = Stop::default();
    let waits = Waits::new(terminal, clock());
    let mut ways = Ways::to(&resolved);
    let mut environments = Vec::new();
    for (mut environment, credentials) in resolved.into_iter().zip(&credentials) {
        environment.policy.prune |= options.prune;
        let connected =
            connect::connect(environment, credentials, context, &stop, &waits, &mut ways)?;
        environments.push(connected);
    }
    let masker = Masker::new(values.iter().cloned());
    let policies = run::Policies {
        change: change(),
        ..run::Policies::of(rules, declared, clock())
    };
    Ok(Session {
        run: run::Session::new(environments, options.clone(), policies, masker, stop),
        sources,
        places,
        diagnostics,
        sockets: ways.sockets(),
        sensitive: values,
        waits,
    })
}

impl Session {
    /// Asks the forge about the change that asks for the plan, where rules look at it.
    pub(crate) async fn ask_forge(
        &mut self,
        context: Context<'_>,
        planning: &PlanningArgs,
    ) -> Result<(), CliError> {
        if planning.ask_forge && self.run.looks_at_change() {
            self.run.asked_by(change::asked(context).await?);
        }
        Ok(())
    }

    /// The environments, for who needs nothing else.
    pub(crate) fn into_environments(self) -> Vec<Connected> {
        self.run.environments
    }

    /// The first of the guards that refuse an environment's secret, and the way out for a command that has no
    /// flag to use it all the same.
    pub(crate) fn refusal(&self, one: &Connected) -> Option<(String, String)> {
        let refusal = self.refused(one).first()?;
        let way_out = match refusal.code() {
            RefusalCode::SecretMismatch => {
                "use the environment's own secret: it decides where requests run".to_owned()
            }
            _ => refusal.way_out(&one.view.chosen_by),
        };
        Some((refusal.to_string(), way_out))
    }
}

fn check_targets(document: &Document, options: &Options) -> Result<(), CliError> {
    let targets = options.targets.iter().map(WebhookKey::as_str);
    let unknown = targets.filter(|key| !document.defines(key));
    CliError::all(unknown.map(|key| {
        CliError::usage(format!("the manifest has no webhook `{key}`"))
            .maybe_hint(did_you_mean(key, document.webhooks()))
    }))
}

/// Shows why the manifest is not valid, and what is wrong with the command line beside it.
pub(crate) fn invalid<T>(
    found: &[Diagnostic],
    sources: &Sources,
    wrong: Option<&CliError>,
    terminal: &Terminal,
) -> Result<T, Ended> {
    let document = || json::validated(found, sources, wrong.map(CliError::texts));
    let checked = Checked {
        diagnostics: found,
        sources,
        environments: 0,
        webhooks: 0,
    };
    match terminal.wanted {
        Wanted::Json => terminal.show(document, |_| Ok(()))?,
        Wanted::Sarif => terminal.show(document, |out| sarif::checked(&checked, out))?,
        Wanted::Gitlab => terminal.show(document, |out| gitlab::checked(&checked, out))?,
        _ => {
            terminal.complain(|out| human::diagnostics(found, sources, terminal.width(), out));
            terminal.keep(|| json::text(&document()))?;
        }
    }
    complain_of(wrong, terminal);
    Err(Ended::Invalid(Box::new(Announcement::invalid(&checked))))
}

/// Says what is wrong with the command line, where the manifest's faults decide how the run ends.
pub(crate) fn complain_of(wrong: Option<&CliError>, terminal: &Terminal) {
    for error in wrong.into_iter().flat_map(CliError::each) {
        terminal.complain_of(&error.text(), &error.hints);
    }
}

/// Warnings of the manifest are said after the result.
fn warn(found: &[Diagnostic], sources: &Sources, terminal: &Terminal) -> Result<(), CliError> {
    let warnings = found.iter().any(|one| one.severity == Severity::Warning);
    // In JSON they are part of the document.
    if warnings && terminal.format == Format::Text {
        terminal.say_later(|out| human::diagnostics(found, sources, terminal.width(), out))?;
    }
    Ok(())
}
