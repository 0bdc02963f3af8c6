//! TLS through the real binary: own authorities, client certificates, and what is wrong with either.

use crate::support::{
    Api, Workspace,
    proxy::{AUTHORITY, CLIENT, SERVER},
};

const TLS: &str = "    ca_file: tls/authority.pem
    client_certificate: tls/client.pem
    client_key: ${env:KEY_FILE}
";

/// The manifest in a folder below, so that relative paths are relative to it.
fn workspace(api: &Api, tls: &str) -> Workspace {
    let orders = "  orders: { url: https://h.example.com/, events: [order-created] }\n";
    let manifest = crate::support::sandbox_manifest(orders)
        .replace("webhooks:\n", &format!("{tls}webhooks:\n"))
        .replace("[API]", &api.base_url());
    let workspace = Workspace::new()
        .env("KEY_FILE", "tls/client.pem")
        .env("HOOKWRIGHT_FILE", "team/hooks.yaml")
        .redact(api.base_url(), "[API]");
    workspace.write("team/hooks.yaml", manifest);
    workspace.write("team/tls/authority.pem", AUTHORITY);
    workspace.write("team/tls/client.pem", CLIENT);
    workspace
}

#[test]
fn an_api_with_mutual_tls_is_applied_to() {
    let api = Api::over_tls();
    let workspace = workspace(&api, TLS);
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    let _ = workspace.run(&["plan", "--detailed-exitcode"]).code(0);
    assert_eq!(api.count("POST"), 1);
}

#[test]
fn certificate_and_key_can_be_in_one_file_or_two() {
    let api = Api::over_tls();
    let workspace = workspace(&api, TLS).env("KEY_FILE", "tls/client.key");
    let both = std::str::from_utf8(CLIENT).unwrap();
    let key = both.find("-----BEGIN PRIVATE KEY").unwrap();
    workspace.write("team/tls/client.pem", &both[..key]);
    workspace.write("team/tls/client.key", &both[key..]);
    let _ = workspace.run(&["plan"]).code(0);
}

#[test]
fn a_server_or_a_client_that_is_not_trusted_ends_the_run() {
    let api = Api::over_tls();
    let without_authority = TLS.replace("    ca_file: tls/authority.pem\n", "");
    let run = workspace(&api, &without_authority).run(&["plan"]).code(1);
    assert!(run.stdout.contains("unreachable"), "{}", run.shown());
    let run = workspace(&api, "    ca_file: tls/authority.pem\n")
        .run(&["plan"])
        .code(1);
    assert!(run.stdout.contains("GET /v1/webhooks/"), "{}", run.shown());
    assert_eq!(api.requests(), Vec::<String>::new());
}

#[test]
fn validate_reads_no_file_of_tls() {
    let api = Api::over_tls();
    let missing = TLS.replace("tls/", "nowhere/");
    let _ = workspace(&api, &missing).run(&["validate"]).code(0);
}

#[test]
fn what_is_wrong_with_a_file_is_said_with_its_key() {
    let api = Api::over_tls();
    let workspace = workspace(&api, &TLS.replace("${env:KEY_FILE}", "tls/secret.key"));
    workspace.write("team/tls/authority.pem", "c4nary");
    workspace.write(
        "team/tls/secret.key",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nc4nary\n-----END ENCRYPTED PRIVATE KEY-----\n",
    );
    workspace.write("team/tls/client.pem", "");
    std::fs::remove_file(workspace.path().join("team/tls/client.pem")).unwrap();
    let run = workspace.run(&["plan"]).code(65);
    assert!(!run.shown().contains("c4nary"), "{}", run.shown());
    insta::assert_snapshot!(run.shown());
}

#[test]
fn what_cannot_be_used_is_said_with_its_key_and_its_environment() {
    let api = Api::over_tls();
    let workspace = workspace(&api, TLS);
    let broken = |label: &str| format!("-----BEGIN {label}-----\nc4na\n-----END {label}-----\n");
    let mut shown = String::new();
    for (file, content) in [
        ("authority.pem", broken("CERTIFICATE").into_bytes()),
        (
            "client.pem",
            [broken("CERTIFICATE"), broken("PRIVATE KEY")]
                .concat()
                .into_bytes(),
        ),
    ] {
        let path = format!("team/tls/{file}");
        let was = std::fs::read(workspace.path().join(&path)).unwrap();
        workspace.write(&path, content);
        shown.push_str(&workspace.run(&["plan"]).code(65).stderr);
        workspace.write(&path, was);
    }
    let other = workspace.env("KEY_FILE", "tls/server.pem");
    other.write("team/tls/server.pem", SERVER);
    shown.push_str(&other.run(&["plan"]).code(65).stderr);
    other.write("team/tls/server.pem", broken("PRIVATE KEY"));
    shown.push_str(&other.run(&["plan", "--format", "json"]).code(65).stderr);
    assert!(!shown.contains("c4na"), "{shown}");
    assert_eq!(api.requests(), Vec::<String>::new());
    insta::assert_snapshot!(shown);
}

#[test]
fn a_certificate_needs_its_key_and_the_other_way_round() {
    for (present, absent) in [
        ("client_certificate", "client_key"),
        ("client_key", "client_certificate"),
    ] {
        let api = Api::over_tls();
        let run = workspace(&api, &format!("    {present}: tls/client.pem\n"))
            .run(&["validate"])
            .code(65);
        let said = format!("`{present}` needs the key `{absent}` beside it");
        assert!(run.stdout.contains(&said), "{}", run.shown());
    }
}

#[test]
fn files_are_taken_as_other_systems_write_them() {
    let text = |pem: &[u8]| String::from_utf8(pem.to_vec()).unwrap();
    let (authority, client) = (text(AUTHORITY), text(CLIENT));
    let key = client.find("-----BEGIN PRIVATE KEY").unwrap();
    let (certificate, key) = client.split_at(key);
    for (what, chain) in [
        ("leaf first", [certificate, &authority].concat()),
        ("reversed", [&authority, certificate].concat()),
        (
            "in the middle",
            [&authority, certificate, &authority].concat(),
        ),
    ] {
        for (before, line_end) in [
            ("", "\n"),
            ("\u{feff}", "\n"),
            ("\u{feff}", "\r\n"),
            ("", "\r"),
        ] {
            let api = Api::over_tls();
            let workspace = workspace(&api, TLS).env("KEY_FILE", "tls/client.key");
            let as_written = |pem: &str| {
                let begin = "-----BEGIN";
                let pem = pem.replace(begin, &format!("{before}{begin}"));
                pem.replace('\n', line_end)
            };
            workspace.write("team/tls/authority.pem", as_written(&authority));
            workspace.write("team/tls/client.pem", as_written(&chain));
            workspace.write("team/tls/client.key", as_written(key));
            let run = workspace.run(&["plan"]);
            assert_eq!(run.code, 0, "{what}, {line_end:?}: {}", run.shown());
        }
    }
}

#[test]
fn what_tls_refuses_for_good_is_tried_once() {
    use std::{io::Write, net::TcpListener, sync::mpsc, thread};
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/v1/", listener.local_addr().unwrap());
    let (counted, connections) = mpsc::channel();
    // No TLS at all; it ends with the process.
    thread::spawn(move || {
        for stream in listener.incoming() {
            counted.send(()).unwrap();
            stream
                .unwrap()
                .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                .ok();
        }
    });
    let api = Api::over_tls();
    let workspace = workspace(&api, TLS);
    let manifest = std::fs::read_to_string(workspace.path().join("team/hooks.yaml")).unwrap();
    workspace.write("team/hooks.yaml", manifest.replace(&api.base_url(), &url));
    let run = workspace.run(&["plan"]).code(1);
    assert!(run.stdout.contains("unreachable"), "{}", run.shown());
    assert_eq!(connections.try_iter().count(), 1, "{}", run.shown());
}
