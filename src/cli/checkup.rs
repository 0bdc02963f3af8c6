//! The checks of `doctor`: one environment, looked at from the outside, and nothing changed.

mod receivers;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{connect::Connected, planning::Session};
use crate::{
    delivery::{Delivery, DeliveryQuery},
    diagnostic,
    model::{KeyScope, WebhookKey},
    net::{ServerTime, Transport},
    plan::{Operation, Reason, Warning},
    probe::Poster,
    provider::{Inspected, ProviderError, Reader},
    report::{Check, CheckedUp, SECRET_LOST_WAY_OUT, typed},
    run,
    simulator::Clock,
};

/// A clock that is off by more shows wrong times, and takes fresh certificates for not yet valid.
const SKEW: SignedDuration = SignedDuration::from_secs(30);
/// Answers that take longer make every apply slow.
const SLOW: Duration = Duration::from_secs(2);
/// How far the request history is looked at.
const WINDOW: SignedDuration = SignedDuration::from_hours(24);
/// How many pages of it, and how long they are.
const PAGES: usize = 10;
const PAGE_SIZE: u32 = 100;

/// What checkups share.
pub(crate) struct Examiner<'s> {
    pub(crate) session: &'s Session,
    pub(crate) receivers: Poster,
    pub(crate) clock: Clock,
}

impl Examiner<'_> {
    /// Looks at one environment. What needs the API is left out where that does not answer.
    pub(crate) async fn examine(&self, one: &Connected) -> CheckedUp {
        let mut checks = vec![self.secret(one)];
        if self.session.refused(one).is_empty() {
            checks.extend(receivers::api(one, &self.receivers, (self.clock)()).await);
            self.ask(one, &mut checks).await;
        }
        checks.extend(receivers::all(one, &self.receivers, (self.clock)()).await);
        CheckedUp {
            environment: one.view.clone(),
            checks,
        }
    }

    /// Whether the secret's prefix is the environment's, and the secret no other environment's.
    fn secret(&self, one: &Connected) -> Check {
        const NAME: &str = "secret";
        if let Some((refusal, way_out)) = self.session.refusal(one) {
            return Check::failed(NAME, refusal, way_out);
        }
        let provider = one.resolved.profile;
        if let Some(env_type) = provider.env_type_of(&one.secret) {
            return Check::passed(NAME, format!("its prefix says {env_type}"));
        }
        if provider.secret_prefixes.is_empty() {
            let title = provider.secret().title;
            let said = format!("nothing in a {title} names its environment");
            return Check::passed(NAME, said);
        }
        let prefixes = provider.secret_prefixes.iter().map(|(prefix, _)| *prefix);
        Check::warned(
            NAME,
            "its prefix names no environment, so nothing tells whether it is the right one",
            format!(
                "check that it was copied whole: it begins with {}",
                diagnostic::listed(prefixes, "or")
            ),
        )
    }

    async fn ask(&self, one: &Connected, checks: &mut Vec<Check>) {
        let reader = Reader::new(one.api.clone());
        let inspected = match reader.inspect().await {
            Ok(inspected) => inspected,
            Err(error) => return checks.push(not_read("credentials", error)),
        };
        checks.extend(self.answers(one, &inspected));
        match run::live(one).await {
            Ok(live) => {
                let draft = self.session.draft_from(one, &live);
                checks.push(disabled(one, draft.operations()));
                checks.extend(signing(one, &draft.plan().warnings));
            }
            Err(error) => checks.push(not_read("disabled", error)),
        }
        // Where the provider does not say what time it is there, this only leaves more or less out of a summary.
        let now = inspected
            .time
            .map_or_else(|| (self.clock)(), ServerTime::earliest);
        let profile = one.view.profile;
        if !profile.has_history {
            let none = format!("{} has no request history to look at", profile.title);
            return checks.push(Check::passed("deliveries", none));
        }
        checks.push(match self.history(&reader, now).await {
            Ok((deliveries, whole)) => deliveries_of(one, &deliveries, whole),
            Err(error) => not_read("deliveries", error),
        });
    }

    /// What one answer tells: credentials, latency, clock, rate.
    fn answers(&self, one: &Connected, inspected: &Inspected) -> [Check; 3] {
        let Inspected {
            elapsed,
            time,
            rate_left,
        } = *inspected;
        let accepted = format!("accepted, in {} ms", elapsed.as_millis());
        let credentials = if elapsed > SLOW {
            let to_do = "look at the network between here and the provider";
            Check::warned("credentials", accepted, to_do)
        } else {
            Check::passed("credentials", accepted)
        };
        let rate = match rate_left {
            Some(left) => format!("{left} requests left, says the API"),
            None => format!(
                "the API does not say what is left; runs keep to {} requests a minute",
                one.view.requests_per_minute
            ),
        };
        [
            credentials,
            clock(time, (self.clock)()),
            Check::passed("rate", rate),
        ]
    }

    /// The deliveries of the last day, and whether these are all.
    async fn history(
        &self,
        reader: &Reader<impl Transport>,
        now: Timestamp,
    ) -> Result<(Vec<Delivery>, bool), ProviderError> {
        let query = DeliveryQuery {
            since: now.checked_sub(WINDOW).ok(),
            page_size: Some(PAGE_SIZE),
            ..DeliveryQuery::default()
        };
        let mut pages = reader.deliveries(query);
        let mut deliveries = Vec::new();
        for _ in 0..PAGES {
            match pages.next().await? {
                Some(page) => deliveries.extend(page),
                None => return Ok((deliveries, true)),
            }
        }
        Ok((deliveries, pages.has_ended()))
    }
}

/// Webhooks that are declared as enabled and that the provider disabled.
fn disabled(one: &Connected, operations: &[Operation]) -> Check {
    const NAME: &str = "disabled";
    let disabled = operations.iter().filter_map(|operation| {
        let key = operation.key.as_ref()?;
        (operation.reason == Reason::DisabledAtProvider).then_some(key)
    });
    let disabled: Vec<&WebhookKey> = disabled.collect();
    let Some(first) = disabled.first() else {
        return Check::passed(NAME, "the provider disabled no declared webhook");
    };
    Check::failed(
        NAME,
        format!(
            "the provider disabled {}: they get no events",
            listed(&disabled)
        ),
        format!(
            "mend the receiver, see that {} passes, then {}",
            testing(one, first),
            typed::command(["apply", &one.view.chosen_by])
        ),
    )
}

/// Webhooks whose signing secrets are lost, or perhaps are; `None` where webhooks have none of their own.
fn signing(one: &Connected, warnings: &[Warning]) -> Option<Check> {
    const NAME: &str = "signing";
    if one.resolved.profile.planning.key != KeyScope::Endpoint {
        return None;
    }
    let lost = warnings.iter().filter_map(|warning| match warning {
        Warning::SecretLost { key, id: _ } => Some(key),
        _ => None,
    });
    let lost: Vec<&WebhookKey> = lost.collect();
    Some(match lost.is_empty() {
        true => Check::passed(NAME, "no signing secret is noted as lost"),
        false => Check::failed(
            NAME,
            format!(
                "nobody may have the signing secrets of {}: their receivers can check nothing",
                listed(&lost)
            ),
            SECRET_LOST_WAY_OUT,
        ),
    })
}

/// How far this machine's clock is off. Whatever depends on the time goes by the provider's, where that tells it.
fn clock(there: Option<ServerTime>, here: Timestamp) -> Check {
    const NAME: &str = "clock";
    let Some(there) = there else {
        return Check::warned(
            NAME,
            "the API does not say what time it is",
            "nothing on this machine: what had deliveries in the last 30 days counts as in use, and an archive is complete up to its last record only",
        );
    };
    let ahead = match here {
        here if here > there.latest() => here.duration_since(there.latest()),
        here if here < there.earliest() => here.duration_since(there.earliest()),
        _ => SignedDuration::ZERO,
    };
    let found = match ahead.as_secs() {
        0 => "as the provider's".to_owned(),
        seconds if seconds > 0 => format!("{seconds} s ahead of the provider's"),
        seconds => format!("{} s behind the provider's", -seconds),
    };
    if ahead.abs() > SKEW {
        let to_do = "let this machine's clock be set over the network (NTP)";
        Check::warned(NAME, found, to_do)
    } else {
        Check::passed(NAME, found)
    }
}

fn not_read(name: &'static str, error: ProviderError) -> Check {
    let way_out = error
        .way_out()
        .map_or_else(|| "run again".to_owned(), String::from);
    Check::failed(name, format!("{:#}", anyhow::Error::new(error)), way_out)
}

/// Whether the declared webhooks' receivers take what is sent.
fn deliveries_of(one: &Connected, deliveries: &[Delivery], whole: bool) -> Check {
    const NAME: &str = "deliveries";
    let mut failing = Vec::new();
    let (mut count, mut lost) = (0, 0);
    for (key, webhook) in &one.resolved.desired.webhooks {
        let sent = deliveries.iter();
        let mut sent: Vec<&Delivery> = sent.filter(|it| it.webhook_url == webhook.url).collect();
        sent.sort_by_key(|delivery| delivery.event_created_at);
        count += sent.len();
        lost += sent.iter().filter(|it| !it.has_succeeded()).count();
        if sent.last().is_some_and(|last| !last.has_succeeded()) {
            failing.push(key);
        }
    }
    let span = if whole {
        "in 24 hours"
    } else {
        "among the first that the API shows of 24 hours"
    };
    let noun = if count == 1 { "delivery" } else { "deliveries" };
    let found = format!("{count} {noun} {span}, {lost} failed");
    match failing.first() {
        Some(first) => Check::failed(
            NAME,
            format!("{found}; the last one to {} did", listed(&failing)),
            format!(
                "see what {} says, and mend the receiver",
                testing(one, first)
            ),
        ),
        None if lost > 0 => Check::warned(
            NAME,
            found,
            "the last ones succeeded; see that the receivers stay so",
        ),
        None => Check::passed(NAME, found),
    }
}

fn listed(keys: &[&WebhookKey]) -> String {
    let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    keys.join(", ")
}

/// The command that tests the receiver of a webhook.
fn testing(one: &Connected, key: &WebhookKey) -> String {
    typed::command(["test", &typed::word(key.as_str()), &one.view.chosen_by])
}
