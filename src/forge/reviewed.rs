//! Who wrote a pull request, and who approved it as it is. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Forge, response::head};

/// A pull request, as far as those who review it are concerned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reviewed {
    /// Who wrote it: their name at the forge.
    pub author: Option<String>,
    /// Who approved it as it is now, each once, without its author; by name.
    pub approvers: Vec<String>,
    /// Its labels, in the forge's order.
    pub labels: Vec<String>,
    /// The commit that it is at.
    pub head: Option<String>,
}

impl Reviewed {
    /// Reads GitHub's pull request and all its reviews, the oldest first.
    ///
    /// Of each reviewer, the last review that approves, asks for changes or was dismissed counts; it counts as an approval only where
    /// it is of the commit that the pull request is at.
    pub(super) fn at_github(pull_request: &Value, reviews: &[Value]) -> Self {
        let author = text(pull_request, "/user/login");
        let head = head(pull_request, Forge::GitHub).map(str::to_owned);
        let mut last: BTreeMap<String, bool> = BTreeMap::new();
        for review in reviews {
            let Some(who) = text(review, "/user/login") else {
                continue;
            };
            let is_of_head = head.is_some() && text(review, "/commit_id") == head;
            match review.get("state").and_then(Value::as_str) {
                Some("APPROVED") => {
                    last.insert(who, is_of_head);
                }
                Some("CHANGES_REQUESTED" | "DISMISSED") => {
                    last.insert(who, false);
                }
                _ => {}
            }
        }
        let approvers = last.into_iter().filter(|(_, approves)| *approves);
        Self {
            approvers: others(approvers.map(|(who, _)| who), author.as_deref()),
            labels: list(pull_request, "labels")
                .filter_map(|label| text(label, "/name"))
                .collect(),
            author,
            head,
        }
    }

    /// Reads GitLab's merge request and its approvals, which GitLab takes back as the project says.
    pub(super) fn at_gitlab(merge_request: &Value, approvals: &Value) -> Self {
        let author = text(merge_request, "/author/username");
        let by = list(approvals, "approved_by");
        let approvers = by.filter_map(|one| text(one, "/user/username"));
        let mut approvers = others(approvers, author.as_deref());
        approvers.sort();
        approvers.dedup();
        let labels = list(merge_request, "labels").filter_map(Value::as_str);
        Self {
            approvers,
            labels: labels.map(str::to_owned).collect(),
            author,
            head: head(merge_request, Forge::GitLab).map(str::to_owned),
        }
    }
}

/// Nobody approves what they wrote.
fn others(all: impl Iterator<Item = String>, author: Option<&str>) -> Vec<String> {
    all.filter(|who| Some(who.as_str()) != author).collect()
}

fn list<'v>(value: &'v Value, key: &'static str) -> impl Iterator<Item = &'v Value> {
    let all = value.get(key).and_then(Value::as_array);
    all.into_iter().flatten()
}

fn text(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn review(who: &str, state: &str, commit: &str) -> Value {
        json!({"user": {"login": who}, "state": state, "commit_id": commit})
    }

    #[test]
    fn an_approval_counts_for_the_commit_it_is_of_and_until_it_is_taken_back() {
        let pull_request = json!({
            "user": {"login": "ana"}, "head": {"sha": "b"},
            "labels": [{"name": "urgent"}, {"name": "prod"}],
        });
        let reviews = [
            review("ben", "APPROVED", "a"),
            review("cem", "APPROVED", "b"),
            review("dora", "APPROVED", "b"),
            review("dora", "CHANGES_REQUESTED", "b"),
            review("eve", "CHANGES_REQUESTED", "b"),
            review("eve", "APPROVED", "b"),
            review("eve", "COMMENTED", "b"),
            review("finn", "APPROVED", "b"),
            review("finn", "DISMISSED", "b"),
            review("gus", "COMMENTED", "b"),
            review("ana", "APPROVED", "b"),
            json!({"user": null, "state": "APPROVED", "commit_id": "b"}),
        ];
        let reviewed = Reviewed::at_github(&pull_request, &reviews);
        assert_eq!(reviewed.author.as_deref(), Some("ana"));
        assert_eq!(reviewed.approvers, ["cem", "eve"]);
        assert_eq!(reviewed.labels, ["urgent", "prod"]);
        let nowhere = Reviewed::at_github(
            &json!({}),
            &[json!({"user": {"login": "ben"}, "state": "APPROVED"})],
        );
        assert_eq!(nowhere, Reviewed::default());
    }

    #[test]
    fn gitlab_says_who_approves_now() {
        let merge_request = json!({
            "author": {"username": "ana"}, "labels": ["prod"], "sha": "b",
        });
        let approvals = json!({"approved_by": [
            {"user": {"username": "cem"}}, {"user": {"username": "ben"}},
            {"user": {"username": "ana"}}, {"user": {"username": "ben"}},
        ]});
        let reviewed = Reviewed::at_gitlab(&merge_request, &approvals);
        assert_eq!(reviewed.approvers, ["ben", "cem"]);
        assert_eq!(
            (reviewed.labels, reviewed.head.as_deref()),
            (vec!["prod".to_owned()], Some("b"))
        );
    }
}
