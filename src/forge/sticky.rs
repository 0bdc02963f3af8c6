//! What is written, given what is there. Pure.
//!
//! A comment of ours begins with a line that people do not see: its name, and the commit that it
//! speaks of.

use super::{Forge, response::Found};

/// Begins the first line of every comment of ours.
const MARKER: &str = "<!-- hookwright:comment name=";
/// The second line of a comment that says it is outdated.
const OUTDATED: &str = "<!-- hookwright:outdated -->";
/// Ends a text that does not fit.
const CUT: &str = "\n\n**The rest is cut off here: the forge takes no longer comments. The run's own log and files have all of it.**\n";

/// Which comment of a pull request it is, where there are several: letters, digits, `.`, `_`, `-`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommentName(String);

/// The text cannot be a comment's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` cannot name a comment: use up to 60 letters, digits, `.`, `_` and single `-`")]
pub struct InvalidCommentName(String);

impl CommentName {
    /// Takes a name.
    ///
    /// # Errors
    ///
    /// Characters that could end the hidden marker, or no character at all.
    pub fn new(text: &str) -> Result<Self, InvalidCommentName> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        // Two hyphens may not stand within an HTML comment.
        let is_name = (1..=60).contains(&text.len())
            && text.chars().all(allowed)
            && !text.contains("--")
            && !text.ends_with('-');
        if is_name {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidCommentName(text.chars().take(60).collect()))
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn marker(&self, commit: Option<&str>) -> String {
        let commit = commit.map_or_else(String::new, |commit| format!("commit={commit} "));
        format!("{MARKER}{} {commit}-->", self.0)
    }

    /// The commit in the marker, where the body begins with this name's marker.
    fn marked<'b>(&self, body: &'b str) -> Option<Option<&'b str>> {
        let first = body.lines().next().unwrap_or_default().trim_end();
        let rest = first.strip_prefix(MARKER)?.strip_prefix(&self.0)?;
        let rest = rest.strip_prefix(' ')?.strip_suffix("-->")?;
        Some(rest.trim().strip_prefix("commit="))
    }
}

/// What a comment is to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comment {
    /// This text.
    Text {
        /// The text, as Markdown.
        markdown: String,
        /// The commit it is of.
        commit: Option<String>,
    },
    /// That there is nothing to change.
    Nothing {
        /// The commit it is of.
        commit: Option<String>,
        /// Also where there is no comment yet.
        always: bool,
    },
    /// That what it says does not hold any longer.
    Outdated,
}

/// What was done about a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// There was none; now there is one.
    Created,
    /// It says something else now.
    Updated,
    /// It says what it is to say already.
    Unchanged,
    /// There is none, and nothing to say.
    NothingToSay,
    /// It speaks of the newest commit, and this run of an older one.
    NewerThere,
}

/// What is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Leave(Done),
    Create(String),
    Update(String),
}

/// Our comments of this name, the oldest first: by our user, and with the marker in the first line.
pub(super) fn ours(found: Vec<Found>, own: u64, name: &CommentName) -> Vec<Found> {
    let mut ours: Vec<Found> = found
        .into_iter()
        .filter(|one| one.author == own && name.marked(&one.body).is_some())
        .collect();
    ours.sort_by_key(|one| one.id);
    ours
}

/// Decides what is sent, for a pull request at the commit `head`.
pub(super) fn decide(
    comment: &Comment,
    name: &CommentName,
    existing: Option<&Found>,
    head: Option<&str>,
    forge: Forge,
) -> Act {
    let there = existing.map(|one| one.body.as_str());
    let (commit, markdown) = match comment {
        Comment::Outdated => return outdate(there),
        Comment::Nothing { always, .. } if !always && there.is_none() => {
            return Act::Leave(Done::NothingToSay);
        }
        Comment::Nothing { commit, .. } => (commit, "**hookwright**: nothing to change."),
        Comment::Text { commit, markdown } => (commit, markdown.as_str()),
    };
    let commit = commit.as_deref().filter(|text| is_commit(text));
    let behind = is_behind(commit, head);
    if behind && there.and_then(|body| name.marked(body)).flatten() == head {
        return Act::Leave(Done::NewerThere);
    }
    let mut body = name.marker(commit) + "\n";
    if behind {
        body.push_str(&warning(commit, head));
    }
    let room = forge.longest_comment().saturating_sub(length(&body));
    body.push_str(&fitting(markdown, room));
    match there {
        None => Act::Create(body),
        Some(there) if same(there, &body) => Act::Leave(Done::Unchanged),
        Some(_) => Act::Update(body),
    }
}

/// Whether a commit is known to be another than the one the pull request is at.
pub(super) fn is_behind(commit: Option<&str>, head: Option<&str>) -> bool {
    matches!((commit, head), (Some(commit), Some(head)) if commit != head)
}

/// What is there, with a warning before it.
fn outdate(there: Option<&str>) -> Act {
    let Some(there) = there else {
        return Act::Leave(Done::NothingToSay);
    };
    let (marker, rest) = there.split_once('\n').unwrap_or((there, ""));
    if rest.starts_with(OUTDATED) {
        return Act::Leave(Done::Unchanged);
    }
    let marker = marker.trim_end();
    Act::Update(format!("{marker}\n{}{rest}", warning(None, None)))
}

fn warning(commit: Option<&str>, head: Option<&str>) -> String {
    let why = match (commit, head) {
        (Some(commit), Some(head)) => format!(
            "It is of commit `{}`, and the newest is `{}`.",
            short(commit),
            short(head)
        ),
        _ => "Something has changed since.".to_owned(),
    };
    format!(
        "{OUTDATED}\n> [!WARNING]\n> **This plan is outdated.** {why} Do not approve by it.\n\n"
    )
}

fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}

/// What stands in the marker must not be able to end it.
fn is_commit(text: &str) -> bool {
    (7..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Forges change line ends, and drop blanks at the end.
fn same(one: &str, other: &str) -> bool {
    let lines = |text: &str| text.replace("\r\n", "\n").trim_end().to_owned();
    lines(one) == lines(other)
}

/// As forges may count: in UTF-16, where the rarest characters count twice.
fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// As many whole lines as there is room for, and what they opened, closed.
fn fitting(markdown: &str, room: usize) -> String {
    if length(markdown) <= room {
        return markdown.to_owned();
    }
    // What may have to be closed is as long as what opens it, at most.
    let room = room.saturating_sub(length(CUT) + 200);
    let mut kept = String::new();
    let mut used = 0;
    let mut fence: Option<&str> = None;
    let mut folded = 0_usize;
    for line in markdown.split_inclusive('\n') {
        used += length(line);
        if used > room || folded > 8 {
            break;
        }
        let ticks = ticks(line);
        match fence {
            Some(open) if ticks.len() >= open.len() => fence = None,
            None if ticks.len() >= 3 => fence = Some(ticks),
            Some(_) => {}
            None => {
                folded += line.matches("<details").count();
                folded = folded.saturating_sub(line.matches("</details>").count());
            }
        }
        kept.push_str(line);
    }
    if let Some(open) = fence {
        kept.push_str(&format!("\n{open}\n"));
    }
    kept.push_str(&"\n</details>\n".repeat(folded));
    kept.push_str(CUT);
    kept
}

/// The backticks that a line begins with.
fn ticks(line: &str) -> &str {
    let line = line.trim_start();
    let end = line.len() - line.trim_start_matches('`').len();
    &line[..end.min(40)]
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    const OLD: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    fn name() -> CommentName {
        CommentName::new("plan").unwrap()
    }

    fn text(markdown: &str, commit: &str) -> Comment {
        Comment::Text {
            markdown: markdown.to_owned(),
            commit: Some(commit.to_owned()),
        }
    }

    fn found(id: u64, author: u64, body: &str) -> Found {
        Found {
            id,
            author,
            body: body.to_owned(),
            url: None,
        }
    }

    fn act(comment: &Comment, there: Option<&str>) -> Act {
        let there = there.map(|body| found(1, 1, body));
        decide(comment, &name(), there.as_ref(), Some(HEAD), Forge::GitHub)
    }

    fn created(comment: &Comment) -> String {
        match act(comment, None) {
            Act::Create(body) => body,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_our_users_comments_with_the_marker_first_are_ours() {
        let body = created(&text("a plan", HEAD));
        let other = CommentName::new("plan-2").unwrap().marker(None);
        let ours = ours(
            vec![
                found(9, 1, &body),
                found(5, 1, &body),
                found(1, 2, &body),
                found(2, 1, &format!("> {body}")),
                found(3, 1, &format!("look:\n{body}")),
                found(4, 1, &other),
                found(6, 0, &body),
            ],
            1,
            &name(),
        );
        assert_eq!(ours.iter().map(|one| one.id).collect::<Vec<_>>(), [5, 9]);
    }

    #[test]
    fn nothing_is_said_of_nothing_unless_something_was_said_before() {
        let nothing = |always| Comment::Nothing {
            commit: Some(HEAD.to_owned()),
            always,
        };
        assert_eq!(act(&nothing(false), None), Act::Leave(Done::NothingToSay));
        assert!(matches!(act(&nothing(true), None), Act::Create(_)));
        let there = created(&text("a plan", OLD));
        let Act::Update(body) = act(&nothing(false), Some(&there)) else {
            panic!("it is not updated");
        };
        assert!(body.contains("nothing to change"), "{body}");
        assert!(!body.contains("a plan"), "{body}");
    }

    #[test]
    fn what_is_of_another_commit_says_so_and_never_replaces_what_is_newer() {
        let body = created(&text("a plan", OLD));
        assert!(body.contains("of commit `aaaaaaaaaaaa`, and the newest is `bbbbbbbbbbbb`"));
        let newer = created(&text("a newer plan", HEAD));
        assert!(!newer.contains("outdated"), "{newer}");
        assert_eq!(
            act(&text("a plan", OLD), Some(&newer)),
            Act::Leave(Done::NewerThere)
        );
        assert!(matches!(
            act(&text("a newer plan", HEAD), Some(&body)),
            Act::Update(_)
        ));
    }

    #[test]
    fn outdating_keeps_the_text_and_happens_once() {
        let body = created(&text("a plan", HEAD));
        let Act::Update(outdated) = act(&Comment::Outdated, Some(&body)) else {
            panic!("it is not updated");
        };
        assert!(outdated.contains("This plan is outdated"), "{outdated}");
        assert!(outdated.ends_with("a plan"), "{outdated}");
        assert_eq!(
            act(&Comment::Outdated, Some(&outdated)),
            Act::Leave(Done::Unchanged)
        );
        assert_eq!(
            act(&Comment::Outdated, None),
            Act::Leave(Done::NothingToSay)
        );
        // Still ours, and a new plan takes the warning away.
        assert_eq!(name().marked(&outdated), Some(Some(HEAD)));
        assert_eq!(
            act(&text("a plan", HEAD), Some(&outdated)),
            Act::Update(body)
        );
    }

    #[test]
    fn line_ends_that_a_forge_changed_are_no_difference() {
        let comment = text("a\nplan\n", HEAD);
        let there = created(&comment).trim_end().replace('\n', "\r\n");
        assert_eq!(act(&comment, Some(&there)), Act::Leave(Done::Unchanged));
    }

    #[test]
    fn a_text_that_does_not_fit_is_cut_between_lines_and_closed() {
        let line = "😀 a line of the plan\n";
        let long = format!(
            "<details>\n\n````diff\n{}````\n</details>\n",
            line.repeat(4000)
        );
        let body = created(&text(&long, HEAD));
        assert!(length(&body) <= Forge::GitHub.longest_comment());
        assert!(length(&body) > 60_000);
        let end: String = body.split_inclusive('\n').rev().take(7).collect();
        assert!(end.contains("````"), "{end}");
        assert!(body.contains("\n</details>\n\n\n**The rest is cut off here"));
        assert_eq!(body.matches("````").count(), 2);
    }

    #[test]
    fn names_cannot_end_the_marker() {
        for text in ["", "a b", "a--b", "a-", "-->", "ä", &"a".repeat(61)] {
            assert!(CommentName::new(text).is_err(), "{text}");
        }
        let body = created(&text("x", "--> <script>"));
        assert!(body.starts_with("<!-- hookwright:comment name=plan -->\n"));
    }
}
