//! Saved plans as files: written as a whole or not at all, and for their owner alone.

use std::path::Path;

use anyhow::Context;
use jiff::Timestamp;

use super::{
    args::{GlobalArgs, SaveArgs},
    audit,
    clock::whole_seconds,
    error::{CliError, ErrorKind},
    files,
    planning::Session,
};
use crate::{
    diagnostic::Sources,
    files::{Limit, text},
    plan::Options,
    report::typed,
    run::PlannedEnvironment,
    saved::{self, Content, FileError, ManifestRecord, SavedPlan},
};

/// The most environments that are named one by one where a command is told to type.
const FEW: usize = 10;

/// The record of the manifest's files.
pub(crate) fn manifest(sources: &Sources) -> ManifestRecord {
    let files = sources.iter();
    ManifestRecord::of(files.map(|(_, source)| (source.label.as_str(), source.text.as_str())))
}

/// What a file says was planned, to be shown. Which file it is of is not known where it is shown.
pub(crate) fn planned(content: &Content) -> Vec<PlannedEnvironment> {
    let environments = content.environments.iter();
    let chosen_by = |name: &str| typed::flags([""; 0], [name]);
    environments
        .map(|record| PlannedEnvironment::saved(record, chosen_by(&record.name)))
        .collect()
}

/// A plan, ready to be written. What was planned can be shown after that, and drives no write any more: a large plan is not
/// held more often than it is needed.
pub(crate) fn seal(
    session: &Session,
    planned: &mut [PlannedEnvironment],
    options: Options,
    save: &SaveArgs,
    now: Timestamp,
) -> Result<SavedPlan, CliError> {
    if planned.is_empty() {
        return Err(CliError::invalid(
            "the manifest has no environment: there is no plan to save",
        ));
    }
    // Nobody plans by the nanosecond.
    let now = whole_seconds(now);
    let expires_at = save.expires.map(|after| {
        now.checked_add(after)
            .map_err(|_| CliError::usage("`--expires` is further away than time is counted"))
    });
    let keys = session.keys();
    let content = Content {
        hookwright: env!("CARGO_PKG_VERSION").to_owned(),
        created_at: now,
        expires_at: expires_at.transpose()?,
        commit: audit::commit(save.commit.as_ref()),
        manifest: manifest(&session.sources),
        options,
        environments: session.records(planned, &keys),
    };
    for environment in planned {
        (environment.plan, environment.live) = (None, None);
    }
    Ok(SavedPlan::seal(content, &keys))
}

/// The command that makes a plan anew, as it was made.
pub(crate) fn anew(path: &Path, content: &Content, global: &GlobalArgs) -> String {
    let names = content.environments.iter().map(|one| one.name.as_str());
    let few = names.clone().count() <= FEW;
    let chosen = global.choosing(names.filter(|_| few));
    let path = path.display().to_string();
    let options = content.options.flags();
    let options = options.iter().map(|(flag, value)| match value {
        Some(value) => format!("{flag} {}", typed::word(value)),
        None => (*flag).to_owned(),
    });
    let options = options.collect::<Vec<_>>().join(" ");
    typed::line(["plan --out", &typed::word(&path), &chosen, &options])
}

/// Refuses a place where a plan would take the place of something else.
pub(crate) fn check_place(path: &Path) -> Result<(), CliError> {
    let failed = || format!("failed to save the plan to `{}`", path.display());
    let is_plan = |found: &str| found.contains(saved::KIND);
    files::is_free(path, failed, "saved plan", is_plan)
}

/// Writes a plan's file: another one there is replaced once the new one is whole on the disk.
pub(crate) fn write(path: &Path, plan: &SavedPlan) -> Result<(), CliError> {
    check_place(path)?;
    files::keep_private_with(path, |out| plan.write(out))
}

pub(crate) fn read(path: &Path) -> Result<SavedPlan, CliError> {
    let shown = path.display();
    let text = text(path, Limit::PLAN)
        .with_context(|| format!("failed to read the plan `{shown}`"))
        .map_err(|err| CliError::new(ErrorKind::Invalid, err))?;
    SavedPlan::from_json(&text).map_err(|err| {
        let hint = match &err {
            FileError::Newer { .. } => {
                "apply and show it with the hookwright that made it, or a newer one"
            }
            FileError::Older { .. } => "make the plan anew",
            FileError::CutOff | FileError::NotAPlan(_) | FileError::Damaged(_) => {
                "get the file from where it was saved once more, or make the plan anew"
            }
        };
        let error = anyhow::Error::new(err).context(format!("the plan `{shown}` cannot be used"));
        CliError::new(ErrorKind::Invalid, error).hint(hint)
    })
}
