//! A secret is a value, not a spelling: it is masked however somebody else writes it, where it is the
//! former one, and where nobody declared it.

use bytes::Bytes;
use hookwright::model::EnvType;
use http::Response;
use serde_json::json;

use crate::support::{Api, CLIENT_ID, Run, Workspace, sandbox_manifest};

/// Where nothing of its own is declared.
const NONE: &str = "  {}\n";

const FORMATS: [&[&str]; 6] = [
    &["plan"],
    &["plan", "--format", "json", "-vvv"],
    &["plan", "--format", "markdown"],
    &["plan", "--format", "html"],
    &["plan", "--out", "saved.plan"],
    &["drift"],
];

/// What runs show in all formats, and all files that they leave behind.
fn shown_by(workspace: &Workspace, commands: &[&[&str]]) -> String {
    let mut shown = String::new();
    for arguments in commands {
        let Run { stdout, stderr, .. } = workspace.run(arguments);
        shown.push_str(&format!("{arguments:?}\n{stdout}{stderr}"));
    }
    for (path, content) in workspace.files() {
        if !path.ends_with("hookwright.yaml") {
            shown.push_str(&String::from_utf8_lossy(&content));
        }
    }
    shown
}

#[test]
fn the_former_value_of_a_secret_is_masked_where_the_present_one_is_declared() {
    for (declared, live) in [
        (
            "https://h.example.com/in/${env:TOKEN}",
            "https://h.example.com/in/former77",
        ),
        (
            "https://h.example.com/in?t=${env:TOKEN}&x=1",
            "https://h.example.com/in?t=former77&x=1",
        ),
        (
            "https://h.example.com/in?t=${env:TOKEN}",
            "https://old.example.com/in?t=former77",
        ),
        (
            "https://${env:TOKEN}.example.com/in",
            "https://former77.example.com/in",
        ),
        ("${env:TOKEN}", "https://former77.example.com/in"),
    ] {
        let api = Api::truv();
        let _ = api.seed(EnvType::Sandbox, "loans", live, &["order-created"]);
        let webhook = format!("  loans: {{ url: \"{declared}\", events: [order-created] }}\n");
        let present = if declared == "${env:TOKEN}" {
            "https://present88.example.com/"
        } else {
            "present88"
        };
        let workspace = api
            .workspace(&sandbox_manifest(&webhook))
            .env("TOKEN", present);
        let shown = shown_by(&workspace, &FORMATS);
        for secret in ["former77", "present88"] {
            assert!(!shown.contains(secret), "{declared}: {shown}");
        }
        assert!(shown.contains("1 to update"), "{shown}");
    }
}

#[test]
fn a_token_that_nobody_declared_is_masked_everywhere() {
    let token = "T0kenThatNobodyDeclared1";
    let api = Api::now();
    let webhook = "  loans: { url: \"https://h.example.com/orders\", events: [order-created] }\n";
    let workspace = api.workspace(&sandbox_manifest(webhook));
    let url = format!("https://u:{token}@h.example.com/orders?token={token}");
    let _ = api.seed(EnvType::Sandbox, "other", &url, &["order-created"]);
    let record = hookwright::simulator::DeliveryRecord {
        webhook_id: "record".to_owned(),
        event_type: "order-created".to_owned(),
        event_created_at: jiff::Timestamp::now() - jiff::SignedDuration::from_mins(30),
        status_code: Some(502),
        error_message: Some(format!("no route to {url}")),
        webhook_payload: json!({}),
        webhook_url: url.clone(),
    };
    let stored = api
        .simulator
        .record_delivery(CLIENT_ID, EnvType::Sandbox, record);
    stored.unwrap();
    let others: [&[&str]; 8] = [
        &["plan", "--prune"],
        &["history"],
        &["history", "--format", "json"],
        &["history", "--format", "csv"],
        &["history", "sync", "--archive", "a.db"],
        &["history", "--archive", "a.db", "--format", "jsonl"],
        &["history", "stats", "--archive", "a.db", "--format", "html"],
        &["plan", "--prune", "--with-history", "1d"],
    ];
    let shown = shown_by(&workspace, &[&FORMATS[..], &others].concat());
    assert!(!shown.contains(token), "{shown}");
    // What is no secret in it stays.
    assert!(
        shown.contains("https://u:•••@h.example.com/orders?token=•••"),
        "{shown}"
    );
}

#[test]
fn what_the_manifest_has_in_clear_text_is_shown_as_declared() {
    let url = "https://h.example.com/orders?token=T0kenInClearText";
    let api = Api::truv();
    let webhook = format!(
        "  loans: {{ url: \"https://h.example.com/new\", moved_from: [\"{url}\"], events: [order-created] }}\n"
    );
    let workspace = api.workspace(&sandbox_manifest(&webhook));
    let _ = api.seed(EnvType::Sandbox, "other", url, &["order-created"]);
    let shown = workspace.run(&["plan"]).code(0).stdout;
    assert!(shown.contains(&format!("- {url}\n")), "{shown}");
}

#[test]
fn passwords_in_foreign_urls_are_not_shown() {
    let to = "https://user:pa55word-of-somebody@elsewhere.example/v1/webhooks/?cursor=1";
    let page = json!({"next": to, "previous": null, "results": []}).to_string();
    let answers = [
        (302, Some(to), String::new()),
        (302, Some(&to[6..]), String::new()),
        (200, None, page),
        (403, None, format!("sign in at {to}")),
    ];
    for (status, location, body) in answers {
        let location = location.map(str::to_owned);
        let api = Api::meddled(move |_, _| {
            let mut response = Response::new(Bytes::from(body.clone()));
            *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
            if let Some(location) = &location {
                response
                    .headers_mut()
                    .insert("location", location.parse().unwrap());
            }
            Some(response)
        });
        let workspace = api.workspace(&sandbox_manifest(NONE));
        let shown = shown_by(&workspace, &FORMATS);
        assert!(!shown.contains("pa55word"), "{shown}");
        assert!(shown.contains("elsewhere.example"), "{shown}");
    }
}

#[test]
fn no_line_begins_a_command_of_a_job() {
    let api = Api::now();
    let workspace = api.workspace(&sandbox_manifest(NONE));
    let error = "no\n::add-mask::e\r::error::made up\r\n\u{a0}::stop-commands::x ##[error]y\n\
                 ##vso[task.complete]z\nsection_start:1:a\r\u{1b}[0K";
    for text in [error, "=1+1", "\t@SUM(1)"] {
        let record = hookwright::simulator::DeliveryRecord {
            webhook_id: text.to_owned(),
            event_type: "order-created".to_owned(),
            event_created_at: jiff::Timestamp::now() - jiff::SignedDuration::from_mins(30),
            status_code: Some(500),
            error_message: Some(text.to_owned()),
            webhook_payload: json!({ "text": text }),
            webhook_url: format!("https://h.example.com/{text}"),
        };
        let stored = api
            .simulator
            .record_delivery(CLIENT_ID, EnvType::Sandbox, record);
        stored.unwrap();
    }
    let seed = hookwright::simulator::WebhookSeed::new(
        error,
        "https://h.example.com/a",
        ["order-created"],
    );
    api.simulator
        .seed(CLIENT_ID, EnvType::Sandbox, seed)
        .unwrap();
    for format in ["text", "json", "jsonl", "csv"] {
        let mut arguments = vec!["history", "--format", format];
        if format != "csv" {
            arguments.extend(["--payload", "--reveal"]);
        }
        let run = workspace.run(&arguments).code(0);
        harmless(&run);
        if format == "csv" {
            // One line for each delivery, and no cell that a spreadsheet computes.
            assert_eq!(run.stdout.lines().count(), 4, "{}", run.stdout);
            assert!(!run.stdout.contains(",="), "{}", run.stdout);
            assert!(run.stdout.contains(",'=1+1,"), "{}", run.stdout);
        }
    }
    for arguments in FORMATS {
        harmless(&workspace.run(arguments));
    }
}

#[track_caller]
fn harmless(run: &Run) {
    let Run { stdout, stderr, .. } = run;
    for line in stdout.split(['\n', '\r']).chain(stderr.split(['\n', '\r'])) {
        assert!(!line.trim_start().starts_with("::"), "{line:?}");
        assert!(
            !line.contains("##[") && !line.contains("##vso["),
            "{line:?}"
        );
        assert!(!line.contains("section_start:1"), "{line:?}");
    }
}

#[test]
fn no_help_shows_the_value_of_a_variable() {
    // The reference is held to the command line by a test of its own.
    let table = include_str!("../../docs/environment-variables.md");
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `"));
    let names = rows.filter_map(|row| row.split('`').next());
    let variables: Vec<&str> = names
        .filter(|name| name.starts_with("HOOKWRIGHT_"))
        .collect();
    let full = variables.iter().fold(Workspace::new(), |workspace, name| {
        workspace.env(name, "c4nary")
    });
    let commands = include_str!("../../docs/commands.md");
    let commands = commands.lines().filter_map(|line| line.strip_prefix("## "));
    let mut looked = 0;
    for command in commands
        .filter(|command| *command != "Global flags")
        .chain([""])
    {
        let words: Vec<&str> = command.split_whitespace().collect();
        // Without values a run shows the same as with all of them.
        for flag in ["-h", "--help"] {
            let shown = full.run(&[&words[..], &[flag]].concat()).shown();
            assert!(!shown.contains("c4nary"), "{shown}");
            looked += 1;
        }
    }
    assert!(looked > 50, "{looked}");
    assert!(variables.len() > 40, "{variables:?}");
}

#[test]
fn no_default_is_advised_for_a_secret() {
    let manifest = sandbox_manifest("  loans: { url: \"https://h.example.com/${env:HOOK_TOKEN}/${env:PLACE}\", events: [order-created] }\n")
        .replace("TRUV_SANDBOX_SECRET", "UNSET").replace("[API]", "simulator");
    let shown = Workspace::with(&manifest).run(&["plan"]).code(65).stderr;
    assert_eq!(
        shown.matches("a secret has no default").count(),
        2,
        "{shown}"
    );
    assert_eq!(shown.matches("or give a default").count(), 1, "{shown}");
}
