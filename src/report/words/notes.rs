//! What an operation costs that a plan otherwise does not, in words.

use super::{clean, first_of};
use crate::plan::{EnvironmentPlan, Note, Operation, Shown, Text};

/// Which notes several operations of a plan have, word for word: those are said once, for all of these.
#[derive(Clone, Copy, Debug)]
pub(in crate::report) struct NotesOf([bool; 3]);

/// The notes that several operations can have word for word, and what is said then of their webhooks.
static TOGETHER: [(Note<Shown>, &str); 3] = [
    (
        Note::NewSecret,
        "get a signing secret of their own each: each receiver must know that of its webhook to accept what comes",
    ),
    (
        Note::ChosenSecret,
        "get the signing secrets that `secret_from` gives: each receiver must know that of its webhook to accept what comes",
    ),
    (
        Note::KeepsSecret,
        "keep their signing secrets: the receivers at the new URLs must know them to accept what comes",
    ),
];

impl NotesOf {
    /// Found once, as plans can be long.
    pub(in crate::report) fn plan(plan: &EnvironmentPlan<Shown>) -> Self {
        let notes = TOGETHER.each_ref();
        Self(notes.map(|(note, _)| with(plan, note).nth(1).is_some()))
    }

    /// The notes that an operation does not have in common with others.
    pub(in crate::report) fn own(
        self,
        operation: &Operation<Shown>,
    ) -> impl Iterator<Item = &Note<Shown>> {
        let notes = operation.notes.iter();
        notes.filter(move |note| !self.shared().any(|(shared, _)| shared == *note))
    }

    /// What is said once.
    pub(in crate::report) fn together(self, plan: &EnvironmentPlan<Shown>) -> Vec<String> {
        let said = self.shared().map(|(note, what)| {
            let titles: Vec<&str> = with(plan, note).map(Operation::title).collect();
            format!("{} {what}", ticked(&titles))
        });
        said.collect()
    }

    fn shared(self) -> impl Iterator<Item = &'static (Note<Shown>, &'static str)> {
        let notes = TOGETHER.iter().zip(self.0);
        notes.filter_map(|(note, is_shared)| is_shared.then_some(note))
    }
}

/// The operations that have a note.
fn with<'p>(
    plan: &'p EnvironmentPlan<Shown>,
    note: &Note<Shown>,
) -> impl Iterator<Item = &'p Operation<Shown>> {
    let operations = plan.operations.iter();
    operations.filter(move |operation| operation.notes.contains(note))
}

/// What is to be known of an operation.
pub(in crate::report) fn note(note: &Note<Shown>) -> String {
    match note {
        Note::NewSecret => {
            "it gets a signing secret of its own: its receiver must know that secret to accept what comes".to_owned()
        }
        Note::ChosenSecret => {
            "it gets the signing secret that `secret_from` gives: its receiver must know that secret to accept what comes"
                .to_owned()
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
        names => first_of(names.iter().map(quoted), MOST),
    }
}
