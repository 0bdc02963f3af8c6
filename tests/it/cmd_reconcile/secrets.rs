//! No secret is in anything that the service shows, keeps or tells.

use std::{io::Read as _, net::TcpStream};

use hookwright::model::EnvType;

use super::{Service, api, applied};
use crate::support::SANDBOX_SECRET;

const CANARIES: [&str; 3] = ["c4nary-in-the-url", "c4nary-that-is-shared", SANDBOX_SECRET];

#[test]
fn canaries_are_nowhere() {
    let api = api();
    let webhooks = "  orders:\n    url: https://hooks.example.com/${env:PATH_SECRET}/orders\n    events: [order-created]\n";
    let workspace = api
        .workspace(&applied(webhooks))
        .env("PATH_SECRET", "c4nary-in-the-url");
    workspace.write("secret", "c4nary-that-is-shared");
    std::fs::create_dir(workspace.path().join("kept")).unwrap();
    let mut service = Service::start(
        &workspace,
        &[
            "--state",
            "kept/state.json",
            "--audit-log",
            "kept/audit.log",
            "--shared-secret-file",
            "secret",
        ],
    );
    let address = service.address();
    service.wait_for("InSync is true (InSync)");
    let id = api
        .simulator
        .webhooks(crate::support::CLIENT_ID, EnvType::Sandbox)[0]
        .id
        .clone();
    api.simulator.remove(&id).unwrap();
    while api.live(EnvType::Sandbox).is_empty() {
        std::thread::yield_now();
    }
    let mut shown = Vec::new();
    for path in [
        "/",
        "/metrics",
        "/api/v1/environments",
        "/api/v1/environments/sandbox",
    ] {
        let mut stream = TcpStream::connect(&address).unwrap();
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        shown.push((path.to_owned(), answer));
    }
    shown.push(("standard error".to_owned(), service.stop()));
    for (path, bytes) in workspace.files() {
        let path = path.display().to_string();
        if path.contains("kept") {
            shown.push((path, String::from_utf8(bytes).unwrap()));
        }
    }
    assert_eq!(
        shown.len(),
        4 + 1 + 3,
        "{:?}",
        shown.iter().map(|(what, _)| what).collect::<Vec<_>>()
    );
    for (what, text) in shown {
        for canary in CANARIES {
            assert!(!text.contains(canary), "{canary} is in {what}:\n{text}");
        }
    }
}
