//! What a run tells besides its output: a GitHub workflow's step, and a webhook of the user's own.

use std::{
    fs,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use hookwright::model::EnvType;
use http::{Request, Response};

use crate::support::{Api, Run, Workspace, proxy::Listening, sandbox_manifest};

const ORDERS: &str = "  orders:
    url: https://hooks.example.com/orders
    events: [order-created]
";
/// The secret part of the webhook's address.
const SECRET: &str = "T0C4NARY/b0c4nary";

/// A webhook that keeps what it is told.
struct Receiver {
    listening: Listening,
    told: Arc<Mutex<Vec<serde_json::Value>>>,
}

impl Receiver {
    /// Answers with these statuses, one after the other, and then with 200.
    fn start(statuses: &[u16]) -> Self {
        let told = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&told);
        let statuses = Mutex::new(statuses.to_vec());
        let script = move |request: Request<Bytes>| {
            assert_eq!(request.uri().path(), format!("/services/{SECRET}"));
            let document = serde_json::from_slice(request.body()).unwrap();
            kept.lock().unwrap().push(document);
            let mut statuses = statuses.lock().unwrap();
            let status = if statuses.is_empty() {
                200
            } else {
                statuses.remove(0)
            };
            let response = Response::builder()
                .status(status)
                .header("retry-after", "0");
            Ok(response.body(Bytes::new()).unwrap())
        };
        let listening = Listening::start(Arc::new(script));
        Self { listening, told }
    }

    fn url(&self) -> String {
        format!("http://{}/services/{SECRET}", self.listening.address)
    }

    /// What it was told since the last time.
    fn told(&self) -> Vec<serde_json::Value> {
        std::mem::take(&mut self.told.lock().unwrap())
    }
}

/// Runs it, and asserts that the address is not shown.
#[track_caller]
fn silent(workspace: &Workspace, arguments: &[&str]) -> Run {
    let run = workspace.run(arguments);
    let shown = run.shown().to_lowercase();
    assert!(!shown.contains("c4nary"), "{shown}");
    run
}

fn texts(told: &[serde_json::Value]) -> Vec<&str> {
    told.iter()
        .map(|one| one["text"].as_str().unwrap())
        .collect()
}

#[test]
fn changes_and_applied_changes_are_told_and_nothing_is_not() {
    let receiver = Receiver::start(&[]);
    let api = Api::truv();
    let workspace = api
        .workspace(&sandbox_manifest(ORDERS))
        .env("HOOKWRIGHT_NOTIFY_URL", &receiver.url())
        .env("GITHUB_REPOSITORY", "acme/hooks")
        .env("GITHUB_SHA", "c0ffee")
        .env("GITHUB_SERVER_URL", "https://github.com")
        .env("GITHUB_RUN_ID", "9");
    let _ = silent(&workspace, &["plan", "-vvv"]).code(0);
    let told = receiver.told();
    insta::assert_snapshot!(serde_json::to_string_pretty(&told).unwrap(), @r#"
    [
      {
        "text": "hookwright plan: changes. Plan: 1 to create, 0 to update, 0 to delete.",
        "blocks": [
          {
            "type": "section",
            "text": {
              "type": "mrkdwn",
              "text": "*hookwright plan: changes*\nPlan: 1 to create, 0 to update, 0 to delete."
            }
          },
          {
            "type": "context",
            "elements": [
              {
                "type": "mrkdwn",
                "text": "acme/hooks · commit c0ffee · <https://github.com/acme/hooks/actions/runs/9|log>"
              }
            ]
          }
        ]
      }
    ]
    "#);
    let _ = silent(&workspace, &["apply", "--auto-approve", "-vvv"]).code(0);
    let told = receiver.told();
    assert_eq!(
        texts(&told),
        ["hookwright apply: applied. Applied: 1 operation done."]
    );
    let _ = silent(&workspace, &["plan"]).code(0);
    let _ = silent(&workspace, &["apply", "--auto-approve"]).code(0);
    assert_eq!(receiver.told(), [0; 0]);
}

#[test]
fn failures_are_told_whatever_they_are() {
    let receiver = Receiver::start(&[]);
    let api = Api::truv();
    let workspace = api
        .workspace(&sandbox_manifest(ORDERS))
        .env("HOOKWRIGHT_NOTIFY_URL", &receiver.url())
        .env("TRUV_SANDBOX_SECRET", "sandbox-wrong");
    let _ = silent(&workspace, &["apply"]).code(3);
    let _ = silent(&workspace, &["apply", "--auto-approve"]).code(1);
    workspace.write("hookwright.yaml", "version: 2\n");
    let _ = silent(&workspace, &["plan"]).code(65);
    let told = receiver.told();
    insta::assert_snapshot!(texts(&told).join("\n"), @r#"
    hookwright apply: refused. there is no terminal to ask for approval; nothing was changed
    hookwright apply: failed. Plan: 0 to create, 0 to update, 0 to delete. 1 environment could not be planned.
    hookwright plan: invalid. the manifest is not valid
    "#);
    let only = ["plan", "--notify-on", "changes"];
    let _ = silent(&workspace, &only).code(65);
    assert_eq!(receiver.told(), [0; 0]);
}

#[test]
fn notifications_that_fail_are_said_and_change_no_exit_code() {
    let receiver = Receiver::start(&[500, 429, 500, 404]);
    let api = Api::truv();
    let workspace = api
        .workspace(&sandbox_manifest(ORDERS))
        .env("HOOKWRIGHT_NOTIFY_URL", &receiver.url());
    let run = silent(&workspace, &["plan", "--detailed-exitcode"]).code(2);
    assert_eq!(receiver.told().len(), 3, "it is tried three times");
    insta::assert_snapshot!(run.stderr, @r#"
    error: the notification could not be delivered: it was answered with status 500
      hint: the run itself is not affected by that
    "#);
    let run = silent(&workspace, &["plan", "--detailed-exitcode"]).code(2);
    assert_eq!(receiver.told().len(), 1, "what is refused is not repeated");
    assert!(run.stderr.contains("status 404"), "{}", run.shown());
    let unreachable = receiver.url();
    drop(receiver);
    let run = [
        "plan",
        "--detailed-exitcode",
        "-vvv",
        "--notify-url",
        &unreachable,
    ];
    let run = silent(&workspace, &run).code(2);
    assert!(run.stderr.contains("no answer came"), "{}", run.shown());
}

#[test]
fn an_address_that_is_none_is_refused_without_being_shown() {
    let api = Api::truv();
    let workspace = api.workspace(&sandbox_manifest(ORDERS));
    for address in [
        "http://hooks.example.com/c4nary",
        "c4nary",
        "https://c4nary@h.example.com/",
    ] {
        let run = silent(&workspace, &["plan", "--notify-url", address]).code(64);
        assert!(
            run.stderr.contains("`--notify-url` cannot be used"),
            "{}",
            run.shown()
        );
    }
    assert_eq!(api.requests(), [""; 0]);
}

/// What a step of a workflow left behind.
struct Step {
    run: Run,
    summary: String,
    outputs: String,
}

fn step(workspace: Workspace, arguments: &[&str]) -> Step {
    let summary = workspace.write("summary.md", "before\n");
    let outputs = workspace.write("outputs", "");
    let workspace = workspace
        .env("GITHUB_STEP_SUMMARY", summary.to_str().unwrap())
        .env("GITHUB_OUTPUT", outputs.to_str().unwrap());
    let run = workspace.run(arguments);
    let read = |path| fs::read_to_string(path).unwrap();
    Step {
        run,
        summary: read(summary),
        outputs: unforeseen(&read(outputs)),
    }
}

/// Tokens are others each time.
fn unforeseen(text: &str) -> String {
    let mut text = text.to_owned();
    while let Some(at) = text.find("hookwright-") {
        let end = text[at + 11..].find(|c: char| !c.is_ascii_hexdigit());
        assert_eq!(end.unwrap_or(text.len() - at - 11), 32, "{text}");
        text.replace_range(at..at + 43, "[TOKEN]");
    }
    text
}

#[test]
fn a_step_gets_annotations_outputs_and_a_summary() {
    let api = Api::truv();
    let workspace = api.workspace(&sandbox_manifest(ORDERS));
    let Step {
        run,
        summary,
        outputs,
    } = step(workspace, &["plan", "--format", "github"]);
    insta::assert_snapshot!(unforeseen(&run.code(0).stdout), @r#"
    ::stop-commands::[TOKEN]
    + create

    sandbox  Truv sandbox at [API]
      + orders
          url       https://hooks.example.com/orders
          events    + order-created
          why       no live webhook has its URL, a former URL, or its name

      1 write request, no waiting at half of Truv's 300 a minute

    Plan: 1 to create, 0 to update, 0 to delete.
    ::[TOKEN]::
    ::notice title=hookwright::Plan: 1 to create, 0 to update, 0 to delete.
    "#);
    insta::assert_snapshot!(outputs, @r#"
    outcome=changes
    create=1
    update=0
    delete=0
    rotate=0
    summary<<[TOKEN]
    Plan: 1 to create, 0 to update, 0 to delete.
    [TOKEN]
    "#);
    assert!(summary.starts_with("before\n### Plan: 1 to create, 0 to update, 0 to delete."));
    let workspace = api.workspace(&sandbox_manifest(ORDERS));
    let arguments = ["apply", "--auto-approve", "--format", "github"];
    let Step {
        run,
        summary,
        outputs,
    } = step(workspace, &arguments);
    let run = run.code(0);
    assert!(
        run.stdout
            .ends_with("::notice title=hookwright::Applied: 1 operation done.\n")
    );
    assert!(
        outputs.starts_with("outcome=applied\ncreate=1\n"),
        "{outputs}"
    );
    insta::assert_snapshot!(summary, @r#"
    before
    ### Applied: 1 operation done.

    ```text
     sandbox
       + orders  applied
       listed again: what is live is what the manifest says
     
     Applied: 1 operation done.
    ```
    "#);
}

#[test]
fn a_step_that_fails_says_why() {
    let api = Api::truv();
    api.seed(EnvType::Sandbox, "old", "https://old.example.com/", &[]);
    let manifest = sandbox_manifest(ORDERS) + "removed: [old]\n";
    let refused = manifest.replace("webhooks:\n", "    limits: { max_deletes: 0 }\nwebhooks:\n");
    let arguments = ["plan", "--format", "github"];
    let Step { run, outputs, .. } = step(api.workspace(&refused), &arguments);
    let run = run.code(3);
    let (_, annotations) = run.stdout.rsplit_once("]::\n").unwrap_or(("", &run.stdout));
    let annotations = unforeseen(annotations);
    let (_, annotations) = annotations.rsplit_once("::[TOKEN]::\n").unwrap();
    insta::assert_snapshot!(annotations, @r#"
    ::error file=hookwright.yaml,line=3,endLine=3,col=3,endColumn=9,title=max-deletes%3A more webhooks would be deleted than may be::refused in sandbox: 1 webhook would be deleted, and `limits.max_deletes` is 0%0Acheck them, then run again with `--allow-deletes 1`, or raise `limits.max_deletes`
    ::error title=hookwright::Plan: 1 to create, 0 to update, 1 to delete. 1 environment refused.
    "#);
    assert!(outputs.starts_with("outcome=refused\n"), "{outputs}");
    let workspace = Workspace::with("version: 2\n");
    let Step { run, outputs, .. } = step(workspace, &arguments);
    assert!(run.code(65).stdout.ends_with("the manifest is not valid\n"));
    assert!(outputs.starts_with("outcome=invalid\n"), "{outputs}");
}

#[test]
fn a_name_that_is_a_workflow_command_is_shown_where_none_is_taken() {
    let api = Api::truv();
    let evil = "##[add-mask]x ::add-mask::evil";
    api.seed(
        EnvType::Sandbox,
        evil,
        "https://evil.example.com/",
        &["order-created"],
    );
    let workspace = api.workspace(&sandbox_manifest(ORDERS));
    let Step { run, .. } = step(workspace, &["plan", "--format", "github"]);
    let shown = unforeseen(&run.code(0).stdout);
    let (before, rest) = shown.split_once("::stop-commands::[TOKEN]\n").unwrap();
    let (within, after) = rest.split_once("::[TOKEN]::\n").unwrap();
    assert_eq!(before, "");
    assert!(within.contains("add-mask"), "{shown}");
    // There it stands within annotations alone, taken apart.
    for line in after.lines() {
        let is_ours = line.starts_with("::warning ") || line.starts_with("::notice ");
        assert!(is_ours && !line.contains("##["), "{shown}");
    }
}

#[test]
fn a_summary_that_cannot_be_written_is_said_and_changes_no_exit_code() {
    let api = Api::truv();
    let workspace = api
        .workspace(&sandbox_manifest(ORDERS))
        .env("GITHUB_STEP_SUMMARY", "absent/summary.md");
    let run = workspace.run(&["plan", "--format", "github"]).code(0);
    insta::assert_snapshot!(run.stderr, @r#"
    error: the summary of the step could not be delivered: failed to append to `absent/summary.md`: No such file or directory (os error 2)
      hint: the run itself is not affected by that
    "#);
}
