//! What a plan would have done to the deliveries of a time: where reviewers look.

use hookwright::model::EnvType;
use jiff::SignedDuration;

use crate::support::{
    Api, Workspace,
    history::{Seeded, at, seed},
    sandbox_manifest,
};

const LOANS: &str = "https://loans.example.com/hook";
const OLD: &str = "https://old.example.com/hook";
const KEPT: &str = "https://kept.example.com/hook";
/// `loans` moves to another host, `old` goes, `new` gets what `kept` gets, too.
const WEBHOOKS: &str = "  loans:
    url: https://loans-2.example.com/hook
    events: [order-created]
  kept:
    url: https://kept.example.com/hook
    events: [order-status-updated]
  new:
    url: https://new.example.com/hook
    events: [order-status-updated]
removed: [old]
";

fn live(api: &Api) -> Workspace {
    api.seed(EnvType::Sandbox, "loans", LOANS, &["order-created"]);
    api.seed(EnvType::Sandbox, "old", OLD, &["task-status-updated"]);
    api.seed(EnvType::Sandbox, "kept", KEPT, &["order-status-updated"]);
    api.workspace(&sandbox_manifest(WEBHOOKS))
}

/// 1,000 to `loans`, all in one minute; 3 to `old`; 2 to `kept`, in two minutes.
fn history(api: &Api) {
    let hour = at(60);
    let minute = hour - SignedDuration::from_secs(hour.as_second().rem_euclid(60));
    for number in 0..1_000 {
        let moment = minute + SignedDuration::from_millis(number * 20);
        seed(api, Seeded::new(LOANS, "order-created", moment, Some(200)));
    }
    for days in 2..5 {
        let moment = at(days * 24 * 60);
        seed(
            api,
            Seeded::new(OLD, "task-status-updated", moment, Some(200)),
        );
    }
    for minutes in [90, 100] {
        let moment = at(minutes);
        seed(
            api,
            Seeded::new(KEPT, "order-status-updated", moment, Some(200)),
        );
    }
}

const PLAN: [&str; 5] = [
    "plan",
    "--with-history",
    "7d",
    "--allow-live-traffic",
    "--format",
];

fn plan(workspace: &Workspace, format: &'static str) -> String {
    let arguments: Vec<&str> = PLAN.into_iter().chain([format]).collect();
    workspace.run(&arguments).code(0).stdout
}

#[test]
fn reviewers_see_what_a_plan_would_have_done() {
    let api = Api::now();
    let workspace = live(&api);
    history(&api);
    let text = plan(&workspace, "text");
    let lines: Vec<&str> = text
        .lines()
        .skip_while(|line| !line.starts_with("Blast"))
        .collect();
    insta::assert_snapshot!("text", lines.join("\n"));
    let document: serde_json::Value = serde_json::from_str(&plan(&workspace, "json")).unwrap();
    let schema = hookwright::report::json::schemas().remove("plan").unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(validator.is_valid(&document), "{document:#}");
    let radius = &document["environments"][0]["blast_radius"];
    insta::assert_snapshot!("json", format!("{radius:#}"));
    let markdown = plan(&workspace, "markdown");
    assert!(markdown.contains("1,000 to another host"), "{markdown}");
    let comment = markdown
        .lines()
        .filter(|line| line.contains("Blast radius"))
        .count();
    assert_eq!(comment, 1);
    let html = plan(&workspace, "html");
    assert!(html.contains("class=\"bar would\""), "{html}");
    crate::support::pages::assert_accessible_and_alone(&html);
}

#[test]
fn what_is_not_known_is_never_zero() {
    let api = Api::now();
    let workspace = live(&api);
    let text = plan(&workspace, "text");
    assert!(
        text.contains("Blast radius: not known, as no delivery of the last 7 days is known."),
        "{text}"
    );
    // Without history nothing is said, and a rule that needs it refuses.
    let run = workspace.run(&["plan"]).code(0);
    assert!(!run.stdout.contains("Blast radius"), "{}", run.stdout);
}

#[test]
fn rules_see_the_blast_radius() {
    let api = Api::now();
    let _ = live(&api);
    let policies = "policies:
  few-lost:
    deny: blast_radius.lost > 2
    say: more than two deliveries would have been lost
";
    let workspace = api.workspace(&(sandbox_manifest(WEBHOOKS) + policies));
    history(&api);
    let run = workspace.run(&["plan", "--allow-live-traffic"]).code(3);
    assert!(run.stdout.contains("`lost` is not known"), "{}", run.stdout);
    let run = workspace
        .run(&["plan", "--allow-live-traffic", "--with-history", "7d"])
        .code(3);
    assert!(
        run.stdout.contains("more than two deliveries"),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains("cannot be"), "{}", run.stdout);
}

#[test]
fn an_archive_tells_the_same_as_the_provider() {
    let api = Api::now();
    let workspace = live(&api);
    history(&api);
    let _ = workspace
        .run(&["history", "sync", "--archive", "kept.db"])
        .code(0);
    let of = |arguments: &[&str]| {
        let plan = ["plan", "--format", "json", "--allow-live-traffic"];
        let arguments: Vec<&str> = plan.into_iter().chain(arguments.iter().copied()).collect();
        let mut document = workspace.run(&arguments).code(0).json();
        document["environments"][0]["blast_radius"].take()
    };
    let archived = of(&["--archive", "kept.db"]);
    let mut told = of(&["--with-history", "30d"]);
    assert_eq!(archived["lost"], 3);
    // What the archive has not fetched is said.
    told["unknown_seconds"] = archived["unknown_seconds"].clone();
    assert_eq!(archived, told);
    let run = workspace.run(&["plan", "--archive", "none.db"]).code(1);
    assert!(run.stderr.contains("none.db"), "{}", run.stderr);
}
