//! The receivers that the documentation shows: each takes what the provider signs, and refuses what it does not.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use crate::support::{SANDBOX_SECRET, Workspace, tools::tool};

const PAGE: &str = "docs/receivers.md";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The program in this language that the page shows.
fn shown(language: &str) -> String {
    let page = fs::read_to_string(root().join(PAGE)).unwrap();
    let fence = format!("```{language}\n");
    let (_, rest) = page.split_once(&fence).expect("the page has this language");
    rest.split_once("```").unwrap().0.to_owned()
}

/// A receiver that is running, and ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// A port that nobody listens on.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Starts a receiver, and waits until it takes connections.
fn start(mut program: Command, port: u16) -> Running {
    let child = program
        .env("PORT", port.to_string())
        .env("ACCESS_SECRET", SANDBOX_SECRET)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut running = Running(child);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        let ended = running.0.try_wait().unwrap();
        assert!(ended.is_none(), "the receiver ended: {ended:?}");
        thread::park_timeout(Duration::from_millis(20));
    }
    running
}

/// Runs `hookwright test` against a receiver.
#[track_caller]
fn passes(program: Command) {
    let port = free_port();
    let _running = start(program, port);
    let workspace = Workspace::with(&format!(
        "version: 1
environments:
  sandbox:
    provider: truv
    credentials: {{ client_id: \"${{env:TRUV_CLIENT_ID}}\", access_secret: \"${{env:TRUV_SANDBOX_SECRET}}\" }}
webhooks:
  orders: {{ url: \"http://127.0.0.1:{port}/hook\", events: [order-created] }}
"
    ));
    let run = workspace
        .run(&["test", "orders", "--allow-private"])
        .code(0);
    // One event with the right signature, and one with a wrong one.
    assert!(
        run.stdout.contains("204") && run.stdout.contains("401"),
        "{}",
        run.shown()
    );
}

/// Writes the program that the page shows into a file, and runs it.
fn run_shown(language: &str, interpreter: &str, before: &[&str], file: &str) {
    let Some(mut program) = tool(interpreter) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(file);
    fs::write(&path, shown(language)).unwrap();
    program.args(before).arg(path);
    passes(program);
}

#[test]
fn in_python() {
    run_shown("python", "python3", &[], "receiver.py");
}

#[test]
fn in_node() {
    run_shown("js", "node", &[], "receiver.mjs");
}

#[test]
fn in_go() {
    run_shown("go", "go", &["run"], "receiver.go");
}

#[test]
fn in_rust() {
    let example = fs::read_to_string(root().join("examples/receiver.rs")).unwrap();
    let (_, code) = example.split_once("\n\n").unwrap();
    assert_eq!(
        shown("rust"),
        code,
        "{PAGE} shows another program than the example"
    );
    // Examples are built beside the program.
    let program = Path::new(env!("CARGO_BIN_EXE_hookwright")).with_file_name("examples");
    let program = program.join("receiver");
    // `cargo test --test it` alone builds no example.
    if !program.is_file() {
        println!("passed over: the example is not built");
        return;
    }
    passes(Command::new(program));
}
