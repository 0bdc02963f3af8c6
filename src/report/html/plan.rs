//! A plan as a page.

use std::io::{self, Write};

use askama::{
    Template,
    filters::{Html, escape},
};

use crate::{
    plan::{Action, EnvironmentPlan, PlanResult, Refusal, Shown, Unmanaged, evidence::Evidence},
    report::{
        facts,
        fields::{self, Field},
        words::{self, clean, count},
    },
    run::{EnvironmentView, PlannedEnvironment},
    saved::Origin,
};

#[derive(Template)]
#[template(path = "plan.html")]
struct Page {
    headline: String,
    environments: Vec<EnvironmentPart>,
    /// Whether there is anything to filter.
    has_details: bool,
    actions: Vec<(char, &'static str)>,
    sensitive: &'static str,
    origin: Vec<(&'static str, String)>,
}

pub(super) struct EnvironmentPart {
    pub(super) name: String,
    pub(super) place: String,
    pub(super) state: &'static str,
    /// To create, to update, to delete, and unchanged; `None` where it could not be planned.
    pub(super) counts: Option<[usize; 4]>,
    pub(super) failure: Option<(String, Option<String>)>,
    pub(super) refusals: Vec<RefusalPart>,
    pub(super) warnings: Vec<String>,
    pub(super) notes: Vec<String>,
    pub(super) operations: Vec<OperationPart>,
    pub(super) left_out: Vec<(&'static str, String)>,
    pub(super) unmanaged: Vec<UnmanagedPart>,
    pub(super) cost: Option<String>,
    pub(super) radius: Option<RadiusPart>,
}

/// What the plan would have done to deliveries.
pub(super) struct RadiusPart {
    pub(super) lines: Vec<String>,
    pub(super) receivers: Vec<LoadPart>,
    pub(super) more: usize,
}

/// A receiver, with the lengths of its bars in percent of the longest.
pub(super) struct LoadPart {
    pub(super) title: String,
    pub(super) url: String,
    pub(super) deliveries: u64,
    pub(super) would: u64,
    pub(super) busiest: u64,
    pub(super) would_busiest: u64,
    pub(super) share: u64,
    pub(super) would_share: u64,
}

pub(super) struct RefusalPart {
    pub(super) code: std::borrow::Cow<'static, str>,
    pub(super) text: String,
    pub(super) way_out: String,
}

pub(super) struct OperationPart {
    pub(super) sign: char,
    pub(super) action: &'static str,
    pub(super) title: String,
    pub(super) subtitle: Option<String>,
    pub(super) fields: Vec<FieldPart>,
    pub(super) facts: Vec<(&'static str, String)>,
}

pub(super) struct FieldPart {
    pub(super) name: String,
    pub(super) before: Value,
    pub(super) after: Value,
    pub(super) is_sensitive: bool,
}

/// What stands in a cell: markup whose texts are escaped.
pub(super) enum Value {
    Absent,
    Text(Vec<String>),
    List(Vec<String>),
}

impl Value {
    pub(super) fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

pub(super) struct UnmanagedPart {
    pub(super) title: String,
    pub(super) webhooks: Vec<(String, String)>,
}

/// Writes the plans of all environments as one page.
///
/// # Errors
///
/// Those of the writer.
pub fn plan(
    planned: &[PlannedEnvironment],
    origin: &Origin,
    out: &mut dyn Write,
) -> io::Result<()> {
    let environments: Vec<EnvironmentPart> = planned.iter().map(environment).collect();
    let page = Page {
        headline: words::summary(planned),
        has_details: environments
            .iter()
            .any(|one| !one.operations.is_empty() || !one.unmanaged.is_empty()),
        environments,
        actions: [Action::Create, Action::Update, Action::Delete]
            .map(words::action)
            .to_vec(),
        sensitive: words::SENSITIVE,
        origin: facts(origin),
    };
    page.write_into(out)?;
    writeln!(out)
}

pub(super) fn environment(one: &PlannedEnvironment) -> EnvironmentPart {
    let view = &one.environment;
    let mut part = EnvironmentPart {
        name: clean(view.name.as_str()).into_owned(),
        place: words::place(view),
        state: words::state(one),
        counts: None,
        failure: None,
        refusals: (one.result.refusals().iter())
            .map(|it| refusal(it, &one.environment))
            .collect(),
        warnings: Vec::new(),
        notes: Vec::new(),
        operations: Vec::new(),
        left_out: Vec::new(),
        unmanaged: Vec::new(),
        cost: None,
        radius: radius(one),
    };
    match &one.result {
        PlanResult::Failed { error, way_out } => {
            let way_out = way_out.as_deref().map(|text| clean(text).into_owned());
            part.failure = Some((clean(error).into_owned(), way_out));
        }
        PlanResult::Refused(_) => {}
        PlanResult::Planned(plan) => {
            part.counts = Some([
                plan.count(Action::Create),
                plan.count(Action::Update),
                plan.count(Action::Delete),
                plan.unchanged,
            ]);
            part.warnings = words::warnings(plan);
            part.notes = plan.trades.iter().map(|keys| words::trade(keys)).collect();
            let adopted = plan.adopted.iter();
            part.notes
                .extend(adopted.map(|one| format!("adopted: {}", words::adopted(one))));
            part.operations = operations(plan, one.evidence.as_ref());
            let left_out = plan.left_out.iter();
            part.left_out = left_out
                .map(|one| {
                    let (_, action) = words::action(one.action());
                    (action, words::title(one).into_owned())
                })
                .collect();
            part.unmanaged = unmanaged(plan);
            let requests = plan.steps.len();
            part.cost = (requests > 0).then(|| words::cost(requests, view));
        }
    }
    part
}

fn radius(one: &PlannedEnvironment) -> Option<RadiusPart> {
    let (loads, more) = words::loads(one.radius.as_ref()?);
    let most = loads
        .iter()
        .map(|load| load.busiest.max(load.would_busiest));
    let most = most.max().unwrap_or_default().max(1);
    let receivers = loads.iter().map(|load| LoadPart {
        title: load.titles.iter().cloned().collect::<Vec<_>>().join(", "),
        url: load.url.to_string(),
        deliveries: load.deliveries,
        would: load.would,
        busiest: load.busiest,
        would_busiest: load.would_busiest,
        share: load.busiest * 100 / most,
        would_share: load.would_busiest * 100 / most,
    });
    Some(RadiusPart {
        lines: words::radius(std::slice::from_ref(one)),
        receivers: receivers.collect(),
        more,
    })
}

fn refusal(one: &Refusal<Shown>, view: &EnvironmentView) -> RefusalPart {
    RefusalPart {
        code: one.name(),
        text: clean(&one.to_string()).into_owned(),
        way_out: clean(&view.way_out(one)).into_owned(),
    }
}

fn operations(
    plan: &EnvironmentPlan<Shown>,
    evidence: Option<&Evidence<Shown>>,
) -> Vec<OperationPart> {
    let all = plan.operations.iter().enumerate();
    let steps = words::StepsOf::plan(plan);
    all.map(|(index, one)| {
        let (sign, action) = words::action(one.action());
        OperationPart {
            sign,
            action,
            title: words::title(one).into_owned(),
            subtitle: words::subtitle(one).map(String::from),
            fields: fields::fields(one).into_iter().map(field).collect(),
            facts: fields::facts(plan, &steps, evidence, index),
        }
    })
    .collect()
}

fn field(one: Field<'_>) -> FieldPart {
    let is_sensitive = one.is_sensitive();
    let Field {
        name,
        before,
        after,
    } = one;
    let (before, after) = match (before.line(), after.line()) {
        (Some(before), Some(after)) => {
            let (before, after) = words::before_after(&before, &after);
            (texts(before, "del"), texts(after, "ins"))
        }
        (Some(before), None) => (texts(vec![(before.into(), true)], "del"), Value::Absent),
        (None, Some(after)) => (Value::Absent, texts(vec![(after.into(), true)], "ins")),
        (None, None) => {
            let (before, after) = (before.events(), after.events());
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

fn texts(parts: Vec<words::Part>, mark: &str) -> Value {
    let parts = parts.into_iter();
    Value::Text(
        parts
            .map(|(text, differs)| marked(&text, differs.then_some(mark)))
            .collect(),
    )
}

/// The events of one side, those first that the other side has not.
fn events(these: &[String], others: &[String], mark: &str) -> Value {
    // Signs for those who do not see the colours, words for those who do not see.
    let (sign, word) = match mark {
        "del" => ('-', "removed"),
        _ => ('+', "added"),
    };
    let own = these.iter().filter(|event| !others.contains(event));
    let own = own.map(|event| {
        let event = marked(&clean(event), Some(mark));
        format!(
            "<span aria-hidden=\"true\">{sign} </span><span class=\"unseen\">{word}: </span>{event}"
        )
    });
    let both = these.iter().filter(|event| others.contains(event));
    let both = both.map(|event| marked(&clean(event), None));
    let items: Vec<String> = own.chain(both).collect();
    if items.is_empty() {
        Value::Absent
    } else {
        Value::List(items)
    }
}

/// A text, escaped, in the element that marks it.
fn marked(text: &str, mark: Option<&str>) -> String {
    let Ok(text) = escape(text, Html);
    match mark {
        Some(mark) => format!("<{mark}>{text}</{mark}>"),
        None => text.to_string(),
    }
}

fn unmanaged(plan: &EnvironmentPlan<Shown>) -> Vec<UnmanagedPart> {
    let kinds = words::UNMANAGED.iter().enumerate();
    kinds
        .filter_map(|(kind, meaning)| {
            let is_kind = |one: &&Unmanaged<Shown>| words::unmanaged(&one.kind).0 == kind;
            let webhooks: Vec<(String, String)> = plan
                .unmanaged
                .iter()
                .filter(is_kind)
                .map(words::left_alone)
                .collect();
            let title = format!(
                "{} unmanaged ({meaning})",
                count(webhooks.len(), "live webhook")
            );
            (!webhooks.is_empty()).then_some(UnmanagedPart { title, webhooks })
        })
        .collect()
}
