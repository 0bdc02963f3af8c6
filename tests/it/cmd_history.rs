//! `history`, through the real binary and real HTTP.

use crate::support::{
    Api, Workspace,
    history::{Seeded, at, seed},
    sandbox_manifest,
};

const WEBHOOKS: &str = "  orders:
    url: https://hooks.example.com/orders
    events: [order-created, order-status-updated]
    moved_from: [https://old.example.com/orders]
  links:
    url: https://hooks.example.com/links
    events: [link-connected]
";
const ORDERS: &str = "https://hooks.example.com/orders";
const FORMER: &str = "https://old.example.com/orders";
const LINKS: &str = "https://hooks.example.com/links";
const ELSEWHERE: &str = "https://elsewhere.example.com/";

/// Four deliveries, from three hours to one minute ago.
fn some(api: &Api) -> Workspace {
    let moments = [180, 90, 60, 1].map(at);
    let one = |url, event, number: usize, status| Seeded::new(url, event, moments[number], status);
    seed(
        api,
        one(FORMER, "order-created", 0, Some(200)).of("order_id", "order-1"),
    );
    seed(
        api,
        one(ORDERS, "order-status-updated", 1, Some(502))
            .of("order_id", "order-1")
            .saying("bad gateway, and \"more\""),
    );
    seed(
        api,
        one(LINKS, "link-connected", 2, None)
            .of("link_id", "link-1")
            .saying("timed out after 10 s"),
    );
    seed(
        api,
        one(ELSEWHERE, "link-connected", 3, Some(204)).of("link_id", "link-2"),
    );
    let workspace = api.workspace(&sandbox_manifest(WEBHOOKS)).env("TZ", "UTC");
    moments
        .iter()
        .zip(1..)
        .fold(workspace, |workspace, (at, n)| {
            let local = at.strftime("%Y-%m-%d %H:%M:%S").to_string();
            workspace
                .redact(at.to_string(), &format!("[{n}]"))
                .redact(local, &format!("{:<19}", format!("[{n}]")))
        })
}

/// What was asked of the history so far.
fn asked(api: &Api) -> Vec<String> {
    let mut asked = api.requests();
    asked.retain(|request| request.contains("webhook-requests"));
    asked
}

#[test]
fn a_table_shows_what_was_delivered_and_what_failed() {
    let api = Api::now();
    let workspace = some(&api);
    insta::assert_snapshot!(workspace.run(&["history"]).code(0).shown());
    assert_eq!(asked(&api), ["GET /v1/webhook-requests/?page_size=100 200"]);
}

#[test]
fn that_there_is_nothing_is_said() {
    let api = Api::now();
    let workspace = some(&api);
    let none = ["history", "--status", "418"];
    let run = workspace.run(&none).code(0);
    assert_eq!(run.stdout, "No deliveries.\n");
    let lines = [&none[..], &["--format", "jsonl"]].concat();
    assert_eq!(workspace.run(&lines).code(0).stdout, "");
}

#[test]
fn filters_are_pushed_down_where_the_provider_has_them() {
    let api = Api::now();
    let workspace = some(&api);
    let listed = |arguments: &[&str]| -> Vec<String> {
        let arguments = [&["history", "--format", "jsonl"], arguments].concat();
        let run = workspace.run(&arguments).code(0);
        let lines = run.stdout.lines();
        lines
            .map(|line| {
                let line: serde_json::Value = serde_json::from_str(line).unwrap();
                line["event_created_at"].as_str().unwrap().to_owned()
            })
            .collect()
    };
    // The newest first, as the simulator does it.
    assert_eq!(listed(&[]), ["[4]", "[3]", "[2]", "[1]"]);
    assert_eq!(listed(&["--event", "link-connected"]), ["[4]", "[3]"]);
    assert_eq!(listed(&["--status", "502"]), ["[2]"]);
    assert_eq!(listed(&["--since", "100m"]), ["[4]", "[3]", "[2]"]);
    let three = listed(&["--since", "100m", "--until", "30m", "--failed"]);
    assert_eq!(three, ["[3]", "[2]"]);
    let asked = asked(&api);
    for (asked, parameter) in asked[1..].iter().zip([
        "?event_type=link-connected&",
        "?status_code=502&",
        "?created_at__gte=",
        "&created_at__lte=",
    ]) {
        assert!(asked.contains(parameter), "{parameter}: {asked}");
    }
    // What it has not is filtered here.
    assert_eq!(listed(&["--event", "order-*"]), ["[2]", "[1]"]);
    assert_eq!(
        listed(&["--status", "none", "--status", "2xx"]),
        ["[4]", "[3]", "[1]"]
    );
    assert_eq!(listed(&["--webhook", "orders"]), ["[2]", "[1]"]);
    assert_eq!(listed(&["--url", "*elsewhere*"]), ["[4]"]);
    assert_eq!(listed(&["list", "--failed"]), ["[3]", "[2]"]);
}

#[test]
fn no_more_is_asked_for_than_the_limit_needs() {
    let api = Api::now();
    let workspace = some(&api);
    let run = workspace.run(&["history", "--limit", "2"]).code(0);
    assert_eq!(
        run.stdout.matches("link-connected").count(),
        2,
        "{}",
        run.shown()
    );
    assert!(
        run.stdout
            .contains("2 deliveries are shown, and there are more"),
        "{}",
        run.shown()
    );
    assert_eq!(asked(&api), ["GET /v1/webhook-requests/?page_size=2 200"]);
    // All pages, where all are wanted.
    let run = workspace.run(&["history", "--limit", "0", "--page-size", "3"]);
    assert_eq!(run.code(0).stdout.lines().count(), 7);
    assert_eq!(asked(&api).len(), 3);
}

#[test]
fn csv_has_a_head_and_no_formulas() {
    let api = Api::now();
    let workspace = some(&api);
    seed(
        &api,
        Seeded::new(ORDERS, "order-created", at(5), Some(500)).saying("=cmd|' /C calc'!A0"),
    );
    let run = workspace
        .run(&["history", "--format", "csv", "--failed"])
        .code(0);
    let mut lines = run.stdout.lines();
    insta::assert_snapshot!(lines.next().unwrap(), @"environment,webhook,webhook_id,event_type,event_created_at,status_code,error_message,webhook_url");
    assert!(lines.next().unwrap().contains(",500,'=cmd|' /C calc'!A0,"));
    insta::assert_snapshot!(lines.next().unwrap(), @"sandbox,links,00000000000000000000000000000002,link-connected,[3],,timed out after 10 s,https://hooks.example.com/links");
    insta::assert_snapshot!(lines.next().unwrap(), @r#"sandbox,orders,00000000000000000000000000000001,order-status-updated,[2],502,"bad gateway, and ""more""",https://hooks.example.com/orders"#);
    assert_eq!(lines.next(), None);
}

#[test]
fn payloads_are_shown_when_asked_for_and_revealed_when_insisted() {
    let api = Api::now();
    let workspace = some(&api);
    let first = |more: &[&str]| -> serde_json::Value {
        let list = ["history", "--format", "jsonl", "--event", "order-created"];
        let run = workspace.run(&[&list[..], more].concat()).code(0);
        serde_json::from_str(&run.stdout).unwrap()
    };
    assert!(first(&[]).get("webhook_payload").is_none());
    let masked = first(&["--payload"]);
    assert_eq!(masked["webhook_payload"]["order_id"], "•••");
    assert_eq!(masked["webhook_payload"]["status"], "pending");
    let revealed = first(&["--payload", "--reveal"]);
    assert_eq!(revealed["webhook_payload"]["order_id"], "order-1");
}

#[test]
fn json_is_one_document_with_its_schema() {
    let api = Api::now();
    let workspace = some(&api);
    let document = workspace
        .run(&[
            "history", "--format", "json", "--limit", "1", "--since", "60d",
        ])
        .code(0)
        .json();
    let schema = Workspace::new().run(&["schema", "history"]).code(0).json();
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(validator.is_valid(&document), "{document:#}");
    assert_eq!(document["outcome"], "nothing");
    let sandbox = &document["environments"][0];
    assert_eq!(sandbox["deliveries"].as_array().unwrap().len(), 1);
    assert_eq!(sandbox["more"], true);
    // The provider has forgotten what was 60 days ago.
    assert_eq!(sandbox["missing"].as_array().unwrap().len(), 1);
}

#[test]
fn wrong_usage_says_what_would_be_right() {
    let api = Api::now();
    let workspace = some(&api);
    let mut shown = String::new();
    for arguments in [
        &["history", "--webhook", "order"][..],
        &["history", "--status", "999"],
        &["history", "--since", "soon"],
        &["history", "--since", "1h", "--until", "2h"],
        &["history", "--format", "sarif"],
        &["history", "--follow", "--format", "json"],
        &["history", "--follow", "--until", "1h"],
        &["history", "--reveal"],
        &["history", "--payload", "--format", "csv"],
        &["history", "--failed", "list"],
        &["plan", "--format", "csv"],
    ] {
        let run = workspace.run(arguments).code(64);
        shown.push_str(&format!(
            "$ hookwright {}\n{}\n",
            arguments.join(" "),
            run.stderr
        ));
    }
    insta::assert_snapshot!(shown);
    assert_eq!(asked(&api), [""; 0]);
    let run = workspace
        .run(&["history", "--event", "order-craeted"])
        .code(0);
    insta::assert_snapshot!(run.stderr, @"warning: no documented event type is `order-craeted`; did you mean `order-created`?");
}

#[test]
fn failure_names_what_came_back_and_what_to_do() {
    let api = Api::now_with(|builder| builder.fault("get:*=login-page".parse().unwrap()));
    let workspace = some(&api);
    insta::assert_snapshot!(workspace.run(&["history"]).code(1).shown());
    let document = workspace
        .run(&["history", "--format", "json"])
        .code(1)
        .json();
    assert_eq!(document["outcome"], "failed");
}

#[test]
fn secret_of_another_environment_is_not_used_to_read() {
    let api = Api::now();
    let manifest = sandbox_manifest(WEBHOOKS).replace("TRUV_SANDBOX_SECRET", "TRUV_PROD_SECRET");
    let workspace = api.workspace(&manifest);
    insta::assert_snapshot!(workspace.run(&["history"]).code(3).shown());
    assert_eq!(api.requests(), [""; 0]);
}

#[cfg(unix)]
#[test]
fn follows_what_comes() {
    use std::io::{BufRead, BufReader};

    let api = Api::now();
    let workspace = some(&api);
    let mut child = workspace
        .command(&[
            "history",
            "--follow",
            "--interval",
            "20ms",
            "--format",
            "jsonl",
        ])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // Only what is yet to come. One record that is dated far in the future silences none of those behind it.
    for (number, minutes_ago) in [-1, -60 * 24, -1, -1].into_iter().enumerate() {
        // The program may start only now, and shows nothing from before.
        let id = format!("order-{number}");
        let moment = at(minutes_ago);
        let record = Seeded::new(ORDERS, "order-created", moment, Some(200)).of("order_id", &id);
        seed(&api, record);
        let line: serde_json::Value =
            serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        assert_eq!(line["event_type"], "order-created");
        assert_eq!(line["webhook"], "orders");
    }
    child.kill().unwrap();
    child.wait().unwrap();
}
