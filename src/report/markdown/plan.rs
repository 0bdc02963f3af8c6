//! A plan as a comment: what matters first, details folded.

use std::io::{self, Write};

use super::{
    share::{Cut, Section, most_important, share},
    text::{Sheet, alert, caution, code, fenced, html_code, prose},
};
use crate::{
    plan::{Action, EnvironmentPlan, PlanResult, Shown, evidence::Evidence},
    report::{
        facts,
        fields::{self, Field},
        words::{self, count},
    },
    run::{Outcome, PlannedEnvironment},
    saved::Origin,
};

/// How many webhooks are named that will be deleted, and how many refusals are shown.
const NAMED: usize = 50;
/// The part of the room that the table of all environments may take: one in so many.
const OVERVIEW: usize = 4;

/// Writes the plans of all environments in at most `longest` characters. Every environment shows what it deletes and what is
/// refused before any shows more, and then gets a fair part of the room; what does not fit is counted for each. `expand`
/// shows each webhook by itself, also where many change alike.
///
/// # Errors
///
/// Those of the writer.
pub fn plan(
    planned: &[PlannedEnvironment],
    origin: &Origin,
    longest: usize,
    expand: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let footer = footer(origin);
    let mut cut = Cut::of_all(planned, longest);
    let mut sheet = Sheet::new(longest, footer.len() + cut.longest_note);
    let title = format!("### {}\n\n", words::summary(planned));
    cut.other(sheet.add(&title));
    overview(planned, &mut sheet, &mut cut);
    let radius = words::radius(planned);
    if !radius.is_empty() {
        cut.other(sheet.add(&(fenced("text", &radius) + "\n")));
    }
    let room = sheet.room();
    let alerts: Vec<Section> = planned.iter().map(alerts).collect();
    share(alerts, room, planned, &mut sheet, &mut cut);
    let room = sheet.room();
    let details = planned.iter().map(|one| details(one, longest, expand));
    share(details.collect(), room, planned, &mut sheet, &mut cut);
    let tail = cut.note() + &footer;
    out.write_all(sheet.finish(&tail).as_bytes())
}

/// A table of all environments. In a block of HTML, as cells of Markdown end at any pipe.
fn overview(planned: &[PlannedEnvironment], sheet: &mut Sheet, cut: &mut Cut) {
    let counted = words::counted(planned);
    let heads = counted.iter().map(|action| action.as_str());
    let heads: String = heads
        .chain(["unchanged", ""])
        .map(|word| format!("<th>{word}</th>"))
        .collect();
    let head = format!("<table>\n<tr><th>environment</th>{heads}</tr>\n");
    if planned.is_empty() || !sheet.begin(&head, "</table>\n\n") {
        cut.other(planned.is_empty());
        return;
    }
    let rows: Vec<(u8, String)> = planned.iter().map(|one| row(one, &counted)).collect();
    let texts = rows.iter().map(|(rank, row)| (*rank, row.as_str()));
    let shown = most_important(texts, sheet.room() / OVERVIEW);
    for ((_, row), shown) in rows.iter().zip(shown) {
        cut.other(shown && sheet.add(row));
    }
    sheet.end();
}

/// The row of an environment, and its rank: what is refused, failed or deletes comes before what changes, and that before all
/// else.
fn row(one: &PlannedEnvironment, counted: &[Action]) -> (u8, String) {
    let deletes = one.result.plan().map(|plan| plan.count(Action::Delete));
    let rank = match one.outcome() {
        Outcome::Nothing => 2,
        Outcome::Changes if deletes == Some(0) => 1,
        _ => 0,
    };
    let numbers = match one.result.plan() {
        Some(plan) => {
            let counts = counted.iter().map(|action| plan.count(*action));
            counts
                .chain([plan.unchanged.len()])
                .map(|count| format!("<td align=\"right\">{count}</td>"))
                .collect()
        }
        None => "<td align=\"right\">?</td>".repeat(counted.len() + 1),
    };
    let row = format!(
        "<tr><td>{}</td>{numbers}<td>{}</td></tr>\n",
        html_code(one.environment.name.as_str()),
        words::state(one)
    );
    (rank, row)
}

/// What nobody may overlook: what failed, what guards refuse, and what will be deleted.
fn alerts(one: &PlannedEnvironment) -> Section {
    let mut section = Section::default();
    let place = code(one.environment.name.as_str());
    if let PlanResult::Failed { error, way_out } = &one.result {
        let title = format!("**{place} could not be planned**");
        section.add(caution(&title, error, way_out.as_deref()), 0, 0);
    }
    let refusals = one.result.refusals();
    for refusal in refusals.iter().take(NAMED) {
        let title = format!("**Refused in {place}: {}**", refusal.name());
        let way_out = one.environment.way_out(refusal);
        let block = caution(&title, &refusal.to_string(), Some(&way_out));
        section.add(block, 1, 0);
    }
    section.others = refusals.len().saturating_sub(NAMED);
    let Some(plan) = one.result.plan() else {
        return section;
    };
    let deletes = plan.count(Action::Delete);
    if deletes > 0 {
        let will = if plan.refusals.is_empty() {
            "will"
        } else {
            "would"
        };
        let title = format!(
            "**{} of {place} {will} be deleted**",
            count(deletes, "webhook")
        );
        section.add(alert("CAUTION", &deleted(&title, plan, deletes)), 0, 0);
    }
    section
}

fn deleted(title: &str, plan: &EnvironmentPlan<Shown>, deletes: usize) -> String {
    let mut body = format!("{title}\n\n");
    let those = plan.operations.iter();
    let those = those.filter(|one| one.action() == Action::Delete);
    for one in those.take(NAMED) {
        body.push_str(&format!("- {}\n", code(one.shown_name())));
    }
    if deletes > NAMED {
        body.push_str(&format!("- and {} more\n", deletes - NAMED));
    }
    body
}

/// One environment, folded. Deletes come first.
fn details(one: &PlannedEnvironment, longest: usize, expand: bool) -> Section {
    let PlanResult::Planned(plan) = &one.result else {
        return Section::default();
    };
    let operations = plan.operations.len();
    let view = &one.environment;
    let mut section = Section::framed(
        format!(
            "<details><summary>{}: {} ({})</summary>\n\n",
            html_code(view.name.as_str()),
            count(operations, "operation"),
            html_code(&words::place(view))
        ),
        "</details>\n\n",
    );
    let steps = words::StepsOf::plan(plan);
    let notes_of = words::NotesOf::plan(plan);
    let evidence = one.evidence.as_ref();
    let (groups, members) = words::alike(plan, evidence, &steps, expand);
    let (deletes, rest): (Vec<usize>, Vec<usize>) =
        (0..operations).partition(|index| plan.operations[*index].action() == Action::Delete);
    let mut length = 0;
    for index in deletes.into_iter().chain(rest) {
        let is_delete = plan.operations[index].action() == Action::Delete;
        let (text, stands_for) = match groups.get(&index) {
            Some(group) => (together(plan, group), group.operations.len()),
            None if members.contains(&index) => continue,
            // What cannot fit is not made.
            None if length > longest => (String::new(), 1),
            None => (operation(plan, &steps, notes_of, evidence, index), 1),
        };
        if text.is_empty() {
            section.operations += stands_for;
            continue;
        }
        length += text.len();
        section.add(text + "\n", u8::from(!is_delete), stands_for);
    }
    let notes = notes(one, plan);
    if !notes.is_empty() {
        section.add(fenced("text", &notes) + "\n", 2, 0);
    }
    unmanaged(plan, &mut section);
    section
}

/// What many webhooks have in common, and which they are.
fn together(plan: &EnvironmentPlan<Shown>, group: &words::Alike) -> String {
    let (title, more_to_say) = group.heading();
    let mut lines = vec![format!("@@ update {title} @@")];
    for (name, text) in more_to_say {
        // What is added or removed begins with its sign.
        let (sign, text) = match text.split_at_checked(2) {
            Some(("+ ", rest)) => ('+', rest),
            Some(("- ", rest)) => ('-', rest),
            _ => (' ', text.as_str()),
        };
        lines.push(format!("{sign} {name:<10} {text}"));
    }
    let those = group.operations.iter();
    let titles = those.map(|index| words::title(&plan.operations[*index]));
    let which = words::first_of(titles, NAMED);
    lines.extend(prose(&format!("which      {which}")));
    fenced("diff", &lines)
}

/// One operation, as the difference it makes.
fn operation(
    plan: &EnvironmentPlan<Shown>,
    steps: &words::StepsOf<'_>,
    notes: words::NotesOf,
    evidence: Option<&Evidence<Shown>>,
    index: usize,
) -> String {
    let one = &plan.operations[index];
    let action = one.action().as_str();
    let subtitle = words::subtitle(one).map_or_else(String::new, |name| format!("  {name}"));
    let mut lines = vec![format!("@@ {action} {}{subtitle} @@", words::title(one))];
    for field in fields::fields(one) {
        difference(&field, &mut lines);
    }
    for (name, text) in fields::facts(plan, steps, notes, evidence, index) {
        lines.push(format!("  {name:<10} {text}"));
    }
    fenced("diff", &lines)
}

fn difference(field: &Field<'_>, lines: &mut Vec<String>) {
    let name = field.name;
    if let Some(before) = fields::line(field.before) {
        lines.push(format!("- {name:<10} {before}"));
    }
    let note = words::sensitive_note(field.is_sensitive());
    if let Some(after) = fields::line(field.after) {
        lines.push(format!("+ {name:<10} {after}{note}"));
    }
    let (before, after) = (fields::events(field.before), fields::events(field.after));
    for event in words::lacking(before, after) {
        lines.push(format!("- {name:<10} {event}"));
    }
    for event in words::lacking(after, before) {
        lines.push(format!("+ {name:<10} {event}"));
    }
    let kept = before.iter().filter(|event| after.contains(event)).count();
    if kept > 0 {
        lines.push(format!("  {name:<10} {kept} unchanged"));
    }
}

/// What else is to be said of an environment.
fn notes(one: &PlannedEnvironment, plan: &EnvironmentPlan<Shown>) -> Vec<String> {
    let mut notes = Vec::new();
    for warning in words::warnings(plan) {
        notes.extend(prose(&format!("warning: {warning}")));
    }
    for one in &plan.adopted {
        notes.extend(prose(&format!("adopted: {}", words::adopted(one))));
    }
    for keys in &plan.trades {
        notes.extend(prose(&words::trade(keys)));
    }
    for note in words::NotesOf::plan(plan).together(plan) {
        notes.extend(prose(&format!("note: {note}")));
    }
    if let Some(done) = words::rotated(plan) {
        notes.extend(prose(&done));
    }
    for left in &plan.left_out {
        let action = left.action().as_str();
        let title = words::title(left);
        notes.push(format!("  left out by --target: {action} {title}"));
    }
    if !plan.steps.is_empty() {
        notes.push(format!(
            "  {}",
            words::cost(plan.write_requests(), &one.environment)
        ));
    }
    notes
}

/// What is left alone, folded once more.
fn unmanaged(plan: &EnvironmentPlan<Shown>, section: &mut Section) {
    for (title, those) in words::unmanaged(plan) {
        let those = those.iter();
        let those: Vec<String> = those
            .map(|(name, place)| format!("  {name}  {place}"))
            .collect();
        let block = format!(
            "<details><summary>{}</summary>\n\n{}\n</details>\n\n",
            title.replace('`', ""),
            fenced("text", &those)
        );
        section.add(block, 3, 0);
    }
}

/// What the plan was made of, at the end.
pub(super) fn footer(origin: &Origin) -> String {
    let facts = facts(origin);
    let facts: Vec<String> = facts
        .iter()
        .map(|(name, text)| format!("{name} {}", html_code(text)))
        .chain([concat!("hookwright ", env!("CARGO_PKG_VERSION")).to_owned()])
        .collect();
    format!("<p><sub>{}</sub></p>\n", facts.join(" · "))
}
