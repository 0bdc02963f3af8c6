//! What a run came to, for those who do not read its output: a GitHub workflow's summary, outputs and
//! annotations, and the document of a notification.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::{Checked, Finding, ShownPlan, github, human, markdown, words};
use crate::{
    diagnostic::Severity,
    plan::Action,
    run::{self, AppliedEnvironment, DriftedEnvironment, Outcome},
    saved::Origin,
};

/// The longest Markdown of a summary, in characters: GitHub takes 1 MiB for each step.
const LONGEST: usize = 250_000;

/// What a run came to.
#[derive(Clone, Debug)]
pub struct Announcement {
    /// In a word.
    pub outcome: Outcome,
    /// In a sentence or two.
    pub summary: String,
    /// How many operations of each kind there are, or were.
    pub counts: Option<[(Action, usize); 4]>,
    /// What is to be said at places of the manifest: what kept a plan from being applied, and what someone should know.
    pub findings: Vec<Finding>,
    /// All of it, as Markdown.
    pub markdown: String,
}

/// Where a run took place, as its CI system says.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// The repository.
    pub repository: Option<String>,
    /// The commit.
    pub commit: Option<String>,
    /// Where its log is.
    pub url: Option<String>,
}

impl Announcement {
    /// What planning came to.
    pub fn planned(shown: &ShownPlan<'_>) -> Self {
        let (planned, origin) = (shown.planned, &shown.origin);
        let count = |action| {
            let plans = planned.iter().filter_map(|one| one.result.plan());
            plans.map(|plan| plan.count(action)).sum()
        };
        Self {
            outcome: run::outcome(planned),
            summary: words::summary(planned),
            counts: Some(Action::ALL.map(|action| (action, count(action)))),
            findings: shown.findings(),
            markdown: rendered(|out| markdown::plan(planned, origin, LONGEST, false, out)),
        }
    }

    /// What looking for drift came to.
    pub fn drifted(drifted: &[DriftedEnvironment], origin: &Origin) -> Self {
        Self {
            outcome: DriftedEnvironment::worst(drifted),
            summary: words::drifted(drifted),
            counts: None,
            findings: Vec::new(),
            markdown: rendered(|out| markdown::drift(drifted, origin, LONGEST, out)),
        }
    }

    /// What applying came to; `text` is what people get to see of it, without colours.
    pub fn applied(applied: &[AppliedEnvironment], outcome: Outcome, text: &str) -> Self {
        let count = |action| applied.iter().map(|one| one.plan.count(action)).sum();
        Self {
            outcome,
            summary: human::applied_summary(applied),
            counts: Some(Action::ALL.map(|action| (action, count(action)))),
            findings: Vec::new(),
            markdown: rendered(|out| {
                markdown::applied(&human::applied_summary(applied), text, LONGEST, out)
            }),
        }
    }

    /// What a manifest that is not valid came to.
    pub fn invalid(checked: &Checked<'_>) -> Self {
        let found = checked.diagnostics.iter();
        let found = found.map(|one| Finding::of(one, checked.sources));
        Self {
            outcome: Outcome::Invalid,
            findings: found.collect(),
            ..Self::failed("the manifest is not valid")
        }
    }

    /// What an error came to.
    pub fn failed(error: &str) -> Self {
        Self {
            outcome: Outcome::Failed,
            summary: words::clean(error).into_owned(),
            counts: None,
            findings: Vec::new(),
            markdown: rendered(|out| markdown::failed(error, out)),
        }
    }
}

fn rendered(render: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> String {
    let mut out = Vec::new();
    // Memory takes whatever is written.
    render(&mut out).ok();
    String::from_utf8_lossy(&out).into_owned()
}

/// Writes the annotations of a workflow: what was refused, and the summary.
///
/// # Errors
///
/// Those of the writer.
pub fn annotations(announcement: &Announcement, out: &mut dyn Write) -> io::Result<()> {
    for severity in [Severity::Error, Severity::Warning] {
        let findings = announcement.findings.iter();
        let findings = findings.filter(|finding| finding.severity == severity);
        let all = findings.clone().map(|finding| finding.stands_for).sum();
        // One is the summary's.
        github::some(severity, findings.cloned(), all, github::MOST - 1, out)?;
    }
    let kind = if announcement.outcome.is_bad() {
        "error"
    } else {
        "notice"
    };
    github::note(kind, "hookwright", &announcement.summary, out)
}

/// Writes what a step's outputs are to be, as lines for the file that GITHUB_OUTPUT names. `delimiter`
/// must not occur in a value.
///
/// # Errors
///
/// Those of the writer.
pub fn outputs(
    announcement: &Announcement,
    delimiter: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "outcome={}", announcement.outcome.as_str())?;
    for (action, count) in announcement.counts.iter().flatten() {
        writeln!(out, "{}={count}", action.as_str())?;
    }
    writeln!(
        out,
        "summary<<{delimiter}\n{}\n{delimiter}",
        announcement.summary
    )
}

/// The document of a notification, as Slack and what is compatible with it take it.
pub fn notification(announcement: &Announcement, verb: &str, place: &Place) -> Value {
    let head = format!("hookwright {verb}: {}", announcement.outcome.as_str());
    let summary: String = announcement.summary.chars().take(2000).collect();
    let Place {
        repository,
        commit,
        url,
    } = place;
    let mut about = Vec::new();
    about.extend(repository.as_deref().map(mrkdwn));
    about.extend(commit.iter().map(|it| format!("commit {}", mrkdwn(it))));
    about.extend(url.iter().map(|it| format!("<{}|log>", mrkdwn(it))));
    let text = format!("*{}*\n{}", mrkdwn(&head), mrkdwn(&summary));
    let mut blocks = vec![json!({
        "type": "section",
        "text": { "type": "mrkdwn", "text": text },
    })];
    if !about.is_empty() {
        blocks.push(json!({
            "type": "context",
            "elements": [{ "type": "mrkdwn", "text": about.join(" · ") }],
        }));
    }
    json!({ "text": mrkdwn(&format!("{head}. {summary}")), "blocks": blocks })
}

/// The three characters by which Slack tells markup, mentions and links from text.
fn mrkdwn(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_a_line_ends_no_output_and_no_annotation() {
        let announcement = Announcement {
            summary: "100%\nevil=1\r\n::set-output::".to_owned(),
            counts: Some(Action::ALL.map(|action| (action, 1))),
            ..Announcement::failed("")
        };
        let text = rendered(|out| outputs(&announcement, "END", out));
        assert_eq!(
            text,
            "outcome=failed\ncreate=1\nupdate=1\ndelete=1\nrotate=1\n\
             summary<<END\n100%\nevil=1\r\n::set-output::\nEND\n"
        );
        let text = rendered(|out| annotations(&announcement, out));
        assert_eq!(
            text,
            "::error title=hookwright::100%25%0Aevil=1%0D%0A::set-output::\n"
        );
    }

    #[test]
    fn notifications_mention_nobody() {
        let announcement = Announcement {
            summary: "<!channel> & <https://evil.test|here>".to_owned(),
            ..Announcement::failed("")
        };
        let place = Place {
            repository: Some("acme/hooks".to_owned()),
            commit: None,
            url: Some("https://github.com/acme/hooks/actions/runs/1".to_owned()),
        };
        let document = notification(&announcement, "plan", &place).to_string();
        assert!(!document.contains("<!channel>"), "{document}");
        assert!(
            document.contains("&lt;!channel&gt; &amp; &lt;https"),
            "{document}"
        );
        assert!(document.contains("<https://github.com/acme/hooks/actions/runs/1|log>"));
    }
}
