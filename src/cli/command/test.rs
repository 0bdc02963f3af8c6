//! `test`: signed sample events to a webhook's URL.

use anyhow::Context as _;
use futures_util::future::join_all;

use crate::{
    cli::{
        args::TestArgs,
        clock::clock,
        connect::Connected,
        context::Context,
        error::CliError,
        exit, inputs,
        planning::{self, Ended, Session},
        probing::Prober,
        terminal::Terminal,
    },
    diagnostic::did_you_mean,
    model::{DesiredWebhook, EventType, WebhookKey},
    plan::Options,
    report::{ProbedWebhook, human, json},
};

pub(crate) async fn run(context: Context<'_>, args: &TestArgs) -> Result<u8, Ended> {
    let Context { global, terminal } = context;
    let planning = Options {
        targets: [WebhookKey::new(args.key.as_str())].into(),
        ..Options::default()
    };
    // Signed events are not sent to production because nobody said where else.
    let choose = |document: &_| match global.environment.as_slice() {
        [] => inputs::one_selected(document, &[]),
        wanted => inputs::selected(document, wanted),
    };
    let session = planning::open(context, &planning, choose).await?;
    let key = WebhookKey::new(args.key.as_str());
    let mut webhooks = Vec::new();
    for one in &session.environments {
        webhooks.push((one, declared(&session, one, &key)?));
    }
    for event in &args.event {
        check_event(event, &session)?;
    }
    let prober =
        Prober::new(&args.probing, global.timeout, &session, terminal).seeded(args.seed.as_ref());
    let probes = webhooks.into_iter().map(|(one, webhook)| {
        let (prober, key) = (&prober, &key);
        async move {
            let events: Vec<EventType> = match args.event.as_slice() {
                [] => one.resolved.profile.sampled(&webhook.events),
                wanted => wanted.iter().map(EventType::new).collect(),
            };
            let probed = prober.send(one, webhook, &events).await;
            let name = &one.view.name;
            Ok(ProbedWebhook {
                environment: one.view.clone(),
                key: key.clone(),
                url: webhook.url.clone(),
                probed: probed.with_context(|| format!("environment `{name}` cannot sign"))?,
            })
        }
    });
    let probed: anyhow::Result<Vec<_>> = join_all(probes).await.into_iter().collect();
    show(&probed?, terminal)
}

fn show(probed: &[ProbedWebhook], terminal: &Terminal) -> Result<u8, Ended> {
    let passed = probed.iter().all(|one| one.probed.failure().is_none());
    let now = clock()();
    terminal.show(
        || json::probed(probed, now),
        |out| human::probed(probed, now, terminal.width(), out),
    )?;
    Ok(if passed { exit::DONE } else { exit::FAILED })
}

/// The webhook as an environment declares it, where its secret may sign.
fn declared<'s>(
    session: &'s Session,
    one: &'s Connected,
    key: &WebhookKey,
) -> Result<&'s DesiredWebhook, CliError> {
    let name = &one.view.name;
    if let Some(refusal) = session.refused(one).first() {
        let message = format!("environment `{name}` cannot sign: {refusal}");
        return Err(CliError::refused(message)
            .hint("use the environment's own secret: what it signs is taken for real"));
    }
    one.resolved.desired.webhooks.get(key).ok_or_else(|| {
        CliError::usage(format!("environment `{name}` declares no webhook `{key}`"))
            .hint("the webhook's `environments` says where it is declared")
    })
}

fn check_event(event: &str, session: &Session) -> Result<(), CliError> {
    for one in &session.environments {
        let profile = one.view.profile;
        if !profile.may_have_event(event) {
            let near = did_you_mean(event, profile.event_types.iter().copied());
            let message = format!("{} documents no event type `{event}`", profile.title);
            return Err(CliError::usage(message).maybe_hint(near));
        }
    }
    Ok(())
}
