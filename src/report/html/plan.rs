//! A plan as a page.

mod operation;

use std::io::{self, Write};

use askama::Template;

pub(super) use self::operation::{Cards, Value};
use super::marked::Marked;
use crate::{
    plan::{Action, PlanResult, Refusal, Shown},
    report::{
        facts,
        words::{self, clean, count},
    },
    run::{EnvironmentView, PlannedEnvironment},
    saved::Origin,
};

#[derive(Template)]
#[template(path = "plan.html")]
struct Page {
    headline: String,
    alarms: Vec<AlarmPart>,
    /// What the table counts.
    counted: Vec<&'static str>,
    /// How many there are of each, for each environment; none where it could not be planned.
    counts: Vec<Option<Vec<(&'static str, usize)>>>,
    environments: Vec<EnvironmentPart>,
    /// Whether there is anything to filter.
    has_details: bool,
    actions: Vec<(char, &'static str)>,
    sensitive: &'static str,
    origin: Vec<(&'static str, String)>,
}

/// What is live as it is declared, in a table.
const UNCHANGED: &str = "unchanged";

/// What nobody may overlook: it stands under the title.
struct AlarmPart {
    what: String,
    /// Which environment it is of, by its place on the page.
    environment: usize,
    which: Marked,
}

#[derive(Default)]
pub(super) struct EnvironmentPart {
    pub(super) name: String,
    pub(super) place: String,
    pub(super) state: &'static str,
    pub(super) failure: Option<(String, Option<Marked>)>,
    pub(super) refusals: Vec<RefusalPart>,
    pub(super) warnings: Vec<Marked>,
    pub(super) notes: Vec<Marked>,
    pub(super) cards: Cards,
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
    pub(super) text: Marked,
    pub(super) way_out: Marked,
}

pub(super) struct UnmanagedPart {
    pub(super) title: Marked,
    pub(super) webhooks: Vec<(String, String)>,
}

/// Writes the plans of all environments as one page; `expand` shows each webhook by itself, also where many change alike.
///
/// # Errors
///
/// Those of the writer.
pub fn plan(
    planned: &[PlannedEnvironment],
    origin: &Origin,
    expand: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let environments = planned.iter().map(|one| environment(one, expand));
    let environments: Vec<EnvironmentPart> = environments.collect();
    let alarms = planned.iter().enumerate();
    let counted = words::counted(planned);
    let counts = |one: &PlannedEnvironment| {
        let plan = one.result.plan()?;
        let counts = counted
            .iter()
            .map(|action| (action.as_str(), plan.count(*action)));
        Some(counts.chain([(UNCHANGED, plan.unchanged.len())]).collect())
    };
    let page = Page {
        headline: words::summary(planned),
        alarms: alarms
            .flat_map(|(index, one)| self::alarms(index, one))
            .collect(),
        has_details: environments
            .iter()
            .any(|one| !one.cards.is_empty() || !one.unmanaged.is_empty()),
        counts: planned.iter().map(counts).collect(),
        counted: counted
            .iter()
            .map(|action| action.as_str())
            .chain([UNCHANGED])
            .collect(),
        environments,
        actions: counted
            .iter()
            .map(|action| (words::sign(*action), action.as_str()))
            .collect(),
        sensitive: words::SENSITIVE,
        origin: facts(origin),
    };
    page.write_into(out)?;
    writeln!(out)
}

/// What failed, what is refused, and what is deleted in an environment.
fn alarms(environment: usize, one: &PlannedEnvironment) -> Vec<AlarmPart> {
    let alarm = |what: String, which: &str| AlarmPart {
        what,
        environment,
        which: Marked::sentence(which),
    };
    let mut alarms = Vec::new();
    if let PlanResult::Failed { error, way_out: _ } = &one.result {
        alarms.push(alarm("Could not be planned".to_owned(), &clean(error)));
    }
    let refused = words::refused(one.result.refusals());
    if !refused.is_empty() {
        alarms.push(alarm("Refused".to_owned(), &refused));
    }
    let operations = one.result.plan().map(|plan| plan.operations.as_slice());
    let operations = operations.unwrap_or_default().iter();
    let deletes = operations.filter(|operation| operation.action() == Action::Delete);
    let deletes: Vec<&str> = deletes.map(|operation| operation.shown_name()).collect();
    if !deletes.is_empty() {
        let would = match refused.is_empty() {
            true => "Deletes",
            false => "Would delete",
        };
        let what = format!("{would} {}", count(deletes.len(), "webhook"));
        alarms.push(alarm(what, &words::ticked(&deletes)));
    }
    alarms
}

pub(super) fn environment(one: &PlannedEnvironment, expand: bool) -> EnvironmentPart {
    let view = &one.environment;
    let mut part = EnvironmentPart {
        name: clean(view.name.as_str()).into_owned(),
        place: words::place(view),
        state: words::state(one),
        refusals: (one.result.refusals().iter())
            .map(|it| refusal(it, &one.environment))
            .collect(),
        radius: radius(one),
        ..EnvironmentPart::default()
    };
    match &one.result {
        PlanResult::Failed { error, way_out } => {
            let way_out = way_out
                .as_deref()
                .map(|text| Marked::sentence(&clean(text)));
            part.failure = Some((clean(error).into_owned(), way_out));
        }
        PlanResult::Refused(_) => {}
        PlanResult::Planned(plan) => {
            let warnings = words::unread(one.evidence.as_ref()).into_iter();
            let warnings = warnings.chain(words::warnings(plan));
            part.warnings = warnings.map(|text| Marked::sentence(&text)).collect();
            let adopted = plan.adopted.iter();
            let adopted = adopted.map(|one| format!("adopted: {}", words::adopted(one)));
            let notes = plan.trades.iter().map(|keys| words::trade(keys));
            let notes = notes.chain(words::NotesOf::plan(plan).together(plan));
            let notes = notes.chain(words::rotated(plan));
            let notes = notes.chain(adopted);
            part.notes = notes.map(|text| Marked::sentence(&text)).collect();
            part.cards = Cards::of(plan, one.evidence.as_ref(), expand);
            let left_out = plan.left_out.iter();
            part.left_out = left_out
                .map(|one| (one.action().as_str(), words::title(one).into_owned()))
                .collect();
            let unmanaged = words::unmanaged(plan).into_iter();
            part.unmanaged = unmanaged
                .map(|(title, webhooks)| UnmanagedPart {
                    title: Marked::sentence(&title),
                    webhooks,
                })
                .collect();
            let requests = plan.write_requests();
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
        text: Marked::sentence(&clean(&one.to_string())),
        way_out: Marked::sentence(&clean(&view.way_out(one))),
    }
}
