//! What is asked for of the history: of which environments, webhooks, events and times.

use std::collections::BTreeSet;

use crate::{
    cli::{
        args::FilterArgs,
        clock::Now,
        context::Context,
        deliveries,
        error::CliError,
        inputs,
        planning::{self, Ended, Session},
        terminal::Terminal,
    },
    delivery::DeliveryFilter,
    diagnostic::did_you_mean,
    model::{EndpointUrl, Pattern, WebhookKey},
    plan::Options,
};

/// What is asked for of each environment's deliveries.
pub(super) struct Asked {
    pub(super) session: Session,
    /// The URLs of the webhooks that are asked for, present and former, by environment.
    pub(super) receivers: Vec<Option<BTreeSet<EndpointUrl>>>,
}

/// Reads the manifest and connects its environments, where there is nothing wrong with what is asked for: what is wrong with it is
/// wrong at any time.
pub(super) async fn asked(
    context: Context<'_>,
    args: &FilterArgs,
    now: &Now,
) -> Result<Asked, Ended> {
    filter(args, now)?;
    let session = open(context).await?;
    warn_of_unknown(&session, &args.event, context.terminal);
    let receivers = receivers(&session, &args.webhook)?;
    Ok(Asked { session, receivers })
}

/// Reads the manifest and connects its environments, to read and nothing else.
pub(super) async fn open(context: Context<'_>) -> Result<Session, Ended> {
    let choose = |document: &_| inputs::selected(document, &context.global.environment);
    let session = planning::open(context, &Options::default(), choose).await?;
    deliveries::check_secrets(&session)?;
    Ok(session)
}

/// The filter that is asked for, but for the webhooks, which environments have at different URLs.
pub(super) fn filter(args: &FilterArgs, now: &Now) -> Result<DeliveryFilter, CliError> {
    let resolve = |flag, moment: &Option<crate::cli::args::Moment>| {
        let moment = moment.as_ref().map(|it| it.resolve(now.moment, &now.zone));
        moment
            .transpose()
            .map_err(|err| CliError::usage(format!("`--{flag}` cannot be told as a time: {err}")))
    };
    let since = resolve("since", &args.since)?;
    let until = resolve("until", &args.until)?;
    if since.zip(until).is_some_and(|(since, until)| since > until) {
        return Err(CliError::usage("`--since` is after `--until`"));
    }
    let patterns = |texts: &[String]| texts.iter().map(|text| Pattern::new(text)).collect();
    Ok(DeliveryFilter {
        since,
        until,
        events: patterns(&args.event),
        statuses: args.status.clone(),
        failed: args.failed,
        receivers: None,
        urls: patterns(&args.url),
    })
}

fn receivers(
    session: &Session,
    keys: &[String],
) -> Result<Vec<Option<BTreeSet<EndpointUrl>>>, CliError> {
    if keys.is_empty() {
        return Ok(vec![None; session.environments.len()]);
    }
    let declared = || {
        let environments = session.environments.iter();
        environments.flat_map(|one| one.resolved.desired.webhooks.keys().map(WebhookKey::as_str))
    };
    for key in keys {
        if !declared().any(|known| known == key) {
            return Err(
                CliError::usage(format!("no environment asked for has a webhook `{key}`"))
                    .maybe_hint(did_you_mean(key, declared())),
            );
        }
    }
    let urls = session.environments.iter().map(|one| {
        let webhooks = one.resolved.desired.webhooks.iter();
        let wanted = webhooks.filter(|(key, _)| keys.iter().any(|it| it == key.as_str()));
        let urls = wanted
            .flat_map(|(_, webhook)| std::iter::once(&webhook.url).chain(&webhook.moved_from));
        Some(urls.cloned().collect())
    });
    Ok(urls.collect())
}

/// Says of event types that no provider asked for documents: what is misspelt matches nothing.
fn warn_of_unknown(session: &Session, events: &[String], terminal: &Terminal) {
    let known = || {
        let environments = session.environments.iter();
        environments.flat_map(|one| one.resolved.profile.event_types.iter().copied())
    };
    for event in events {
        let pattern = Pattern::new(event);
        if known().any(|one| pattern.matches(one)) {
            continue;
        }
        let nearest =
            did_you_mean(event, known()).map_or_else(String::new, |nearest| format!("; {nearest}"));
        terminal.say(|out| {
            writeln!(
                out,
                "warning: no documented event type is `{event}`{nearest}"
            )
        });
    }
}
