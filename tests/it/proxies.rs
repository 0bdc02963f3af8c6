//! Proxies that environment variables name, through the real binary.

use std::sync::{Arc, Mutex};

use crate::support::{
    Api, Workspace,
    proxy::{Listening, through},
    sandbox_manifest,
};

const WEBHOOKS: &str = "  orders: { url: https://h.example.com/, events: [order-created] }\n";

/// A manifest for an API that only a proxy can reach.
fn workspace(api: &Api) -> Workspace {
    let manifest = sandbox_manifest(WEBHOOKS).replace(
        "base_url: [API]",
        "base_url: http://api.example.test/v1/\n    allow_http: true",
    );
    api.workspace(&manifest)
}

#[test]
fn requests_go_through_the_proxy_with_its_password() {
    let api = Api::truv();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let simulator = through(api.simulator.clone(), Arc::new(|_, _| None));
    let asked = Arc::clone(&seen);
    let proxy = Listening::start(Arc::new(move |request| {
        let password = request.headers().get("proxy-authorization");
        let password = password.map(|value| value.to_str().unwrap().to_owned());
        asked
            .lock()
            .unwrap()
            .push((request.uri().to_string(), password));
        simulator(request)
    }));
    let url = format!("http://user:c4nary@{}", proxy.address);
    let run = workspace(&api)
        .env("http_proxy", &url)
        .env("NO_PROXY", "other.test")
        .run(&["plan", "-vvv"])
        .code(0);
    assert!(!run.shown().contains("c4nary"), "{}", run.shown());
    let seen = seen.lock().unwrap();
    assert!(
        seen[0].0.starts_with("http://api.example.test/v1/"),
        "{seen:?}"
    );
    // `user:c4nary` in Base64.
    assert_eq!(seen[0].1.as_deref(), Some("Basic dXNlcjpjNG5hcnk="));
}

#[test]
fn a_proxy_that_cannot_be_read_is_an_error_without_what_it_holds() {
    let api = Api::truv();
    let manifest = sandbox_manifest(WEBHOOKS);
    let mut shown = String::new();
    for (variable, value) in [
        ("HTTPS_PROXY", "http://user:c4nary@proxy.test:port"),
        ("http_proxy", "http://user:c4nary/1@proxy.test:3128"),
        ("ALL_PROXY", "ftp://user:c4nary@proxy.test"),
    ] {
        let workspace = api.workspace(&manifest).env(variable, value);
        for arguments in [
            &["plan"][..],
            &["apply", "--auto-approve"],
            &["drift"],
            &["history"],
        ] {
            let run = workspace.run(arguments).code(64);
            assert!(
                run.stderr.contains(&format!("`{variable}`")),
                "{}",
                run.shown()
            );
            assert!(!run.shown().contains("c4nary"), "{}", run.shown());
        }
        shown.push_str(&workspace.run(&["plan", "-vvv"]).code(64).stderr);
    }
    assert!(!shown.contains("c4nary"), "{shown}");
    assert_eq!(api.requests(), Vec::<String>::new());
    insta::assert_snapshot!(shown);
}
