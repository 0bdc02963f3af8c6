//! Diagnostics as text, as compilers show them.

use std::io::{self, Write};

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::{
    excerpt::{self, Excerpt},
    text::{BOLD, clean, count, paint},
};
use crate::{
    diagnostic::{self, Code, Diagnostic, Label, Severity, Sources},
    report::Checked,
};

/// Labels of one file at most so many lines apart are shown as one excerpt.
const NEAR: usize = 20;

/// Writes what checking manifests gave.
///
/// # Errors
///
/// Those of the writer.
pub fn checked(checked: &Checked<'_>, width: usize, out: &mut dyn Write) -> io::Result<()> {
    diagnostics(checked.diagnostics, checked.sources, width, out)?;
    let errors = checked.count(Severity::Error);
    if errors > 0 {
        return Ok(());
    }
    writeln!(
        out,
        "Valid: {}, {}.",
        count(checked.webhooks, "webhook"),
        count(checked.environments, "environment"),
    )
}

/// Writes diagnostics with the lines they speak of, and a count below.
///
/// # Errors
///
/// Those of the writer.
pub fn diagnostics(
    found: &[Diagnostic],
    sources: &Sources,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let renderer = Renderer::styled().term_width(width.max(40));
    for one in found {
        writeln!(out, "{}\n", renderer.render(&[group(one, sources)]))?;
    }
    let errors = diagnostic::count(found, Severity::Error);
    let warnings = diagnostic::count(found, Severity::Warning);
    let counted = match (errors, warnings) {
        (0, 0) => return Ok(()),
        (0, some) => count(some, "warning"),
        (some, 0) => count(some, "error"),
        (some, more) => format!("{}, {}", count(some, "error"), count(more, "warning")),
    };
    writeln!(out, "{counted}")?;
    // The worst is what people want to know more of.
    let worst = found.iter().min_by_key(|one| one.severity);
    let Some(Diagnostic { code, severity, .. }) = worst else {
        return Ok(());
    };
    writeln!(
        out,
        "For more about this {}, run `hookwright explain {code}`.",
        severity.as_str()
    )
}

/// Writes the long form of a code.
///
/// # Errors
///
/// Those of the writer.
pub fn explained(code: Code, out: &mut dyn Write) -> io::Result<()> {
    let title = format!("{code} ({}): {}", code.severity().as_str(), code.title());
    writeln!(out, "{}\n", paint(BOLD, title))?;
    let mut is_example = false;
    for line in code.documentation().lines() {
        if line.starts_with("```") {
            is_example = !is_example;
        } else if is_example && !line.is_empty() {
            writeln!(out, "    {line}")?;
        } else {
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

/// Writes a list of codes.
///
/// # Errors
///
/// Those of the writer.
pub fn codes(codes: &[Code], out: &mut dyn Write) -> io::Result<()> {
    for code in codes {
        writeln!(
            out,
            "{}  {:<7}  {}",
            paint(BOLD, code),
            code.severity().as_str(),
            code.title()
        )?;
    }
    Ok(())
}

fn group<'a>(one: &'a Diagnostic, sources: &'a Sources) -> Group<'a> {
    let level = match one.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let line = |label: &Label| excerpt::line(label.span, sources);
    let (near, far): (Vec<&Label>, Vec<&Label>) = one.related.iter().partition(|label| {
        label.span.source == one.primary.span.source
            && line(label).abs_diff(line(&one.primary)) <= NEAR
    });
    let mut labels = vec![(&one.primary, AnnotationKind::Primary)];
    labels.extend(
        near.into_iter()
            .map(|label| (label, AnnotationKind::Context)),
    );
    let title = level
        .primary_title(clean(&one.message))
        .id(one.code.as_str());
    let mut group = shown(Group::with_title(title), &labels, sources);
    for label in far {
        group = shown(group, &[(label, AnnotationKind::Context)], sources);
    }
    match &one.help {
        Some(help) => group.element(Level::HELP.message(clean(help))),
        None => group,
    }
}

/// Adds labels of one source, with their lines where these can be shown.
fn shown<'a>(
    group: Group<'a>,
    labels: &[(&'a Label, AnnotationKind)],
    sources: &'a Sources,
) -> Group<'a> {
    let Some((first, _)) = labels.first() else {
        return group;
    };
    let source = sources.get(first.span.source);
    let spans: Vec<_> = labels.iter().map(|(label, _)| label.span).collect();
    let Some(Excerpt { text, line, places }) = excerpt::excerpt(&spans, sources) else {
        let position = source.position(first.span.range().start);
        return group.element(
            Origin::path(clean(&source.label))
                .line(position.line)
                .char_column(position.column),
        );
    };
    let annotations = labels.iter().zip(places).map(|((label, kind), place)| {
        let annotation = kind.span(place);
        if label.text.is_empty() {
            annotation
        } else {
            annotation.label(clean(&label.text))
        }
    });
    group.element(
        Snippet::source(text)
            .path(clean(&source.label))
            .line_start(line)
            .annotations(annotations),
    )
}
