//! `# hookwright: ignore[HW020] reason`: comments that silence a warning at one place.

use super::yaml::Comment;
use crate::diagnostic::{Code, Diagnostic, Severity, Source, Sources, Span, quoted};

/// How a comment for this program begins.
const PREFIX: &str = "hookwright:";

/// A code that a comment silences on one line.
#[derive(Clone, Debug)]
pub(super) struct Silence {
    /// The code in the comment.
    span: Span,
    code: Code,
    /// The line it holds for.
    line: usize,
    used: bool,
}

/// Reads the comments of one file.
pub(super) fn read(
    source: &Source,
    comments: &[Comment],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Silence> {
    let mut silences = Vec::new();
    for comment in comments {
        let Some(text) = comment.text.trim_start().strip_prefix(PREFIX) else {
            continue;
        };
        match codes(comment, text) {
            Ok(codes) => {
                let line = target(source, comment.span);
                silences.extend(codes.into_iter().map(|(code, span)| Silence {
                    span,
                    code,
                    line,
                    used: false,
                }));
            }
            Err(diagnostic) => diagnostics.push(*diagnostic),
        }
    }
    silences
}

/// The codes of a comment, each with its place.
fn codes(comment: &Comment, text: &str) -> Result<Vec<(Code, Span)>, Box<Diagnostic>> {
    let invalid = |span: Span, message: String, help: &str| {
        Box::new(Diagnostic::new(Code::InvalidIgnore, span, message).help(help))
    };
    let form = "write `# hookwright: ignore[HW020] reason`";
    let list = text
        .trim_start()
        .strip_prefix("ignore")
        .and_then(|rest| rest.trim_start().strip_prefix('['))
        .and_then(|rest| rest.split_once(']'))
        .map(|(list, _)| list);
    let Some(list) = list else {
        let message = "this comment is not understood".to_owned();
        return Err(invalid(comment.span, message, form));
    };
    // Behind `#` and what precedes the list; the comment's text is a slice of its span.
    let begin = 1 + comment.text.find('[').map_or(0, |bracket| bracket + 1);
    let mut codes = Vec::new();
    let mut offset = begin;
    for part in list.split(',') {
        let name = part.trim();
        let lead = part.len() - part.trim_start().len();
        let span = comment.span.part(offset + lead, name.len());
        offset += part.len() + 1;
        if name.is_empty() {
            let message = "this comment names no code".to_owned();
            return Err(invalid(comment.span, message, form));
        }
        let Some(code) = Code::find(name) else {
            let message = format!("there is no code {}", quoted(name));
            return Err(invalid(
                span,
                message,
                "`hookwright explain` lists the codes",
            ));
        };
        if code.severity() == Severity::Error {
            let message = format!("{code} is an error, and cannot be silenced");
            return Err(invalid(span, message, "only warnings can be silenced"));
        }
        codes.push((code, span));
    }
    Ok(codes)
}

/// The line that a comment holds for: its own, or the next with content where it has none itself.
fn target(source: &Source, comment: Span) -> usize {
    let own = source.line(comment.range().start);
    let before = source.line_range(own).start..comment.range().start;
    let stands_alone = |text: &str| text.trim().is_empty();
    if !stands_alone(&source.text[before]) {
        return own;
    }
    (own + 1..=source.line_count())
        .find(|line| {
            let text = source.text[source.line_range(*line)].trim_start();
            !text.is_empty() && !text.starts_with('#')
        })
        .unwrap_or(own)
}

/// Drops the warnings that comments silence, and notes which comments did.
pub(super) fn apply(
    silences: &mut [Silence],
    diagnostics: &mut Vec<Diagnostic>,
    sources: &Sources,
) {
    if silences.is_empty() {
        return;
    }
    diagnostics.retain(|found| {
        if found.code.severity() == Severity::Error {
            return true;
        }
        let span = found.primary.span;
        let line = sources.get(span.source).line(span.range().start);
        let mut silenced = false;
        for silence in silences.iter_mut().filter(|silence| {
            silence.span.source == span.source && silence.line == line && silence.code == found.code
        }) {
            silence.used = true;
            silenced = true;
        }
        !silenced
    });
}

/// Reports the comments that silenced nothing. Where a line holds a value from outside, its warnings
/// come only when that is known, and its comments are not judged.
pub(super) fn unused(silences: &[Silence], sources: &Sources) -> Vec<Diagnostic> {
    silences
        .iter()
        .filter(|silence| !silence.used)
        .filter(|silence| {
            let source = sources.get(silence.span.source);
            let line = &source.text[source.line_range(silence.line)];
            !line.contains("${")
        })
        .map(|silence| {
            Diagnostic::new(
                Code::UnusedIgnore,
                silence.span,
                format!("nothing warns of {} here", silence.code),
            )
            .help("remove it, or put it on the line that warns or alone on the line above")
        })
        .collect()
}
