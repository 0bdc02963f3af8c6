//! What an operation costs that a plan otherwise does not, in words.

use super::clean;
use crate::plan::{Note, Shown, Text};

/// What is to be known of an operation.
pub(in crate::report) fn note(note: &Note<Shown>) -> String {
    match note {
        Note::NewSecret => {
            "it gets a signing secret of its own: its receiver must know that secret to accept what comes".to_owned()
        }
        Note::KeepsSecret => {
            "it keeps its signing secret: the receiver at the new URL must know that secret to accept what comes"
                .to_owned()
        }
        Note::OtherSecret { events } => format!(
            "{} {} from this webhook from then on, signed with its secret and not with another's",
            ticked(events),
            comes(events)
        ),
        Note::Twice { events, until } => {
            let until: Vec<&str> = until.iter().map(|name: &Text| name.shown.as_str()).collect();
            let gone = if until.len() == 1 { "is" } else { "are" };
            format!(
                "{} {} twice to its URL until {} {gone} gone: to take the other order would lose events",
                ticked(events),
                comes(events),
                ticked(&until)
            )
        }
        Note::Gap { events } => format!(
            "{} {} to its URL from this delete until what replaces it is created, and what would come meanwhile is lost: there is no room for both at once",
            ticked(events),
            match events.as_slice() {
                [_] => "does not come",
                _ => "do not come",
            }
        ),
    }
}

fn comes(events: &[String]) -> &'static str {
    match events {
        [_] => "comes",
        _ => "come",
    }
}

/// The most names that a sentence has; of more, it says how many.
const MOST: usize = 5;

/// `a`, `b` and `c`; of many, the first and how many more there are. All event types at once have their own words.
pub(in crate::report) fn ticked<T: AsRef<str>>(names: &[T]) -> String {
    let quoted = |name: &T| match name.as_ref() {
        "*" => "every event type".to_owned(),
        name => format!("`{}`", clean(name)),
    };
    match names {
        [name] => quoted(name),
        names if names.len() <= MOST => {
            let (last, first) = names
                .split_last()
                .map_or((String::new(), names), |(last, first)| {
                    (quoted(last), first)
                });
            let first: Vec<String> = first.iter().map(quoted).collect();
            format!("{} and {last}", first.join(", "))
        }
        names => {
            let first: Vec<String> = names[..MOST].iter().map(quoted).collect();
            format!("{} and {} more", first.join(", "), names.len() - MOST)
        }
    }
}
