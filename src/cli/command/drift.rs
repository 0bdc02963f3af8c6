//! `drift`: what is live and not as declared, and who moved it.

use super::plan::origin;
use crate::{
    cli::{
        announce::Told,
        args::{DriftArgs, Wanted},
        connect::Connected,
        context::Context,
        error::CliError,
        exit, inputs,
        planning::{self, Ended},
        saved,
    },
    model::WebhookKey,
    plan::{Options, PlanResult},
    report::{Announcement, human, json, markdown, typed},
    run::{self, DriftResult, DriftedEnvironment, Outcome, PlannedEnvironment},
    saved::{Applied, Aspect, Difference, EnvironmentRecord, Key, Look, SavedPlan, Unsealed},
};

pub(crate) async fn run(context: Context<'_>, args: &DriftArgs) -> Result<Told, Ended> {
    let Context { global, terminal } = context;
    let applied = match &args.applied {
        Some(path) => Some(applied(saved::read(path)?)?),
        None => None,
    };
    let choose = |document: &_| inputs::selected(document, &global.environment);
    let session = planning::open(context, &options(args), choose).await?;
    let planned = session.settle_unasked(session.draft().await);
    let keys = session.keys();
    let records = session.records(&planned, &keys);
    let mut all = Vec::new();
    for (((planned, record), key), one) in planned
        .into_iter()
        .zip(&records)
        .zip(&keys)
        .zip(&session.environments)
    {
        let applied = match &applied {
            Some(file) => made_by(file, record, key)?,
            None => None,
        };
        let is_narrowed = !args.target.is_empty();
        all.push(drifted(planned, record, applied, is_narrowed, one));
    }
    let outcome = DriftedEnvironment::worst(&all);
    let origin = origin(&session, None);
    terminal.show(
        || json::drifted(&all, applied.is_some()),
        |out| match global.format {
            Wanted::Markdown => markdown::drift(&all, &origin, markdown::GITHUB_LONGEST, out),
            // The others are for other commands, and were refused before.
            _ => human::drift(&all, terminal.width(), out),
        },
    )?;
    let code = exit::of_look(outcome, exit::CHANGES);
    Ok(Told::new(code, Announcement::drifted(&all, &origin)))
}

/// What is compared is what would be planned; nothing is said yes to, as nothing will be done.
fn options(args: &DriftArgs) -> Options {
    Options {
        targets: args.target.iter().map(WebhookKey::new).collect(),
        strict: args.strictness.strict,
        prune: args.prune,
        allow_empty: true,
        allow_secret_mismatch: args.allow_secret_mismatch,
        ..Options::default()
    }
}

/// A plan that could be applied: another one says nothing of what was.
fn applied(file: SavedPlan) -> Result<SavedPlan, CliError> {
    match run::outcome(&saved::planned(file.content())) {
        Outcome::Refused | Outcome::Failed => {
            let why = "`--applied` names a plan that could not be applied";
            Err(CliError::invalid(why)
                .hint("name the last plan that was applied, or leave the flag out"))
        }
        _ => Ok(file),
    }
}

/// What the plan made of an environment; `None` where it was not for that.
fn made_by<'f>(
    file: &'f SavedPlan,
    now: &EnvironmentRecord,
    key: &Key,
) -> Result<Option<Applied<'f>>, CliError> {
    let content = file.content();
    let mut environments = content.environments.iter();
    let Some(environment) = environments.find(|one| one.name == now.name) else {
        return Ok(None);
    };
    let name = &now.name;
    match file.unseal(environment, key) {
        Unsealed::Whole => {}
        Unsealed::OtherSecret => {
            let why = format!(
                "the plan of `--applied` was made with another {} of environment `{name}`",
                environment.provider.secret().title
            );
            return Err(CliError::refused(why)
                .hint("plan and apply once with the new secret, or leave the flag out"));
        }
        Unsealed::Edited => {
            return Err(
                CliError::invalid("the plan of `--applied` was edited after it was made")
                    .hint("do not trust the file"),
            );
        }
    }
    let elsewhere = crate::saved::differences(environment, now)
        .into_iter()
        .find(|one| matches!(one, Difference::Account | Difference::Environment { .. }));
    match elsewhere {
        Some(Difference::Environment {
            what: Aspect::RateShare,
        })
        | None => Ok(Some(Applied {
            environment,
            targets: &content.options.targets,
        })),
        Some(other) => {
            let why = format!("the plan of `--applied` is not of environment `{name}`: {other}");
            Err(CliError::refused(why)
                .hint("name the last plan that was applied there, or leave the flag out"))
        }
    }
}

fn drifted(
    planned: PlannedEnvironment,
    record: &EnvironmentRecord,
    applied: Option<Applied<'_>>,
    is_narrowed: bool,
    one: &Connected,
) -> DriftedEnvironment {
    let is_applied_known = applied.is_some();
    let drift = crate::saved::drift(
        record,
        &Look {
            applied,
            is_narrowed,
            is_expected: &planned.is_expected_by(&one.resolved.policy),
        },
    );
    let mut environment = planned.environment;
    // `drift` has no flags by which something is said yes to.
    environment.planned_by = Some(typed::line(["plan", &environment.chosen_by]));
    DriftedEnvironment {
        environment,
        is_applied_known,
        result: match planned.result {
            PlanResult::Planned(plan) => DriftResult::Compared {
                drift,
                refusals: plan.refusals,
            },
            PlanResult::Refused(refusals) => DriftResult::Refused(refusals),
            PlanResult::Failed { error, way_out } => DriftResult::Failed { error, way_out },
        },
    }
}
