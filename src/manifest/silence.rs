//! `# hookwright: ignore[HW020] reason`: comments that silence a warning at one place.

use std::collections::BTreeMap;

use super::yaml::Comment;
use crate::diagnostic::{
    Code, Diagnostic, Diagnostics, Severity, Source, SourceId, Sources, Span, quoted,
};

/// How a comment for this program begins.
const PREFIX: &str = "hookwright:";

/// The comments of a manifest that silence warnings, by the file, the line and the code they hold for.
#[derive(Clone, Debug, Default)]
pub(super) struct Silences(BTreeMap<(SourceId, usize, Code), Silence>);

/// The comments that silence one code on one line.
#[derive(Clone, Debug, Default)]
struct Silence {
    /// Where they name it.
    spans: Vec<Span>,
    used: bool,
}

impl Silences {
    /// Reads the comments of one file, which are in order.
    pub(super) fn read(
        &mut self,
        source: &Source,
        comments: &[Comment],
        diagnostics: &mut Diagnostics,
    ) {
        // Comments one below the other hold for the same line, which is looked for once.
        let mut next = Some(0);
        for comment in comments {
            let Some(text) = comment.text.trim_start().strip_prefix(PREFIX) else {
                continue;
            };
            match codes(comment, text) {
                Ok(codes) => {
                    let own = source.line(comment.span.range().start);
                    let alone = stands_alone(source, comment.span, own);
                    if alone && next.is_some_and(|next| next <= own) {
                        next = next_content(source, own);
                    }
                    let target = next.filter(|_| alone).unwrap_or(own);
                    for (code, span) in codes {
                        let place = (span.source, target, code);
                        self.0.entry(place).or_default().spans.push(span);
                    }
                }
                Err(diagnostic) => diagnostics.push(*diagnostic),
            }
        }
    }

    /// Whether a comment silences a warning; it is then used.
    pub(super) fn silence(&mut self, found: &Diagnostic, sources: &Sources) -> bool {
        if self.0.is_empty() || found.code.severity() == Severity::Error {
            return false;
        }
        let span = found.primary.span;
        let line = sources.get(span.source).line(span.range().start);
        match self.0.get_mut(&(span.source, line, found.code)) {
            Some(silence) => {
                silence.used = true;
                true
            }
            None => false,
        }
    }

    /// Reports the comments that silenced nothing. Where a line holds a value from outside, its
    /// warnings come only when that is known, and its comments are not judged.
    pub(super) fn unused<'s>(&'s self, sources: &'s Sources) -> impl Iterator<Item = Diagnostic> {
        let judged = self.0.iter().filter(|((source, line, _), _)| {
            let source = sources.get(*source);
            !source.text[source.line_range(*line)].contains("${")
        });
        let unused = judged.filter(|(_, silence)| !silence.used);
        let silences = unused.flat_map(|((_, _, code), silence)| {
            silence.spans.iter().map(move |span| (code, *span))
        });
        silences.map(|(code, span)| {
            Diagnostic::new(
                Code::UnusedIgnore,
                span,
                format!("nothing warns of {code} here"),
            )
            .help("remove it, or put it on the line that warns or alone on the line above")
        })
    }
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

/// Whether nothing but space stands before a comment on its line.
fn stands_alone(source: &Source, comment: Span, own: usize) -> bool {
    let before = source.line_range(own).start..comment.range().start;
    source.text[before].trim().is_empty()
}

/// The next line with content behind a comment that has none beside it.
fn next_content(source: &Source, own: usize) -> Option<usize> {
    (own + 1..=source.line_count()).find(|line| {
        let text = source.text[source.line_range(*line)].trim_start();
        !text.is_empty() && !text.starts_with('#')
    })
}
