//! Annotations of a GitHub workflow: commands that its runner reads from standard output.
//!
//! <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>

use std::io::{self, Write};

use super::{Checked, Finding, Location, commands::without_commands, words::clean};
use crate::diagnostic::Severity;

/// How many annotations of one kind GitHub shows for a step; it drops the rest without a word.
pub(super) const MOST: usize = 10;

/// Writes what checking gave: errors first, as many as GitHub shows, and a count of all.
///
/// # Errors
///
/// Those of the writer.
pub fn checked(checked: &Checked<'_>, out: &mut dyn Write) -> io::Result<()> {
    for severity in [Severity::Error, Severity::Warning] {
        let found = checked.diagnostics.iter();
        let of_kind = found.filter(|one| one.severity == severity);
        let of_kind = of_kind.map(|one| Finding::of(one, checked.sources));
        some(severity, of_kind, checked.count(severity), MOST, out)?;
    }
    let (errors, warnings) = (
        checked.count(Severity::Error),
        checked.count(Severity::Warning),
    );
    writeln!(out, "hookwright: {errors} errors, {warnings} warnings")
}

/// Writes at most so many annotations of one kind: the last one tells of those there is no place for.
pub(super) fn some(
    severity: Severity,
    findings: impl Iterator<Item = Finding>,
    all: usize,
    most: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let shown = if all > most { most - 1 } else { all };
    for finding in findings.take(shown) {
        annotation(&finding, out)?;
    }
    if all > shown {
        let more = all - shown;
        let text =
            format!("{more} more of this kind; the same command with `--format text` shows them");
        note(severity.as_str(), "hookwright", &text, out)?;
    }
    Ok(())
}

/// Writes one annotation that points nowhere.
pub(super) fn note(kind: &str, title: &str, text: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "::{kind} title={}::{}", property(title), message(text))
}

/// Writes one annotation, at its place where that is known.
fn annotation(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let Finding {
        rule,
        severity,
        environment: _, // The message names it.
        message: text,
        help,
        location,
        related: _,    // An annotation has one place.
        identity: _,   // Nothing is known again.
        stands_for: _, // Counted where it is shown.
    } = finding;
    let label = location.as_ref().map_or("", |location| &location.text);
    let mut text = text.clone();
    for part in [label, help.as_deref().unwrap_or_default()] {
        if !part.is_empty() {
            text.push('\n');
            text.push_str(part);
        }
    }
    write!(out, "::{} ", severity.as_str())?;
    if let Some(Location {
        path,
        start,
        end,
        text: _,
    }) = location
    {
        let path = property(path);
        write!(out, "file={path},line={},endLine={}", start.line, end.line)?;
        // Columns mean something within one line only.
        if start.line == end.line {
            let last = end.column.max(start.column + 1) - 1;
            write!(out, ",col={},endColumn={last}", start.column)?;
        }
        write!(out, ",")?;
    }
    let title = format!("{}: {}", rule.id(), rule.title());
    writeln!(out, "title={}::{}", property(&title), message(&text))
}

/// Escapes as `@actions/core` does (`escapeData`); what cannot be seen is written out, and older commands, which a runner
/// knows anywhere in a line, are taken apart.
fn message(text: &str) -> String {
    let lines = text.split('\n').map(|line| {
        let parts: Vec<_> = line.split('\r').map(clean).collect();
        parts.join("\r")
    });
    let seen = lines.collect::<Vec<_>>().join("\n");
    let escaped = seen
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A");
    without_commands(&escaped).into_owned()
}

/// Escapes as `@actions/core` does (`escapeProperty`).
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Code, Diagnostic, Source, Sources, Span};

    fn written(count: usize) -> String {
        let mut sources = Sources::default();
        let id = sources.add(Source::new("a,b:c%.yaml", "a: b\n"));
        let span = Span {
            source: id,
            start: 3,
            end: 4,
        };
        let one = Diagnostic::new(Code::InvalidUrl, span, "100%\r\nwrong: a, b").help("none");
        let diagnostics = vec![one; count];
        let given = Checked {
            diagnostics: &diagnostics,
            sources: &sources,
            environments: 1,
            webhooks: 1,
        };
        let mut out = Vec::new();
        checked(&given, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_would_end_a_command_is_escaped() {
        assert_eq!(
            written(1),
            "::error file=a%2Cb%3Ac%25.yaml,line=1,endLine=1,col=4,endColumn=4,\
             title=HW022%3A a URL is not valid::100%25%0D%0Awrong: a, b%0Anone\n\
             hookwright: 1 errors, 0 warnings\n"
        );
    }

    #[test]
    fn no_more_are_written_than_github_shows() {
        assert_eq!(written(10).matches("::error ").count(), 10);
        let many = written(25);
        assert_eq!(many.matches("::error ").count(), 10);
        assert!(many.contains("16 more of this kind"), "{many}");
    }
}
