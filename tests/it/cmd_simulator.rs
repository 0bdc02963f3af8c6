//! `simulator`: a provider's API on a port.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Stdio},
};

use crate::support::{Workspace, sandbox_manifest};

const ORDERS: &str = "  orders:
    url: https://hooks.example.com/orders
    events: [order-created]
";

/// A simulator that runs until it is dropped.
pub(crate) struct Running {
    child: Child,
    pub(crate) base_url: String,
}

impl Running {
    pub(crate) fn start(workspace: &Workspace, arguments: &[&str]) -> Self {
        let all = ["simulator", "--listen", "127.0.0.1:0", "--format", "json"];
        let mut child = workspace
            .command(&[&all, arguments].concat())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let document: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert!(
            line.starts_with("{\"format_version\":1,\"outcome\":"),
            "{line}"
        );
        let base_url = document["base_url"].as_str().unwrap().to_owned();
        Self { child, base_url }
    }

    fn manifest(&self) -> String {
        sandbox_manifest(ORDERS).replace("[API]", &self.base_url)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn serves_the_api_until_it_is_stopped_and_keeps_its_state() {
    let workspace = Workspace::new();
    {
        let simulator = Running::start(&workspace, &["--state", "state.jsonl"]);
        workspace.write("hookwright.yaml", simulator.manifest());
        let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    }
    let simulator = Running::start(&workspace, &["--state", "state.jsonl"]);
    workspace.write("hookwright.yaml", simulator.manifest());
    let _ = workspace.run(&["plan", "--detailed-exitcode"]).code(0);
}

#[cfg(unix)]
#[test]
fn ends_well_on_the_signals_that_ask_for_it() {
    use rustix::process::{Pid, Signal, kill_process};

    for signal in [Signal::INT, Signal::TERM] {
        let mut simulator = Running::start(&Workspace::new(), &[]);
        kill_process(Pid::from_child(&simulator.child), signal).unwrap();
        assert_eq!(
            simulator.child.wait().unwrap().code(),
            Some(0),
            "{signal:?}"
        );
    }
}

#[test]
fn faults_quirks_and_limits_are_set_on_the_command_line() {
    let workspace = Workspace::new();
    let flags = [
        "--fault",
        "post:1=reset-after",
        "--quirk",
        "id-shape=hex,enabled=absent",
    ];
    let simulator = Running::start(&workspace, &flags);
    workspace.write("hookwright.yaml", simulator.manifest());
    let run = workspace.run(&["apply", "--auto-approve"]).code(0);
    assert!(
        run.stdout.contains("the answer was lost"),
        "{}",
        run.shown()
    );
}

#[test]
fn other_provider_is_served_on_demand() {
    let workspace = Workspace::new();
    let simulator = Running::start(&workspace, &["--provider", "transcrypts"]);
    let manifest = simulator
        .manifest()
        .replace(
            "provider: truv",
            "provider: transcrypts\n    env_type: development",
        )
        .replace("order-created", "instant-verification-completed")
        .replace("TRUV_SANDBOX_SECRET", "TRUV_DEV_SECRET");
    workspace.write("hookwright.yaml", manifest);
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
}

#[test]
fn address_in_use_is_a_failure_with_a_way_out() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let workspace = Workspace::new().redact(&address, "[ADDRESS]");
    let run = workspace.run(&["simulator", "--listen", &address]).code(1);
    assert!(
        run.stderr
            .starts_with("error: failed to listen on [ADDRESS]: "),
        "{}",
        run.shown()
    );
    assert!(
        run.stderr
            .contains("hint: name another address with `--listen`")
    );
}

#[test]
fn state_of_another_provider_is_left_as_it_is() {
    let workspace = Workspace::new();
    drop(Running::start(&workspace, &["--state", "state.jsonl"]));
    let flags = [
        "simulator",
        "--listen",
        "127.0.0.1:0",
        "--state",
        "state.jsonl",
    ];
    let run = workspace.run(&[&flags[..], &["--provider", "transcrypts"]].concat());
    insta::assert_snapshot!(run.code(1).shown(), @"
    exit 1
    ----- stdout -----
    ----- stderr -----
    error: `state.jsonl` holds the state of provider `truv`, not of `transcrypts`: use another state file
    ");
}
