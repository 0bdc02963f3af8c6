//! Lines that the runner of a job would take for a command.
//!
//! A runner reads what a step prints. A name, an error message or a comment that is somebody else's
//! text must not end a step's log, mask values in it or make up annotations.

use std::borrow::Cow;

/// `text` without a command in it. Where there is one, its second character is written as JSON writes
/// it, so that JSON stays the same document.
///
/// Commands are lines that begin with `::` (GitHub), `##[`, `##vso[` and the like anywhere in a line
/// (GitHub, Azure Pipelines, TeamCity), and the marks of GitLab's sections. To GitHub's runner a
/// carriage return ends a line too, and what stands before `::` may be any white space.
///
/// <https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs>
/// <https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections>
pub fn without_commands(text: &str) -> Cow<'_, str> {
    let mut harmless = String::new();
    let mut copied = 0;
    for at in commands(text) {
        let mut rest = text[at..].chars();
        let first = rest.next().unwrap_or_default();
        let second = rest.next().unwrap_or_default();
        harmless.push_str(&text[copied..at]);
        harmless.push(first);
        harmless.push_str(&format!("\\u{:04x}", u32::from(second)));
        copied = at + first.len_utf8() + second.len_utf8();
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    harmless.push_str(&text[copied..]);
    Cow::Owned(harmless)
}

/// Where commands begin.
fn commands(text: &str) -> Vec<usize> {
    let starts = text
        .match_indices("::")
        .map(|(at, _)| at)
        .filter(|at| begins_line(&text[..*at]));
    let hashes = text.match_indices('#').map(|(at, _)| at);
    let hashes = hashes.filter(|at| text[at + 1..].strip_prefix('#').is_some_and(is_bracketed));
    let sections = ["section_start:", "section_end:"].into_iter();
    let sections = sections.flat_map(|mark| {
        let found = text.match_indices(mark);
        found.filter_map(move |(at, _)| {
            let rest = &text.as_bytes()[at + mark.len()..];
            rest.first()?.is_ascii_digit().then_some(at)
        })
    });
    let mut all: Vec<usize> = starts.chain(hashes).chain(sections).collect();
    all.sort_unstable();
    all
}

/// Whether only white space stands between the beginning of a line and the end of `before`.
fn begins_line(before: &str) -> bool {
    let indent = before.trim_end_matches(|c: char| c.is_whitespace() && !matches!(c, '\n' | '\r'));
    indent.is_empty() || indent.ends_with(['\n', '\r'])
}

/// Whether `[` follows, or a word and `[`.
fn is_bracketed(rest: &str) -> bool {
    rest.trim_start_matches(|c: char| c.is_ascii_alphabetic())
        .starts_with('[')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_of_every_runner_are_taken_apart() {
        for (text, harmless) in [
            ("::error::x", ":\\u003aerror::x"),
            ("a\n \u{a0}::error::x", "a\n \u{a0}:\\u003aerror::x"),
            ("a\r::stop-commands::x", "a\r:\\u003astop-commands::x"),
            ("see ##[error]x", "see #\\u0023[error]x"),
            ("##vso[task.setvariable]", "#\\u0023vso[task.setvariable]"),
            ("##teamcity[message]", "#\\u0023teamcity[message]"),
            ("a section_start:1:b", "a s\\u0065ction_start:1:b"),
            (":::x", ":\\u003a:x"),
        ] {
            assert_eq!(without_commands(text), harmless);
        }
    }

    #[test]
    fn other_text_stays_as_it_is() {
        for text in [
            "https://h.example.com/a::b",
            "hookwright::model",
            "## Heading",
            "### `a` [link]",
            "section_start: a",
            "\"::error::x\"",
        ] {
            assert!(matches!(without_commands(text), Cow::Borrowed(_)), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_line_begins_a_command(text in "[:# \\r\\n\\[a]{0,40}") {
            let harmless = without_commands(&text);
            for line in harmless.split(['\n', '\r']) {
                proptest::prop_assert!(!line.trim_start().starts_with("::"), "{line:?}");
                proptest::prop_assert!(!line.contains("##["), "{line:?}");
            }
        }
    }
}
