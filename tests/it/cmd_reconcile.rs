//! `reconcile`: the service, as real processes against a real server.

mod copies;
mod faults;
mod http;
mod manifest;
mod notified;
mod once;
mod rounds;
mod secrets;
mod shown;

use serde_json::Value;

use crate::support::{Api, Workspace, process::Running, sandbox_manifest};

const ORDERS: &str =
    "  orders:\n    url: https://hooks.example.com/orders\n    events: [order-created]\n";
const LINKS: &str =
    "  links:\n    url: https://hooks.example.com/links\n    events: [link-connected]\n";

/// A manifest of one environment, of which the service does this.
fn declared(reconcile: &str, webhooks: &str) -> String {
    let keys = format!("    reconcile: {{ interval: 1s, {reconcile} }}\nwebhooks:\n");
    sandbox_manifest(webhooks).replacen("webhooks:\n", &keys, 1)
}

/// The same, which the service applies.
fn applied(webhooks: &str) -> String {
    let keys = "    lock: { file: sandbox.lock }\n    reconcile:";
    declared("mode: apply", webhooks).replacen("    reconcile:", keys, 1)
}

/// A service that runs until it is stopped.
struct Service(Running);

impl Service {
    fn start(workspace: &Workspace, arguments: &[&str]) -> Self {
        let always = [
            "reconcile",
            "--log-format",
            "json",
            "--listen",
            "127.0.0.1:0",
        ];
        let command = workspace.command(&[&always, arguments].concat());
        Self(Running::start(command))
    }

    /// Waits until a condition has come to have this reason, and gives its message.
    #[track_caller]
    fn wait_for(&mut self, condition: &str) -> String {
        self.wait_for_event("condition", condition)
    }

    /// Waits for a line of the log, and gives its message.
    #[track_caller]
    fn wait_for_event(&mut self, event: &str, text: &str) -> String {
        let is_it = |line: &str| {
            let message = message(line, event);
            message.is_some_and(|message| message.contains(text))
        };
        let line = self.0.wait_until(text, is_it);
        message(&line, event).unwrap()
    }

    /// Waits until it listens, and gives its address.
    #[track_caller]
    fn address(&mut self) -> String {
        let message = self.wait_for_event("listening", "http://");
        let from = message.find("http://").unwrap() + "http://".len();
        message[from..].trim_end_matches('/').to_owned()
    }

    /// Stops it as a supervisor does, and gives what it has said on standard error.
    #[track_caller]
    fn stop(self) -> String {
        self.0.signal(rustix::process::Signal::TERM);
        let (code, _, stderr) = self.0.finish();
        assert_eq!(code, Some(0), "{stderr}");
        stderr
    }
}

/// The message of a line of the log, where it is of this event.
fn message(line: &str, event: &str) -> Option<String> {
    let line: Value = serde_json::from_str(line).ok()?;
    (line["event"] == event).then(|| line["message"].as_str().map(str::to_owned))?
}

fn with_state(workspace: &Workspace) -> Service {
    Service::start(
        workspace,
        &["--state", "state.json", "--audit-log", "audit.log"],
    )
}

fn api() -> Api {
    Api::truv()
}

/// The documentation lists every reason that there is.
#[test]
fn the_table_of_conditions_is_fresh() {
    use hookwright::reconcile::Reason;
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reconcile.md");
    let page = std::fs::read_to_string(path).unwrap();
    let mut table = "| condition | status | reason | means |\n|---|---|---|---|\n".to_owned();
    for reason in Reason::ALL {
        let (kind, status) = (reason.kind().as_str(), reason.verdict().as_str());
        table += &format!(
            "| `{kind}` | {status} | `{}` | {} |\n",
            reason.as_str(),
            reason.means()
        );
    }
    let (before, rest) = page.split_once("<!-- conditions -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- end of conditions -->").unwrap();
    let fresh = format!("{before}<!-- conditions -->\n{table}<!-- end of conditions -->{after}");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, &fresh).unwrap();
    }
    assert!(
        page == fresh || std::env::var_os("BLESS").is_some(),
        "run with BLESS=1 to write it"
    );
}
