//! Probing receivers: for `test`, `apply --probe` and `heal: probe`.

use std::time::Duration;

use super::{
    args::ProbeArgs,
    clock::clock,
    connect::{Connected, Route},
    inputs,
    planning::Session,
    sent::Counted,
    sinks::Sinks,
    terminal::Terminal,
};
use crate::{
    delivery::{
        Probed, Verdict,
        signature::{InvalidKey, Signer},
    },
    files::{self, Limit},
    model::{DesiredWebhook, EventType, Masker, Secret, SecretSink, SigningSecret, WebhookKey},
    net::Sockets,
    probe::{Poster, Probe, Reach, probe},
    run::{KeepSecrets, ProbeReceivers},
    simulator::Clock,
};

/// Sends signed samples to receivers.
pub(crate) struct Prober {
    poster: Poster,
    tolerant: bool,
    seed: String,
    clock: Clock,
    terminal: Terminal,
}

impl Prober {
    pub(crate) fn new(
        args: &ProbeArgs,
        timeout: Option<Duration>,
        session: &Session,
        terminal: &Terminal,
    ) -> Self {
        Self::of(
            args,
            timeout,
            &session.sockets,
            &session.sensitive,
            terminal,
        )
    }

    /// The same for who has no session of many environments: these sockets are shared, and these values are masked.
    pub(crate) fn of(
        args: &ProbeArgs,
        timeout: Option<Duration>,
        sockets: &Sockets,
        sensitive: &[String],
        terminal: &Terminal,
    ) -> Self {
        let masker = Masker::new(sensitive.iter().cloned());
        Self {
            poster: poster(args.allow_private, timeout, sockets).with_masker(masker),
            tolerant: args.allow_unverified,
            seed: uuid::Uuid::new_v4().to_string(),
            clock: clock(),
            terminal: terminal.clone(),
        }
    }

    /// The same, with ids derived from this seed.
    pub(crate) fn seeded(self, seed: Option<&String>) -> Self {
        Self {
            seed: seed.cloned().unwrap_or(self.seed),
            ..self
        }
    }

    /// Probes the URL that a webhook is to have.
    pub(crate) async fn send(
        &self,
        one: &Connected,
        webhook: &DesiredWebhook,
        events: &[EventType],
    ) -> Result<Probed, Unsigned> {
        let profile = one.view.profile;
        let secret = signing_secret(one, webhook, &self.terminal).await?;
        let wanted = Probe {
            profile,
            signer: &Signer::new(profile.signature, &secret)?,
            url: webhook.url.text().expose(),
            destinations: &one.resolved.destinations,
            events,
            seed: &self.seed,
            now: (self.clock)(),
            tolerant: self.tolerant,
        };
        Ok(probe(&self.poster, &wanted).await)
    }
}

/// Posts to receivers, as far as flags allow.
pub(crate) fn poster(allow_private: bool, timeout: Option<Duration>, sockets: &Sockets) -> Poster {
    let reach = match allow_private {
        true => Reach::Any,
        false => Reach::Public,
    };
    let poster = Poster::new(reach).with_sockets(sockets.clone());
    match timeout {
        Some(timeout) => poster.with_timeout(timeout),
        None => poster,
    }
}

/// What signs a webhook's events: the secret of the credentials, or its own, which its user chose or only its sink has.
pub(crate) async fn signing_secret(
    one: &Connected,
    webhook: &DesiredWebhook,
    terminal: &Terminal,
) -> Result<Secret, Unsigned> {
    let profile = one.view.profile;
    let title = profile.title;
    if let (Some(source), Some(shape)) = (&webhook.secret_from, profile.chosen_secret) {
        let fetched = Sinks::new(terminal).fetch(source, shape).await;
        return fetched.map_err(Unsigned::NotFetched);
    }
    let (beside, path) = match (profile.signing_secret, &webhook.secret_to) {
        (SigningSecret::Credentials, _) => return Ok(one.secret.clone()),
        (_, Some(SecretSink::File { beside, path })) => (beside, path),
        (_, Some(SecretSink::Command(_))) => return Err(Unsigned::Given(title)),
        (_, None) => return Err(Unsigned::NoSink(title)),
    };
    let place = inputs::relative_to(beside, path.expose());
    let read = files::text(&place, Limit::REFERRED);
    let text = read.map_err(|error| Unsigned::NotRead(path.to_string(), error))?;
    let secret = text.trim();
    // Receivers may say what they were sent.
    terminal.mask(Masker::new([secret.to_owned()]));
    Ok(Secret::new(secret))
}

/// Why an event cannot be signed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unsigned {
    /// What is there is no key.
    #[error(transparent)]
    Key(#[from] InvalidKey),
    /// Nobody said where its key is.
    #[error(
        "each webhook of {0} has a signing secret of its own, and the webhook has no `secret_to` or `secret_from` that says where it is"
    )]
    NoSink(&'static str),
    /// What its user chose is not to be had.
    #[error("the signing secret that `secret_from` gives cannot be used: {0}")]
    NotFetched(String),
    /// Its key was given away.
    #[error(
        "each webhook of {0} has a signing secret of its own, and `secret_to` gave this one to a program: only from a `file` can it be read again"
    )]
    Given(&'static str),
    /// Its key is not there.
    #[error("its signing secret could not be read from `{0}`")]
    NotRead(String, #[source] std::io::Error),
}

impl ProbeReceivers<Counted<Route>> for Prober {
    /// Probes a webhook with all that it subscribes to. Says what works and should be better.
    async fn probe(&self, one: &Connected, key: &WebhookKey) -> Result<(), String> {
        let Some(webhook) = one.resolved.desired.webhooks.get(key) else {
            return Ok(());
        };
        let name = &one.view.name;
        self.terminal
            .say(|out| writeln!(out, "probing `{key}` of environment `{name}`"));
        let events = one.resolved.profile.sampled(&webhook.events);
        let probed = self.send(one, webhook, &events).await;
        let probed = probed.map_err(|error| error.to_string())?;
        for attempt in &probed.attempts {
            if let Verdict::Warned(why) = &attempt.verdict {
                let title = attempt.title();
                self.terminal
                    .say(|out| writeln!(out, "warning: probe of `{key}`, {title}: {why}"));
            }
        }
        probed.failure().map_or(Ok(()), Err)
    }
}
