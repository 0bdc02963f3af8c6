//! Drift as a comment or an issue.

use std::io::{self, Write};

use super::text::{Sheet, alert, caution, code, fenced, html_code};
use crate::{
    report::words::{self, MovedList, clean},
    run::{DriftResult, DriftedEnvironment},
    saved::{FieldMoved, FieldValue, How, MovedWebhook, Origin},
};

/// Room for the note that says what was cut.
const CUT: usize = 200;

/// Writes what has moved in all environments, in at most `longest` characters. What does not fit is
/// counted.
///
/// # Errors
///
/// Those of the writer.
pub fn drift(
    all: &[DriftedEnvironment],
    origin: &Origin,
    longest: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let footer = super::plan::footer(origin);
    let mut sheet = Sheet::new(longest, footer.len() + CUT);
    let mut cut = 0;
    let mut add = |sheet: &mut Sheet, block: String| cut += usize::from(!sheet.add(&block));
    add(&mut sheet, format!("### {}\n\n", words::drifted(all)));
    if let Some(advice) = words::advice(all) {
        add(&mut sheet, format!("{advice}\n\n"));
    }
    for one in all {
        for block in environment(one) {
            add(&mut sheet, block);
        }
    }
    let note = match cut {
        0 => String::new(),
        parts => alert(
            "IMPORTANT",
            &format!(
                "Cut to {longest} characters: {} not shown here. The same command with `--format text` shows all.",
                words::count(parts, "part")
            ),
        ),
    };
    out.write_all(sheet.finish(&(note + &footer)).as_bytes())
}

fn environment(one: &DriftedEnvironment) -> Vec<String> {
    let view = &one.environment;
    let mut blocks = vec![format!(
        "<p><b>{}</b> {}</p>\n\n",
        html_code(view.name.as_str()),
        html_code(&words::place(view))
    )];
    match &one.result {
        DriftResult::Failed { error, way_out } => {
            let title = "**could not be read**";
            blocks.push(caution(title, error, way_out.as_deref()));
        }
        DriftResult::Refused(_) => {}
        DriftResult::Compared { drift, .. } => {
            for list in words::lists(drift, one.is_applied_known) {
                blocks.push(format!("**{}**\n\n", list.title));
                blocks.extend(list.list.iter().map(|one| webhook(one, &list)));
                let way_out = list.way_out;
                blocks.extend(way_out.map(|way_out| format!("To go on: {way_out}\n\n")));
            }
        }
    }
    blocks.extend(one.result.refusals().iter().map(|refusal| {
        let title = format!("**Refused: {}**", refusal.name());
        caution(&title, &refusal.to_string(), Some(&view.way_out(refusal)))
    }));
    blocks
}

fn webhook(one: &MovedWebhook, list: &MovedList<'_>) -> String {
    let title = one.key.as_ref().unwrap_or(&one.name);
    let (_, how) = list.how(one);
    let mut lines = Vec::new();
    if let How::Changed(fields) = &one.how {
        for moved in fields {
            field(moved, &mut lines);
        }
    }
    if let How::Unreadable(fields) = &one.how {
        let fields = fields.iter().map(|found| clean(found));
        lines.extend(fields.map(|found| format!("! {found}")));
    }
    if title != &one.name {
        let field = if one.id.is_some() {
            "live name"
        } else {
            "name"
        };
        lines.push(format!("  {field:<10} {}", one.name));
    }
    lines.extend(one.id.as_ref().map(|id| format!("  id         {id}")));
    let mut block = format!("- {}", code(title));
    if !how.is_empty() {
        block.push_str(&format!(" {how}"));
    }
    block.push_str("\n\n");
    if !lines.is_empty() {
        // In the list's item, as its own block.
        for line in fenced("diff", &lines).lines() {
            block.push_str(&format!("  {line}\n"));
        }
        block.push('\n');
    }
    block
}

/// As a difference from what is declared to what is live.
fn field(one: &FieldMoved, lines: &mut Vec<String>) {
    let name = &*one.field;
    match (&one.declared, &one.live) {
        (FieldValue::Events(declared), FieldValue::Events(live)) => {
            let lacks = words::lacking(declared, live);
            lines.extend(lacks.map(|event| format!("- {name:<10} {event}")));
            let more = words::lacking(live, declared);
            lines.extend(more.map(|event| format!("+ {name:<10} {event}")));
        }
        (declared, live) => {
            lines.push(format!("- {name:<10} {}", words::value(declared)));
            let note = words::sensitive_note(declared == live);
            lines.push(format!("+ {name:<10} {}{note}", words::value(live)));
        }
    }
}
