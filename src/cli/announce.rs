//! Telling what a run came to where its output is not read: in the files of a GitHub workflow's step, and
//! at a webhook of the user's own.
//!
//! Whatever goes wrong here is said, and changes neither what was done nor the exit code.

use std::{fs::OpenOptions, io::Write, time::Duration};

use anyhow::Context as _;

use super::{
    args::{Command, NotifyArgs, NotifyOn, Wanted},
    audit,
    context::Context,
    error::{CliError, ErrorKind},
    exit,
    surroundings::{self, variable},
    terminal::Terminal,
    transport,
};
use crate::{
    model::{Masker, Secret},
    notify::{self, Address},
    report::{self, Announcement, Finding, Location},
    run::Outcome,
};

/// How long a webhook may take to answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What a command came to.
pub(crate) struct Told {
    pub(crate) code: u8,
    /// What those are told who do not read its output, where there is more to tell than the code.
    pub(crate) announcement: Option<Box<Announcement>>,
}

impl From<u8> for Told {
    fn from(code: u8) -> Self {
        Self {
            code,
            announcement: None,
        }
    }
}

impl Told {
    pub(crate) fn new(code: u8, announcement: Announcement) -> Self {
        Self {
            code,
            announcement: Some(Box::new(announcement)),
        }
    }
}

/// Tells what a run came to.
pub(crate) struct Announcer {
    terminal: Terminal,
    verb: &'static str,
    /// What ends the part of the log in which a workflow's runner takes no commands.
    quarantine: Option<String>,
    notify: Option<(Address, Vec<NotifyOn>)>,
}

impl Announcer {
    /// Begins a run. What it shows of manifests and providers could look like a command to a
    /// workflow's runner; in `--format github` it takes none until the run has ended.
    pub(crate) fn new(context: Context<'_>, command: &Command) -> Result<Self, CliError> {
        let terminal = context.terminal;
        let (verb, args) = match command {
            Command::Plan(args) => ("plan", Some(&args.notify)),
            Command::Apply(args) => ("apply", Some(&args.notify)),
            Command::Drift(args) => ("drift", Some(&args.notify)),
            _ => ("", None),
        };
        let notify = match args {
            Some(args) => address(args, terminal)?,
            None => None,
        };
        let quarantine = (args.is_some() && context.global.format == Wanted::Github).then(token);
        if let Some(token) = &quarantine {
            terminal.verbatim(|out| writeln!(out, "::stop-commands::{token}"))?;
        }
        Ok(Self {
            terminal: terminal.clone(),
            verb,
            quarantine,
            notify,
        })
    }

    pub(crate) async fn announce(&self, told: Told) {
        if self.quarantine.is_none() && self.notify.is_none() {
            return;
        }
        let Told { code, announcement } = told;
        let announcement = match announcement {
            Some(announcement) => *announcement,
            None => Announcement::failed(&format!("it ended with {code}")),
        };
        let announcement = self.masked(announcement, code);
        if let Err(error) = self.to_workflow(&announcement) {
            self.warn("the summary of the step", error);
        }
        if let Err(error) = self.to_webhook(&announcement).await {
            self.warn("the notification", error);
        }
    }

    /// Files and documents are not the terminal's, which masks what it shows.
    fn masked(&self, announcement: Announcement, code: u8) -> Announcement {
        let Announcement {
            outcome,
            summary,
            counts,
            findings,
            markdown,
        } = announcement;
        let mask = |text: String| self.terminal.masked(&text);
        let at = |location: Location| Location {
            path: mask(location.path),
            text: mask(location.text),
            ..location
        };
        let masked = |finding: Finding| Finding {
            message: mask(finding.message),
            help: finding.help.map(mask),
            location: finding.location.map(at),
            ..finding
        };
        Announcement {
            outcome: ended_with(code, outcome),
            summary: mask(summary),
            counts,
            findings: findings.into_iter().map(masked).collect(),
            markdown: mask(markdown),
        }
    }

    fn to_workflow(&self, announcement: &Announcement) -> anyhow::Result<()> {
        let Some(token) = &self.quarantine else {
            return Ok(());
        };
        self.terminal.verbatim(|out| {
            writeln!(out, "::{token}::")?;
            report::annotations(announcement, out)
        })?;
        if let Some(path) = variable("GITHUB_STEP_SUMMARY") {
            append(&path, format!("{}\n", announcement.markdown).as_bytes())?;
        }
        if let Some(path) = variable("GITHUB_OUTPUT") {
            let mut text = Vec::new();
            report::outputs(announcement, &self::token(), &mut text)?;
            append(&path, &text)?;
        }
        Ok(())
    }

    async fn to_webhook(&self, announcement: &Announcement) -> anyhow::Result<()> {
        let Some((address, on)) = &self.notify else {
            return Ok(());
        };
        let about = match announcement.outcome {
            Outcome::Nothing => return Ok(()),
            Outcome::Changes | Outcome::Applied if self.verb == "drift" => NotifyOn::Drift,
            Outcome::Changes | Outcome::Applied => NotifyOn::Changes,
            Outcome::Partial | Outcome::Refused | Outcome::Failed | Outcome::Invalid => {
                NotifyOn::Failure
            }
        };
        if !on.contains(&about) {
            return Ok(());
        }
        let (repository, url) = surroundings::place();
        let place = report::Place {
            repository,
            commit: audit::commit(None),
            url,
        };
        let document = report::notification(announcement, self.verb, &place);
        send(address, &document).await
    }

    fn warn(&self, what: &str, error: anyhow::Error) {
        let text = format!("{what} could not be delivered: {error:#}");
        let hint = "the run itself is not affected by that".to_owned();
        self.terminal.complain_of(&text, &[hint]);
    }
}

pub(crate) async fn send(address: &Address, document: &serde_json::Value) -> anyhow::Result<()> {
    let transport = transport::to(address.origin(), TIMEOUT).map_err(|error| error.source)?;
    Ok(notify::send(address, document, &transport).await?)
}

/// The address to notify, masked from now on.
pub(crate) fn address(
    args: &NotifyArgs,
    terminal: &Terminal,
) -> Result<Option<(Address, Vec<NotifyOn>)>, CliError> {
    let Some(url) = args.notify_url.as_ref().filter(|url| !url.0.is_empty()) else {
        return Ok(None);
    };
    let mut values = vec![url.0.clone()];
    if let Ok(parsed) = url::Url::parse(&url.0) {
        values.push(parsed.path().trim_matches('/').to_owned());
        values.extend(parsed.query().map(str::to_owned));
    }
    terminal.mask(Masker::new(values));
    let address = Address::new(&Secret::new(url.0.as_str())).map_err(|err| {
        let error = anyhow::Error::new(err).context("`--notify-url` cannot be used");
        CliError::new(ErrorKind::Usage, error)
    })?;
    Ok(Some((address, args.notify_on.clone())))
}

/// What nobody can have foreseen.
fn token() -> String {
    format!("hookwright-{}", uuid::Uuid::new_v4().simple())
}

/// What a run came to that ends with this code: where that is an error, it counts more than what was shown before.
fn ended_with(code: u8, shown: Outcome) -> Outcome {
    match code {
        exit::DONE | exit::CHANGES => shown,
        exit::REFUSED => Outcome::Refused,
        exit::PARTIAL => Outcome::Partial,
        exit::USAGE | exit::INVALID => Outcome::Invalid,
        _ => Outcome::Failed,
    }
}

fn append(path: &str, bytes: &[u8]) -> anyhow::Result<()> {
    let mut options = OpenOptions::new();
    let opened = options.create(true).append(true).open(path);
    opened
        .and_then(|mut file| file.write_all(bytes))
        .with_context(|| format!("failed to append to `{path}`"))
}
