//! What is checked is what is sent: ids, URLs, names and redirects, through the real binary.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use hookwright::model::EnvType;
use http::{Method, Response};

use crate::support::{
    Api, Workspace,
    receiver::{Receiver, redirect},
    sandbox_manifest,
};

const RENAMED: &str = "  new: { url: \"https://hooks.example.com/a\", events: [order-created] }\n";

/// An API whose list has one webhook with this id, as JSON, and the paths of the writes that came.
fn api_with_id(id: &str) -> (Api, Arc<Mutex<Vec<String>>>) {
    let writes = Arc::new(Mutex::new(Vec::new()));
    let list = format!(
        r#"{{"next": null, "results": [{{"id": {id}, "name": "old", "env_type": "sandbox", "enabled": true,
        "webhook_url": "https://hooks.example.com/a", "events": ["order-created"]}}]}}"#
    );
    let seen = Arc::clone(&writes);
    let api = Api::meddled(move |request, _| {
        if request.method() != Method::GET {
            let path = request.uri().path().to_owned();
            seen.lock().unwrap().push(path);
        } else if request.uri().path() == "/v1/webhooks/" {
            return Some(Response::new(Bytes::from(list.clone())));
        }
        None
    });
    (api, writes)
}

#[test]
fn large_numbers_as_ids_keep_their_digits() {
    for id in [
        "12345678901234567890123",
        "18446744073709551616",
        "-9223372036854775809",
        "9007199254740993",
        "7",
    ] {
        let (api, writes) = api_with_id(id);
        let _ = api
            .workspace(&sandbox_manifest(RENAMED))
            .run(&["apply", "--auto-approve"]);
        let writes = writes.lock().unwrap();
        assert!(!writes.is_empty(), "{id}");
        for path in &*writes {
            assert_eq!(*path, format!("/v1/webhooks/{id}/"));
        }
    }
}

#[test]
fn ids_that_would_mean_another_resource_or_number_are_refused() {
    for (id, said) in [
        (
            r#""../webhook-requests""#,
            "`../webhook-requests` cannot be a webhook's id",
        ),
        (r#""a?b""#, "`a?b` cannot be a webhook's id"),
        (r#""a#b""#, "`a#b` cannot be a webhook's id"),
        (r#""..%2Fa""#, "`..%2Fa` cannot be a webhook's id"),
        (r#""..\tb""#, "cannot be a webhook's id"),
        (r#"" ""#, "has no id that can be read"),
        (r#""""#, "has no id that can be read"),
        ("1.5", "has no id that can be read"),
        ("1e3", "has no id that can be read"),
        ("12345678901234567890.0", "has no id that can be read"),
    ] {
        let (api, writes) = api_with_id(id);
        let run = api
            .workspace(&sandbox_manifest(RENAMED))
            .run(&["apply", "--auto-approve"])
            .code(1);
        let shown = run.shown().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(shown.contains(said), "{id}: {shown}");
        assert!(writes.lock().unwrap().is_empty(), "{id}");
    }
}

/// Spellings of one URL that programs read differently, in the quotes of YAML.
const ODD: &[&str] = &[
    r"https://h.example.com\\@evil.test/in",
    r"https:\\\\h.example.com/in",
    "https:h.example.com/in",
    "https:///h.example.com/in",
    r"https://h.exa\tmple.com/in",
    " https://h.example.com/in",
    "https://h.ex%61mple.com/in",
    "https://ｈ.example.com/in",
    "https://h。example.com/in",
    r"https://h.exam\u200bple.com/in",
    r"\ufeffhttps://h.example.com/in",
    "https://h.example.com./in",
    "https://h..example.com/in",
    "https://0x7f.1/in",
    "https://2130706433/in",
    "https://h.example.com:/in",
    "https://@h.example.com/in",
    "https://h.example.com/a/../in",
];

/// What is said of a manifest in which one place has such a text.
#[track_caller]
fn refused_at(place: &str, text: &str, manifest: &str) {
    let workspace = Workspace::with(manifest);
    let run = workspace.run(&["validate", "--format", "json"]).code(65);
    let document = run.json();
    let all = document["diagnostics"].as_array().unwrap();
    assert!(
        all.iter()
            .any(|one| one["code"] == "HW022" || one["code"] == "HW010"),
        "{place} {text}: {}",
        run.shown()
    );
}

#[test]
fn no_place_of_a_manifest_takes_a_url_that_programs_read_differently() {
    let head = "version: 1
environments:
  sandbox: { provider: truv, base_url: BASE, credentials: { client_id: x, access_secret: '${env:S}' }, LOCK }
webhooks:
  a: { url: URL, events: [order-created], moved_from: [FORMER] }
";
    let with = |place: &str, text: &str| {
        let fine = [
            ("BASE", "https://api.example.com/v1/"),
            ("LOCK", "lock: { url: \"s3://bucket/key\" }"),
            ("URL", "https://h.example.com/in"),
            ("FORMER", "https://old.example.com/in"),
        ];
        let mut manifest = head.to_owned();
        for (name, fine) in fine {
            let text = if name == place { text } else { fine };
            manifest = manifest.replace(name, text);
        }
        manifest
    };
    let _ = Workspace::with(&with("", "")).run(&["validate"]).code(0);
    for odd in ODD {
        for place in ["URL", "FORMER", "BASE"] {
            refused_at(place, odd, &with(place, &format!("\"{odd}\"")));
        }
        let object = odd.replacen("https", "s3", 1);
        let lock = format!("lock: {{ url: \"{object}\" }}");
        // What has a meaning of its own outside of `https`: a bucket's name is no address.
        if ![
            "0x7f",
            "2130706433",
            "ex%61",
            "//h.example.com./",
            "h。",
            "//ｈ",
        ]
        .iter()
        .any(|own| odd.contains(own))
        {
            refused_at("lock.url", odd, &with("LOCK", &lock));
        }
        let endpoint = format!("lock: {{ url: \"s3://bucket/key\", endpoint: \"{odd}\" }}");
        refused_at("lock.endpoint", odd, &with("LOCK", &endpoint));
        let hosts = format!("allowed_hosts: [\"{odd}\"]");
        refused_at("allowed_hosts", odd, &with("LOCK", &hosts));
    }
    for endpoint in [
        "http://minio.example.com",
        "https://u:p@minio.example.com",
        "https://minio.example.com/?a=b",
        "minio",
    ] {
        let endpoint = format!("lock: {{ url: \"s3://bucket/key\", endpoint: \"{endpoint}\" }}");
        refused_at("lock.endpoint", &endpoint, &with("LOCK", &endpoint));
    }
}

#[test]
fn what_was_meant_is_suggested_at_its_place() {
    let manifest = r#"version: 1
environments: { sandbox: { provider: truv, base_url: simulator, allowed_hosts: ["h.example.com", "H.Example.com:443"] } }
webhooks:
  backslash: { url: "https://h.example.com\\@evil.test/", events: [order-created] }
  user: { url: "https:/u:canary@h.example.com/", events: [order-created] }
  wide: { url: "https://ｈ.example.com/in?token=canary", events: [order-created] }
"#;
    let run = Workspace::with(manifest).run(&["validate"]).code(65);
    insta::assert_snapshot!(run.shown());
    assert!(!run.shown().contains("canary"));
}

#[test]
fn addresses_on_the_command_line_are_exact_and_not_shown() {
    let api = Api::truv();
    let workspace = api.workspace(&sandbox_manifest(RENAMED));
    for odd in [
        "https://h.example.com\\@canary.test/x",
        "https:/canary.example.com/x",
        " https://h.example.com/canary",
    ] {
        let run = workspace.run(&["plan", "--notify-url", odd]).code(64);
        assert!(!run.shown().contains("canary"), "{}", run.shown());
        let run = workspace
            .run(&["simulator", "emit", "order-created", "--at", odd])
            .code(64);
        assert!(
            run.stderr.contains("`--at` is not the URL of a simulator"),
            "{}",
            run.shown()
        );
    }
    for odd in [
        "http://127.1:1",
        "http://0x7f000001:1",
        "http:\\\\127.0.0.1:1",
        "http://127.0.0.1:1\\@h.example.com/",
    ] {
        let run = workspace
            .run(&["simulator", "emit", "order-created", "--at", odd])
            .code(64);
        assert!(
            run.stderr.contains("`--at` is not the URL of a simulator"),
            "{}",
            run.shown()
        );
    }
}

#[test]
fn international_hosts_are_sent_in_ascii() {
    let api = Api::truv();
    let webhooks = "  a: { url: \"https://bücher.example/é\", events: [order-created] }\n";
    let workspace = api.workspace(&sandbox_manifest(webhooks));
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    assert_eq!(
        api.live(EnvType::Sandbox),
        ["a https://xn--bcher-kva.example/%C3%A9"]
    );
    let _ = workspace.run(&["plan", "--detailed-exitcode"]).code(0);
}

#[test]
fn odd_live_url_is_shown_and_is_never_the_declared_one() {
    for odd in [
        "https:\\\\hooks.example.com\\a",
        "https://hooks.example.com\\a",
        "https://hooks.example.com./a",
        "https://hooks.e\u{200b}xample.com/a",
        "https://hooks.ex%61mple.com/a",
    ] {
        let api = Api::truv();
        api.seed(EnvType::Sandbox, "new", odd, &["order-created"]);
        let workspace = api.workspace(&sandbox_manifest(RENAMED));
        let run = workspace.run(&["plan", "--detailed-exitcode"]).code(2);
        let shown = odd.replace('\u{200b}', "\\u{200b}");
        assert!(run.stdout.contains(&shown), "{}", run.shown());
        assert!(run.stdout.contains("1 to update"), "{}", run.shown());
        let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
        assert_eq!(
            api.live(EnvType::Sandbox),
            ["new https://hooks.example.com/a"]
        );
    }
}

#[test]
fn pages_and_redirects_that_programs_read_differently_are_not_followed() {
    for odd in [
        "http:\\\\[ADDRESS]\\v1\\webhooks\\?cursor=a",
        "http://[ADDRESS]\\@evil.test/v1/webhooks/",
        "\\\\[ADDRESS]/v1/webhooks/",
        "///[ADDRESS]/v1/webhooks/",
        "/\\[ADDRESS]/v1/webhooks/",
        "http:[ADDRESS]/v1/webhooks/?cursor=a",
        " http://[ADDRESS]/v1/webhooks/?cursor=a",
        "/v1/webhooks/\t?cursor=a",
    ] {
        for is_redirect in [false, true] {
            let asked = Arc::new(Mutex::new(0));
            let count = Arc::clone(&asked);
            let api = Api::meddled(move |request, _| {
                *count.lock().unwrap() += 1;
                let address = request.headers()["host"].to_str().unwrap();
                let to = odd.replace("[ADDRESS]", address);
                let response = Response::builder();
                Some(if is_redirect {
                    response
                        .status(307)
                        .header("location", to.trim())
                        .body(Bytes::new())
                        .unwrap()
                } else {
                    let page = serde_json::json!({"next": to, "results": []});
                    response.body(Bytes::from(page.to_string())).unwrap()
                })
            });
            // A header has no space at its beginning, and what is left is a URL.
            if is_redirect && odd.starts_with(' ') {
                continue;
            }
            let run = api
                .workspace(&sandbox_manifest(RENAMED))
                .run(&["plan"])
                .code(1);
            assert_eq!(*asked.lock().unwrap(), 1, "{odd}: {}", run.shown());
        }
    }
}

/// A receiver that sends on to another host, and the one there.
fn receivers(status: u16) -> (Receiver, Receiver) {
    let other = Receiver::answering(200);
    let elsewhere = format!("http://localhost:{}/elsewhere", other.port());
    let here = Receiver::start(move |_, _| Some(redirect(status, &elsewhere)));
    (here, other)
}

#[test]
fn no_probe_leaves_the_allowed_hosts() {
    for status in [301, 302, 303, 307, 308] {
        let (here, other) = receivers(status);
        let api = Api::truv();
        let webhooks = format!(
            "  orders: {{ url: \"{}\", events: [order-created] }}\n",
            here.url("/in")
        );
        let manifest = sandbox_manifest(&webhooks).replace(
            "    credentials:",
            "    allowed_hosts: [127.0.0.1]\n    heal: probe\n    credentials:",
        );
        let workspace = api.workspace(&manifest);
        let tested = workspace
            .run(&["test", "orders", "--allow-private"])
            .code(1);
        let said = tested
            .stdout
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        assert!(
            said.contains("it was redirected to `localhost`, which `allowed_hosts` does not allow"),
            "{said}"
        );
        let probing = ["apply", "--auto-approve", "--probe", "--allow-private"];
        let _ = workspace.run(&probing).code(3);
        let id = api.seed(
            EnvType::Sandbox,
            "orders",
            &here.url("/in"),
            &["order-created"],
        );
        let disable = |webhook: &mut hookwright::simulator::StoredWebhook| webhook.enabled = false;
        api.simulator.edit(&id, disable).unwrap();
        let _ = workspace
            .run(&["apply", "--auto-approve", "--allow-private"])
            .code(1);
        let _ = workspace.run(&["doctor", "--allow-private"]);
        assert!(other.received().is_empty(), "{status}");
        assert!(here.received().len() >= 3, "{status}");
    }
}

#[test]
fn names_that_providers_would_change_are_refused_at_their_place() {
    for name in [
        " ",
        "\\t",
        " a",
        "a ",
        "\\u00a0a",
        "a\\u3000",
        "a\\u200b",
        "a\\tb",
        "a\\nb",
        "a\\u0000b",
        "a\\u0085b",
        "a\\u2028b",
    ] {
        let webhook = format!(
            "  a: {{ name: \"{name}\", url: \"https://h.example.com/\", events: [order-created] }}\n"
        );
        let manifest = sandbox_manifest(&webhook).replace("[API]", "simulator");
        let run = Workspace::with(&manifest).run(&["validate"]).code(65);
        assert!(
            run.stdout.contains("error[HW029]"),
            "{name}: {}",
            run.shown()
        );
        let key = webhook
            .replace("  a: { name: ", "  ")
            .replace(", url", ": { url");
        let manifest = sandbox_manifest(&key).replace("[API]", "simulator");
        let run = Workspace::with(&manifest).run(&["validate"]).code(65);
        assert!(
            run.stdout.contains("error[HW029]"),
            "{name}: {}",
            run.shown()
        );
    }
}

/// A name as most keyboards write it, and as some systems store it.
const ACCENTS: [&str; 2] = ["acm\u{e9}-x", "acme\u{301}-x"];

#[test]
fn names_are_compared_as_people_see_them() {
    for (written, live) in [(ACCENTS[0], ACCENTS[1]), (ACCENTS[1], ACCENTS[0])] {
        let environment = |policy: &str| {
            let webhooks = "  links: { name: acme-links, url: \"https://h.example.com/links\", events: [link-connected], adopt: true }\n";
            sandbox_manifest(webhooks).replace(
                "    credentials:",
                &format!("    {policy}\n    credentials:"),
            )
        };
        let pattern = written.replace("-x", "-*");
        for (policy, deletes) in [
            (format!("owns: [\"{pattern}\"]\n    prune: true"), 1),
            (format!("ignore: [\"{pattern}\"]\n    prune: true"), 0),
            ("prune: true".to_owned(), 1),
        ] {
            let api = Api::truv();
            api.seed(
                EnvType::Sandbox,
                live,
                "https://h.example.com/x",
                &["order-created"],
            );
            let run = api.workspace(&environment(&policy)).run(&["plan"]).code(0);
            assert!(
                run.stdout.contains(&format!("{deletes} to delete")),
                "{policy}: {}",
                run.shown()
            );
        }
        let api = Api::truv();
        api.seed(
            EnvType::Sandbox,
            live,
            "https://h.example.com/x",
            &["order-created"],
        );
        let protected = environment(&format!("protect: [\"{pattern}\"]\n    prune: true"));
        let run = api.workspace(&protected).run(&["plan"]).code(3);
        assert!(run.stdout.contains("protect"), "{}", run.shown());
        let removed = environment("prune: false") + &format!("removed: [\"{written}\"]\n");
        let run = api.workspace(&removed).run(&["plan"]).code(0);
        assert!(run.stdout.contains("1 to delete"), "{}", run.shown());
        let both = environment("prune: false").replace("acme-links", live)
            + &format!("removed: [\"{written}\"]\n");
        let run = api.workspace(&both).run(&["validate"]).code(65);
        assert!(run.stdout.contains("error[HW034]"), "{}", run.shown());
        let declared = sandbox_manifest(&format!(
            "  x: {{ name: \"{written}\", url: \"https://h.example.com/x\", events: [order-created] }}\n"
        ));
        let _ = api
            .workspace(&declared)
            .run(&["plan", "--detailed-exitcode"])
            .code(0);
    }
}

#[test]
fn what_cannot_be_seen_in_foreign_texts_is_written_out_in_every_format() {
    let hidden = [
        '\u{202e}',
        '\u{2066}',
        '\u{200b}',
        '\u{ad}',
        '\u{feff}',
        '\u{61c}',
        '\u{2060}',
        '\u{e0041}',
        '\u{3164}',
        '\u{7f}',
        '\u{85}',
        '\u{2028}',
    ];
    let name: String = hidden.iter().flat_map(|c| ['x', *c]).collect();
    let url = format!("https://h.example.com/{name}");
    let api = Api::truv();
    api.seed(EnvType::Sandbox, &name, &url, &["order-created"]);
    api.seed(
        EnvType::Sandbox,
        "plain",
        &url.replace("/x", "/y"),
        &["order-created"],
    );
    let workspace = api.workspace(&sandbox_manifest(RENAMED));
    let clean = |text: &str, what: &str| {
        for c in hidden {
            assert!(!text.contains(c), "{what}: {:?}", c);
        }
        assert!(text.contains("x"), "{what}");
    };
    for arguments in [
        &["plan", "--prune", "--allow-deletes", "2"][..],
        &[
            "plan",
            "--prune",
            "--allow-deletes",
            "2",
            "--format",
            "json",
        ],
        &[
            "plan",
            "--prune",
            "--allow-deletes",
            "2",
            "--format",
            "markdown",
        ],
        &[
            "plan",
            "--prune",
            "--allow-deletes",
            "2",
            "--format",
            "html",
        ],
        &[
            "plan",
            "--prune",
            "--allow-deletes",
            "2",
            "--format",
            "github",
        ],
        &["plan"],
        &["plan", "--format", "json"],
        &["drift"],
        &["drift", "--format", "json"],
        &["drift", "--format", "markdown"],
        &["import", "--all", "--check"],
        &["doctor"],
        &["migrate"],
    ] {
        let run = workspace.run(arguments);
        clean(&run.shown(), &arguments.join(" "));
    }
    let document = workspace.run(&["plan", "--format", "json"]).json();
    assert!(
        document.to_string().contains(&name),
        "to a machine it is the same text"
    );
    let broken = format!(
        "  \"{}\": {{ url: \"ftp://{}/\", events: [order-created] }}\n",
        &name[..name.len() - 6],
        "h"
    );
    let broken = Workspace::with(&sandbox_manifest(&broken).replace("[API]", "simulator"));
    for format in ["text", "json", "github", "sarif", "gitlab"] {
        let run = broken.run(&["validate", "--format", format]).code(65);
        clean(&run.shown(), format);
    }
}

#[test]
fn characters_that_nobody_sees_are_escapes_in_every_file() {
    let name = "acme\u{202e}snaol\u{2066}\u{7f}\u{85}\u{e0041}";
    let api = Api::truv();
    let url = "https://h.example.com/old";
    api.seed(EnvType::Sandbox, name, url, &["order-created"]);
    let workspace = api.workspace(&sandbox_manifest(RENAMED));
    let _ = workspace
        .run(&["plan", "--prune", "--out", "saved.plan"])
        .code(0);
    let apply = ["apply", "saved.plan", "--audit-log", "audit.jsonl"];
    let _ = workspace.run(&apply).code(0);
    let _ = workspace.run(&["audit", "audit.jsonl"]).code(0);
    let mut read = 0;
    for (path, content) in workspace.files() {
        let text = String::from_utf8(content).unwrap();
        let hidden = |c: char| hookwright::model::is_hidden(c) && c != '\n';
        assert!(!text.contains(hidden), "{}: {text}", path.display());
        if text.contains("acme\\u202esnaol") {
            read += 1;
        }
    }
    assert_eq!(read, 2, "a file lacks the name");
    assert_eq!(
        api.live(EnvType::Sandbox),
        ["new https://hooks.example.com/a"]
    );
}
