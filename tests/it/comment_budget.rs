//! A comment on a pull request has a length. All environments share it: what each deletes and what is refused comes first, then
//! a fair part of the rest, and a note says of each what it leaves out.

use std::sync::Arc;

use hookwright::{report::markdown, run::PlannedEnvironment, saved::Origin};

use crate::reconciled::look;

/// What was made for this test alone.
fn whole(planned: Arc<PlannedEnvironment>) -> PlannedEnvironment {
    Arc::into_inner(planned).unwrap()
}

/// An environment that deletes two webhooks, creates others, and refuses nothing.
async fn environment(name: &str, creates: usize) -> PlannedEnvironment {
    let mut webhooks = "webhooks:\n".to_owned();
    for n in 0..creates {
        webhooks += &format!(
            "  new-{n}: {{ url: https://{name}.example.com/new/{n}, events: [order-created] }}\n"
        );
    }
    let gone = |n| {
        (
            format!("gone-{name}-{n}"),
            format!("https://{name}.example.com/gone/{n}"),
        )
    };
    let gone: Vec<(String, String)> = (0..2).map(gone).collect();
    let live: Vec<(&str, &str, &str)> = gone
        .iter()
        .map(|(name, url)| (name.as_str(), url.as_str(), "order-created"))
        .collect();
    whole(look(name, &webhooks, &live).await)
}

fn comment(planned: &[PlannedEnvironment], longest: usize) -> String {
    let mut text = Vec::new();
    markdown::plan(planned, &Origin::default(), longest, false, &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

/// How many of an environment's creates are shown.
fn shown(comment: &str, name: &str) -> usize {
    comment
        .matches(&format!("+ url        https://{name}.example.com/new/"))
        .count()
}

#[tokio::test]
async fn every_environment_shows_what_it_deletes_and_a_fair_part_of_the_rest() {
    // The first wants much, the second little, and the others something.
    let mut planned = vec![environment("a0", 200).await, environment("a1", 3).await];
    for n in 2..8 {
        planned.push(environment(&format!("a{n}"), 60).await);
    }
    let names: Vec<String> = (0..8).map(|n| format!("a{n}")).collect();
    for longest in [6_000, 12_000, 30_000, 65_536, 250_000] {
        let comment = comment(&planned, longest);
        assert!(comment.chars().count() <= longest, "{longest}");
        for name in &names {
            let said = format!("**2 webhooks of `{name}` would be deleted**");
            let will = format!("**2 webhooks of `{name}` will be deleted**");
            assert!(
                comment.contains(&said) || comment.contains(&will),
                "{longest} {name}\n{comment}"
            );
            for n in 0..2 {
                assert!(
                    comment.contains(&format!("- `gone-{name}-{n}`")),
                    "{longest} {name}"
                );
            }
        }
        // Whoever wants as much gets as much, and nobody who wants more gets less.
        let parts: Vec<usize> = names[2..]
            .iter()
            .map(|name| shown(&comment, name))
            .collect();
        let (least, most) = (parts.iter().min().unwrap(), parts.iter().max().unwrap());
        assert!(most - least <= 1, "{longest}: {parts:?}");
        assert!(shown(&comment, "a0") + 1 >= *most, "{longest}");
        if longest >= 30_000 {
            assert_eq!(shown(&comment, "a1"), 3, "{longest}");
        }
        // The note says of each what is not there.
        for (name, all) in names.iter().zip([202, 5, 62, 62, 62, 62, 62, 62]) {
            let deletes = comment.matches(&format!("@@ delete gone-{name}-")).count();
            let missing = all - deletes - shown(&comment, name);
            let (_, note) = comment.split_once("> Cut to ").unwrap_or_default();
            let operations = match missing {
                1 => "1 operation".to_owned(),
                n => format!("{n} operations"),
            };
            let said = note
                .split(", ")
                .any(|part| part.contains(&format!("of `{name}`")) && part.contains(&operations));
            assert_eq!(said, missing > 0, "{longest} {name}: {missing} of {note}");
        }
    }
}

/// What is folded in begins with what is deleted.
#[tokio::test]
async fn deletes_come_first() {
    let comment = comment(&[environment("a0", 3).await], 65_536);
    let places = [
        "@@ delete gone-a0-0",
        "@@ delete gone-a0-1",
        "@@ create new-0",
    ]
    .map(|part| {
        comment
            .find(part)
            .unwrap_or_else(|| panic!("{part}\n{comment}"))
    });
    assert!(places.is_sorted(), "{comment}");
}

/// Also where there are more environments than a comment has room for, each of those that is shown is shown as a whole.
#[tokio::test]
async fn many_environments_fit_in_their_order_of_danger() {
    let mut planned = Vec::new();
    for n in 0..150 {
        planned.push(whole(
            look(&format!("calm{n}"), "webhooks: {}\n", &[]).await,
        ));
    }
    planned.push(environment("prod", 5).await);
    for longest in [3_000, 10_000, 65_536] {
        let comment = comment(&planned, longest);
        assert!(comment.chars().count() <= longest, "{longest}");
        assert!(
            comment.contains("<tr><td><code>prod</code></td>"),
            "{longest}\n{comment}"
        );
        assert!(comment.contains("- `gone-prod-0`"), "{longest}\n{comment}");
        assert_eq!(
            comment.matches("<table>").count(),
            comment.matches("</table>").count()
        );
    }
}

#[tokio::test]
async fn webhooks_that_change_alike_are_one_block() {
    let mut webhooks = "webhooks:\n".to_owned();
    let mut live = Vec::new();
    for n in 0..60 {
        webhooks += &format!(
            "  hook-{n}: {{ url: https://new.example.com/{n}, moved_from: [https://old.example.com/{n}], events: [order-created] }}\n"
        );
        live.push((format!("hook-{n}"), format!("https://old.example.com/{n}")));
    }
    let live: Vec<(&str, &str, &str)> = live
        .iter()
        .map(|(name, url)| (name.as_str(), url.as_str(), "order-created"))
        .collect();
    let planned = [whole(look("sandbox", &webhooks, &live).await)];
    let together = comment(&planned, 65_536);
    assert!(
        together.contains("@@ update 60 webhooks: host old.example.com → new.example.com @@\n"),
        "{together}"
    );
    assert!(together.contains("hook-0, hook-1,"), "{together}");
    assert!(together.contains("and 10 more"), "{together}");
    let mut text = Vec::new();
    markdown::plan(&planned, &Origin::default(), 250_000, true, &mut text).unwrap();
    let expanded = String::from_utf8(text).unwrap();
    assert_eq!(expanded.matches("@@ update hook-").count(), 60);
}
