//! `history stats` and `history gaps`, from the provider and from an archive.

use hookwright::model::EnvType;
use serde_json::Value;

use crate::support::{
    Api, Run, Workspace,
    history::{Seeded, at, seed},
    pages::{assert_all_is_seen, browser, tags},
    sandbox_manifest,
};

const WEBHOOKS: &str = "  orders:
    url: https://hooks.example.com/orders
    events: [order-created, order-status-updated]
  links:
    url: https://hooks.example.com/links
    events: [link-connected, order-created]
";
const ORDERS: &str = "https://hooks.example.com/orders";
const LINKS: &str = "https://hooks.example.com/links";
const DAY: i64 = 24 * 60;

/// Live as declared, with some deliveries.
fn some(api: &Api) -> Workspace {
    let subscribed = ["order-created", "order-status-updated"];
    api.seed(EnvType::Sandbox, "orders", ORDERS, &subscribed);
    let links = ["link-connected", "order-created"];
    let links = api.seed(EnvType::Sandbox, "links", LINKS, &links);
    let longer_ago = at(40 * DAY);
    api.simulator
        .edit(&links, |webhook| {
            webhook.enabled = false;
            webhook.created_at = longer_ago;
        })
        .unwrap();
    for number in 0..30 {
        let status = if number % 10 == 0 { 502 } else { 200 };
        let moment = at(6 * DAY - number * 240);
        let order = format!("order-{number}");
        let one = Seeded::new(ORDERS, "order-created", moment, Some(status));
        seed(
            api,
            one.of("order_id", &order)
                .saying("<script>alert(1)</script>"),
        );
    }
    // The first of those that failed was sent again.
    let again = Seeded::new(ORDERS, "order-created", at(6 * DAY), Some(200));
    seed(api, again.of("order_id", "order-0"));
    let workspace = api.workspace(&sandbox_manifest(WEBHOOKS)).env("TZ", "UTC");
    // Times differ in each run, and have one width.
    [
        (6 * DAY - 10 * 240, "[11th, failed]  "),
        (6 * DAY - 29 * 240, "[30th]          "),
    ]
    .iter()
    .fold(workspace, |workspace, (minutes, shown)| {
        let text = at(*minutes).strftime("%Y-%m-%d %H:%M").to_string();
        workspace.redact(text, shown)
    })
}

/// Runs it at the provider, and on an archive of the same.
fn both(workspace: &Workspace, arguments: &[&str]) -> [Run; 2] {
    let sync = ["history", "sync", "--archive", "a.db", "--quiet"];
    let _ = workspace.run(&sync).code(0);
    let archived = [arguments, &["--archive", "a.db"]].concat();
    [workspace.run(arguments), workspace.run(&archived)].map(|run| run.code(0))
}

#[track_caller]
fn valid(document: &Value, schema: &str) {
    let schema = Workspace::new().run(&["schema", schema]).code(0).json();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(document)
        .map(|err| format!("{}: {err}", err.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}\n{document:#}");
}

#[test]
fn stats_show_what_came_what_failed_and_what_is_silent() {
    let api = Api::now();
    let workspace = some(&api);
    let run = workspace.run(&["history", "stats"]).code(0);
    // But for the head, which says when, and the bars, whose heights depend on the hour of the day.
    let text: Vec<&str> = run.stdout.lines().skip(1).collect();
    let bars = |sign: char| matches!(sign, '·' | '▁'..='█');
    assert_eq!(run.stdout.matches(bars).count(), 12, "{}", run.stdout);
    insta::assert_snapshot!(text.join("\n").replace(bars, "_"));
    for line in run.stdout.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn stats_of_an_archive_are_those_of_the_provider() {
    let api = Api::now();
    let workspace = some(&api);
    let stats = ["history", "stats", "--since", "7d", "--format", "json"];
    let [provider, archive] = both(&workspace, &stats).map(|run| run.json());
    for document in [&provider, &archive] {
        valid(document, "history-stats");
        let orders = &document["environments"][0]["webhooks"][1];
        assert_eq!(orders["webhook"], "orders");
        let counts = &orders["events"][0];
        assert_eq!(counts["deliveries"], 31);
        assert_eq!(counts["succeeded"], 28);
        assert_eq!(counts["failures"][0]["count"], 3);
        assert_eq!(counts["failures"][0]["status_code"], 502);
        assert_eq!(orders["silent"][0], "order-status-updated");
    }
    let total = |document: &Value| document["environments"][0]["webhooks"][1]["total"].clone();
    assert_eq!(total(&provider)["failures"], total(&archive)["failures"]);
    assert_eq!(
        total(&provider)["last_success"],
        total(&archive)["last_success"]
    );
    // The archive says that it does not know the last minutes.
    let missing = |document: &Value| document["environments"][0]["missing"].clone();
    assert_eq!(missing(&provider).as_array().unwrap().len(), 0);
    assert_eq!(missing(&archive).as_array().unwrap().len(), 1);
}

#[test]
fn the_page_needs_nothing_else_and_escapes_what_endpoints_say() {
    let api = Api::now();
    let workspace = some(&api);
    let page = workspace
        .run(&["history", "stats", "--format", "html", "--since", "60d"])
        .code(0)
        .stdout;
    assert!(page.starts_with("<!doctype html>"), "{page}");
    for part in [
        "<svg",
        "class=\"good\"",
        "class=\"bad\"",
        "Nothing is known of",
        "Silent.",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    for part in [
        "<script",
        "http-equiv=\"refresh\"",
        "src=",
        "href=\"http",
        "@import",
        "url(",
    ] {
        assert!(!page.contains(part), "{part}\n{page}");
    }
}

#[test]
fn the_page_begins_with_a_table_that_has_the_worst_first() {
    let api = Api::now();
    let workspace = some(&api);
    let page = workspace
        .run(&["history", "stats", "--format", "html", "--since", "60d"])
        .code(0)
        .stdout;
    let tags = tags(&page);
    let count = |name: &str| {
        tags.iter()
            .filter(|tag| tag.split(' ').next() == Some(name))
            .count()
    };
    assert_eq!(count("table"), count("caption"));
    let (_, overview) = page.split_once("<table class=\"overview").unwrap();
    let (overview, _) = overview.split_once("</table>").unwrap();
    let rows = overview.matches("<tr").count() - 1;
    assert_eq!(rows, page.matches("<article").count());
    // What is disabled gets nothing at all, and stands before what fails.
    let at = |part: &str| overview.find(part).unwrap();
    assert!(at(">disabled</span>") < at("class=\"worst\""), "{overview}");
    assert!(overview.contains("class=\"spark\""), "{overview}");
}

/// In a browser, on a phone and on a wide screen: nothing is cut off, and no two labels overlap.
#[test]
fn nothing_on_the_page_is_cut_off_or_overlaps() {
    let Some(browser) = browser() else {
        println!("passed over: there is no Chromium here");
        return;
    };
    let api = Api::now();
    let workspace = some(&api);
    let folder = tempfile::tempdir().unwrap();
    for since in ["7d", "60d"] {
        let page = workspace
            .run(&["history", "stats", "--format", "html", "--since", since])
            .code(0)
            .stdout;
        assert_all_is_seen(
            browser,
            folder.path(),
            &page,
            &format!("statistics-{since}"),
        );
    }
}

#[test]
fn gaps_are_the_events_that_no_later_delivery_made_up_for() {
    let api = Api::now();
    let workspace = some(&api);
    let gaps = ["history", "gaps", "--since", "10d", "--webhook", "orders"];
    for run in both(&workspace, &gaps) {
        let lines: Vec<Value> = run
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let objects: Vec<&str> = lines
            .iter()
            .map(|line| line["object_id"].as_str().unwrap())
            .collect();
        assert_eq!(objects, ["order-10", "order-20"], "{}", run.shown());
        assert_eq!(lines[0]["event_type"], "order-created");
        assert_eq!(lines[0]["object"], "order_id");
        assert_eq!(lines[0]["why"], "failed");
        assert_eq!(lines[0]["status_code"], 502);
        assert_eq!(lines[0]["webhook"], "orders");
        assert!(
            run.stderr.contains("sandbox: 2 events were lost"),
            "{}",
            run.shown()
        );
    }
}

#[test]
fn what_a_disabled_webhook_was_not_sent_is_a_gap_too() {
    let api = Api::now();
    let workspace = some(&api);
    let gaps = [
        "history",
        "gaps",
        "--since",
        "10d",
        "--webhook",
        "links",
        "--format",
        "json",
    ];
    let document = workspace.run(&gaps).code(0).json();
    valid(&document, "history-gaps");
    let events = document["environments"][0]["events"].as_array().unwrap();
    // Each order that the other webhook got; links subscribes to them as well.
    assert_eq!(events.len(), 30);
    assert!(events.iter().all(|event| event["why"] == "not-sent"));
    let later = [
        "history", "gaps", "--since", "10d", "--until", "9d", "--format", "json",
    ];
    let document = workspace.run(&later).code(0).json();
    assert_eq!(
        document["environments"][0]["events"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
}

#[test]
fn gaps_want_to_know_since_when() {
    let api = Api::now();
    let workspace = some(&api);
    let run = workspace.run(&["history", "gaps"]).code(64);
    assert!(run.stderr.contains("--since <TIME>"), "{}", run.shown());
    let run = workspace.run(&["history", "gaps", "--since", "1d", "--format", "csv"]);
    insta::assert_snapshot!(run.code(64).stderr, @"
    error: `history gaps` has no format `csv`
      hint: it has `text`, `json`, `jsonl`
    ");
}
