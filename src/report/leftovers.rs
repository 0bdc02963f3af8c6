//! Words for what scripts left behind.

use crate::leftovers::{Evidence, Proposal, Why};

/// A piece of evidence.
pub(super) fn evidence(evidence: &Evidence) -> String {
    match evidence {
        Evidence::BorrowedHost { host } => format!("{host} is a tunnel or a request bin"),
        Evidence::EarlierRun { newer } => {
            format!("it looks made by a script for a run; `{newer}` is newer, or declared")
        }
        Evidence::SameUrl { other } => {
            format!("`{other}` has the same URL: events are sent there twice")
        }
        Evidence::Failing { times, last_status } => {
            let last = match last_status {
                Some(status) => format!("with {status}"),
                None => "without an answer".to_owned(),
            };
            format!("all {times} deliveries of 30 days failed, the last {last}")
        }
        Evidence::Silent { event_type } => format!(
            "nothing was sent to it in 30 days, while others got {}",
            event_type.as_str()
        ),
        Evidence::Disabled => "the provider has disabled it".to_owned(),
    }
}

/// Why no tombstone is proposed, and what can be done instead.
pub(super) fn why(why: &Why) -> String {
    match why {
        Why::Accepted { times: 1 } => "its URL accepted an event in 30 days".to_owned(),
        Why::Accepted { times } => format!("its URL accepted {times} events in 30 days"),
        Why::Protected => "`protect` keeps it".to_owned(),
        Why::SharedName { environment } => format!(
            "a tombstone would also delete a webhook of this name in {environment} that stays: declare \
             that one, and prune"
        ),
        Why::NoName => "its name cannot be written into the manifest".to_owned(),
    }
}

/// A tombstone with what speaks for it, for a comment on its line.
pub fn tombstone_reason(proposal: &Proposal) -> String {
    let mut reasons: Vec<String> = Vec::new();
    for leftover in &proposal.webhooks {
        for one in &leftover.evidence {
            let reason = short(one);
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
    }
    reasons.join(", ")
}

fn short(evidence: &Evidence) -> String {
    match evidence {
        Evidence::BorrowedHost { host } => host.clone(),
        Evidence::EarlierRun { .. } => "an earlier run".to_owned(),
        Evidence::SameUrl { .. } => "a duplicate".to_owned(),
        Evidence::Failing { times, .. } => format!("failed {times} times in 30 days"),
        Evidence::Silent { .. } => "got nothing in 30 days".to_owned(),
        Evidence::Disabled => "disabled".to_owned(),
    }
}
