//! Diagnostics as text, as compilers show them.

use std::io::{self, Write};

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::text::{clean, count};
use crate::diagnostic::{Diagnostic, Label, Severity, Source, Sources};

/// How many lines around a label are handed to the renderer.
const CONTEXT: usize = 2;

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
    let errors = found
        .iter()
        .filter(|one| one.severity == Severity::Error)
        .count();
    let warnings = found.len() - errors;
    match (errors, warnings) {
        (0, 0) => Ok(()),
        (0, some) => writeln!(out, "{}", count(some, "warning")),
        (some, 0) => writeln!(out, "{}", count(some, "error")),
        (some, more) => writeln!(out, "{}, {}", count(some, "error"), count(more, "warning")),
    }
}

fn group<'a>(one: &'a Diagnostic, sources: &'a Sources) -> Group<'a> {
    let level = match one.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = level
        .primary_title(clean(&one.message))
        .id(one.code.as_str())
        .element(snippet(&one.primary, AnnotationKind::Primary, sources));
    for label in &one.related {
        group = group.element(snippet(label, AnnotationKind::Context, sources));
    }
    match &one.help {
        Some(help) => group.element(Level::HELP.message(clean(help))),
        None => group,
    }
}

/// A label with the lines around it. Only those are handed on: the renderer's work grows with the
/// text it is given.
fn snippet<'a>(
    label: &'a Label,
    kind: AnnotationKind,
    sources: &'a Sources,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let source = sources.get(label.span.source);
    let range = label.span.range();
    let start = range.start.min(source.text.len());
    let (from, line) = excerpt_start(source, start);
    let end = first_line_end(source, start, range.end);
    let excerpt = &source.text[from..excerpt_end(source, end)];
    let span = start - from..end.max(start) - from;
    let annotation = kind.span(span);
    let annotation = if label.text.is_empty() {
        annotation
    } else {
        annotation.label(clean(&label.text))
    };
    Snippet::source(excerpt)
        .path(source.label.as_str())
        .line_start(line)
        .annotation(annotation)
}

/// Where the lines before a place begin, and the number of the first.
fn excerpt_start(source: &Source, at: usize) -> (usize, usize) {
    let before = source.text.get(..at).unwrap_or_default();
    let mut from = before.len();
    for _ in 0..=CONTEXT {
        match before[..from].rfind('\n') {
            Some(newline) => from = newline,
            None => {
                from = 0;
                break;
            }
        }
    }
    let from = if from == 0 { 0 } else { from + 1 };
    (from, source.text[..from].matches('\n').count() + 1)
}

/// A label over several lines is shown on the first.
fn first_line_end(source: &Source, start: usize, end: usize) -> usize {
    let end = end.clamp(start, source.text.len());
    match source.text.get(start..end).and_then(|text| text.find('\n')) {
        Some(newline) => start + newline,
        None => end,
    }
}

fn excerpt_end(source: &Source, at: usize) -> usize {
    let mut end = at;
    for _ in 0..=CONTEXT {
        match source.text[end..].find('\n') {
            Some(newline) => end += newline + 1,
            None => return source.text.len(),
        }
    }
    end
}
