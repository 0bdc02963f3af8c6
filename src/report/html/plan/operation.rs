//! The cards of a plan: one for each operation, and one for many webhooks that change alike.

use crate::{
    plan::{Action, EnvironmentPlan, Operation, Shown, evidence::Evidence},
    report::{
        fields::{self, Field},
        html::marked::Marked,
        words::{self, clean},
    },
};

pub(in crate::report::html) struct OperationPart {
    pub(in crate::report::html) sign: char,
    pub(in crate::report::html) action: &'static str,
    pub(in crate::report::html) title: String,
    pub(in crate::report::html) subtitle: Option<String>,
    /// What changes, in short.
    pub(in crate::report::html) gist: Vec<(&'static str, String)>,
    pub(in crate::report::html) fields: Vec<FieldPart>,
    pub(in crate::report::html) facts: Vec<(&'static str, Marked)>,
}

/// Webhooks that change alike.
pub(in crate::report::html) struct GroupPart {
    pub(in crate::report::html) title: String,
    pub(in crate::report::html) facts: Vec<(&'static str, Marked)>,
    /// Title, id, and the URL that it has now.
    pub(in crate::report::html) webhooks: Vec<(String, String, String)>,
}

pub(in crate::report::html) struct FieldPart {
    pub(in crate::report::html) name: String,
    pub(in crate::report::html) before: Value,
    pub(in crate::report::html) after: Value,
    pub(in crate::report::html) is_sensitive: bool,
}

/// What stands in a cell.
pub(in crate::report::html) enum Value {
    Absent,
    Text(Vec<Marked>),
    List(Vec<Marked>),
}

impl Value {
    pub(in crate::report::html) fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

/// The cards of a plan.
#[derive(Default)]
pub(in crate::report::html) struct Cards {
    /// What is deleted: nobody may overlook it.
    pub(in crate::report::html) deletes: Vec<OperationPart>,
    pub(in crate::report::html) groups: Vec<GroupPart>,
    /// All else, in the order of the plan.
    pub(in crate::report::html) others: Vec<OperationPart>,
}

impl Cards {
    pub(super) fn of(
        plan: &EnvironmentPlan<Shown>,
        evidence: Option<&Evidence<Shown>>,
        expand: bool,
    ) -> Self {
        let steps = words::StepsOf::plan(plan);
        let notes = words::NotesOf::plan(plan);
        let (groups, members) = words::alike(plan, evidence, &steps, expand);
        let mut cards = Self {
            groups: groups.values().map(|group| together(plan, group)).collect(),
            ..Self::default()
        };
        for (index, one) in plan.operations.iter().enumerate() {
            if members.contains(&index) {
                continue;
            }
            let facts = fields::facts(plan, &steps, notes, evidence, index);
            let list = match one.action() {
                Action::Delete => &mut cards.deletes,
                Action::Create | Action::Update | Action::Rotate => &mut cards.others,
            };
            list.push(operation(one, facts));
        }
        cards
    }

    pub(in crate::report::html) fn is_empty(&self) -> bool {
        let Self {
            deletes,
            groups,
            others,
        } = self;
        deletes.is_empty() && groups.is_empty() && others.is_empty()
    }
}

/// What many webhooks have in common, and which they are.
fn together(plan: &EnvironmentPlan<Shown>, group: &words::Alike) -> GroupPart {
    let (title, facts) = group.heading();
    let those = group.operations.iter();
    let those = those.filter_map(|index| plan.operations.get(*index));
    GroupPart {
        title,
        facts: marked(facts.iter().cloned()),
        webhooks: those.map(member).collect(),
    }
}

fn member(one: &Operation<Shown>) -> (String, String, String) {
    let (id, url) = one.before().map_or(("", ""), |before| {
        (before.id.as_str(), before.webhook.url.shown.as_str())
    });
    let title = words::title(one).into_owned();
    (title, clean(id).into_owned(), clean(url).into_owned())
}

fn operation(one: &Operation<Shown>, facts: Vec<(&'static str, String)>) -> OperationPart {
    let gist = words::gist(one);
    let is_renamed = gist.iter().any(|(name, _)| *name == "name");
    let subtitle = words::subtitle(one).filter(|_| !is_renamed);
    OperationPart {
        sign: words::sign(one.action()),
        action: one.action().as_str(),
        title: words::title(one).into_owned(),
        subtitle: subtitle.map(String::from),
        gist,
        fields: fields::fields(one).into_iter().map(field).collect(),
        facts: marked(facts),
    }
}

fn marked(facts: impl IntoIterator<Item = (&'static str, String)>) -> Vec<(&'static str, Marked)> {
    let facts = facts.into_iter();
    facts
        .map(|(term, text)| (term, Marked::sentence(&text)))
        .collect()
}

fn field(one: Field<'_>) -> FieldPart {
    let is_sensitive = one.is_sensitive();
    let Field {
        name,
        before,
        after,
    } = one;
    let (before, after) = match (fields::line(before), fields::line(after)) {
        (Some(before), Some(after)) => {
            let (before, after) = words::before_after(&before, &after);
            (texts(before, "del"), texts(after, "ins"))
        }
        (Some(before), None) => (texts(vec![(before.into(), true)], "del"), Value::Absent),
        (None, Some(after)) => (Value::Absent, texts(vec![(after.into(), true)], "ins")),
        (None, None) => {
            let (before, after) = (fields::events(before), fields::events(after));
            (events(before, after, "del"), events(after, before, "ins"))
        }
    };
    FieldPart {
        name: name.to_owned(),
        before,
        after,
        is_sensitive,
    }
}

fn texts(parts: Vec<words::Part>, mark: &'static str) -> Value {
    let parts = parts.into_iter();
    Value::Text(
        parts
            .map(|(text, differs)| match differs {
                true => Marked::within(mark, &text),
                false => Marked::text(&text),
            })
            .collect(),
    )
}

/// The events of one side, those first that the other side has not.
fn events(these: &[String], others: &[String], mark: &'static str) -> Value {
    let (sign, word) = match mark {
        "del" => ('-', "removed"),
        _ => ('+', "added"),
    };
    let own = words::lacking(these, others);
    let own = own.map(|event| Marked::changed_item(mark, sign, word, &clean(event)));
    let both = these.iter().filter(|event| others.contains(event));
    let both = both.map(|event| Marked::text(&clean(event)));
    let items: Vec<Marked> = own.chain(both).collect();
    if items.is_empty() {
        Value::Absent
    } else {
        Value::List(items)
    }
}
