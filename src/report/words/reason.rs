//! Why an operation is there, and how its live webhook was found.

use super::{clean, ticked};
use crate::{
    model::WebhookKey,
    plan::{Absent, Named, PairedBy, Reason, Shown},
};

/// Why an operation is there.
pub(in crate::report) fn reason(reason: &Reason) -> String {
    match reason {
        Reason::NotLive(absent) => not_live(absent),
        Reason::Differs => "it is not as declared".to_owned(),
        Reason::DisabledAtProvider => {
            "disabled at the provider, which does that to endpoints that keep failing".to_owned()
        }
        Reason::Adopted => "it was not ours; `adopt: true` takes it over".to_owned(),
        Reason::Removed => "`removed` names it".to_owned(),
        Reason::Rotation { last: None } => {
            "`rotate` asks for it, and no rotation is noted at the webhook".to_owned()
        }
        Reason::Rotation { last: Some(last) } => format!(
            "`rotate` asks for it, and the last rotation that is noted at the webhook is `{}`",
            clean(last.as_str())
        ),
        Reason::NotDeclared => "it is ours and not declared, and pruning is on".to_owned(),
        Reason::Replaces { fields } => format!(
            "it replaces the live one, which is deleted: only a new webhook can have another {}",
            ticked(fields)
        ),
        Reason::Replaced { by } => {
            format!("the new webhook of `{}` replaces it", clean(by.as_str()))
        }
        Reason::Duplicate { of } => format!(
            "another webhook stands for `{}` at its URL, and pruning is on",
            clean(of.as_str())
        ),
    }
}

/// Why no live webhook is the one that is created.
fn not_live(absent: &Absent) -> String {
    let Absent {
        former_taken,
        named,
    } = absent;
    let none = match (former_taken, named) {
        (false, None) => "its URL, a former URL, or its name",
        (false, Some(_)) => "its URL or a former URL",
        (true, None) => "its URL or its name",
        (true, Some(_)) => "its URL",
    };
    let mut said = format!("no live webhook has {none}");
    if *former_taken {
        said.push_str(
            "; what is at its former URL stands for another declared webhook, or is not ours",
        );
    }
    match named {
        None => {}
        Some(Named::TakenBy(key)) => {
            let key = clean(key.as_str());
            said.push_str(&format!("; the one of its name stands for `{key}`"));
        }
        Some(Named::TakenBySeveral) => {
            said.push_str("; those of its name stand for other declared webhooks");
        }
        Some(Named::NotOurs) => said.push_str("; one of its name is not ours"),
    }
    said
}

/// How the live webhook was found, where that is not by its URL.
pub(in crate::report) fn pairing(paired_by: &PairedBy<Shown>) -> Option<String> {
    match paired_by {
        PairedBy::Url => None,
        PairedBy::MovedFrom(url) => Some(format!("its former URL {}", clean(&url.shown))),
        PairedBy::Name => Some("its name; no other declared webhook takes it".to_owned()),
        PairedBy::Trade(via) => Some(left_by_trade(via)),
    }
}

/// How a live webhook was found that a trade left.
fn left_by_trade(via: &[WebhookKey]) -> String {
    let key = |key: &WebhookKey| format!("`{}`", clean(key.as_str()));
    match via {
        [] => String::new(),
        [taker] => format!(
            "a trade: {0} takes the live webhook of its name, and leaves this one, which has the name of {0}",
            key(taker)
        ),
        [taker, between @ .., last] => format!(
            "a trade: {} takes the live webhook of its name, and so on{}; {last} leaves this one, which has the name of {last}",
            key(taker),
            match between.len() {
                0 => String::new(),
                count => format!(" over {count} more"),
            },
            last = key(last)
        ),
    }
}
