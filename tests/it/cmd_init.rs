//! `init`, through the real binary and real HTTP.

use std::fs;

use hookwright::{model::EnvType, simulator::WebhookSeed};

use crate::support::{Api, CLIENT_ID, Workspace};

const FROM_LIVE: [&str; 8] = [
    "init",
    "--provider",
    "truv",
    "-e",
    "sandbox",
    "-e",
    "prod",
    "--from-live",
];

fn workspace(api: &Api) -> Workspace {
    let workspace = Workspace::new().env("HOOKWRIGHT_BASE_URL", &api.base_url());
    workspace.redact(api.base_url(), "[API]")
}

fn manifest(workspace: &Workspace) -> String {
    fs::read_to_string(workspace.path().join("hookwright.yaml")).unwrap()
}

/// An account as people leave it behind.
fn grown() -> Api {
    let api = Api::truv();
    let (sandbox, prod) = (EnvType::Sandbox, EnvType::Production);
    let orders = ["order-created", "order-status-updated"];
    api.seed(
        sandbox,
        "orders",
        "https://hooks.sandbox.example.com/orders",
        &orders,
    );
    api.seed(prod, "orders", "https://hooks.example.com/orders", &orders);
    api.seed(
        sandbox,
        "Payroll (sandbox)",
        "https://hooks.sandbox.example.com/pay",
        &orders[..1],
    );
    let off = api.seed(
        prod,
        "Payroll (prod)",
        "https://hooks.example.com/pay",
        &orders,
    );
    api.simulator
        .edit(&off, |webhook| webhook.enabled = false)
        .unwrap();
    api.seed(
        sandbox,
        "laptop",
        "https://d4f2.ngrok.app/hook",
        &["task-status-updated"],
    );
    api.seed(
        prod,
        "links",
        "https://h.example.com/in?token=canary-token-1",
        &["link-connected"],
    );
    api
}

#[test]
fn starter_passes_validate_without_a_warning() {
    for arguments in [
        &["init", "--provider", "truv", "-e", "sandbox", "-e", "prod"][..],
        &[
            "init",
            "--provider",
            "transcrypts",
            "-e",
            "development,staging=production",
        ],
        &[
            "init",
            "--provider",
            "truv",
            "-e",
            "dev",
            "--base-url",
            "simulator",
        ],
    ] {
        let workspace = Workspace::new();
        let run = workspace.run(arguments).code(0);
        assert_eq!(run.stderr, "");
        let run = workspace.run(&["validate", "--strict"]).code(0);
        assert_eq!(run.stderr, "", "{}", manifest(&workspace));
    }
}

/// Whoever follows the comments of a starter has a valid manifest, at each provider.
#[test]
fn the_example_of_a_starter_is_one_of_its_provider() {
    for provider in hookwright::model::ProviderProfile::all() {
        let workspace = Workspace::new();
        let flags = ["--base-url", "simulator", "-e", "sandbox"];
        // Not each provider has a sandbox.
        let (env_type, _) = provider.env_types[0];
        let named = format!("sandbox={env_type}");
        let flags = flags.map(|flag| if flag == "sandbox" { &*named } else { flag });
        // With places of credentials, as for an account.
        let plain = Workspace::new();
        let _ = plain
            .run(&["init", "--provider", provider.id, "-e", &named])
            .code(0);
        let run = plain.run(&["fmt", "--check", "--diff"]);
        assert_eq!(run.code, 0, "{}: {}", provider.id, run.shown());
        let arguments = [&["init", "--provider", provider.id][..], &flags].concat();
        let _ = workspace.run(&arguments).code(0);
        let run = workspace.run(&["fmt", "--check", "--diff"]);
        assert_eq!(run.code, 0, "{}: {}", provider.id, run.shown());
        let text = manifest(&workspace);
        let (before, example) = text.split_once("# webhooks:\n").unwrap();
        let example: String = example
            .replace("webhooks: {}\n", "")
            .lines()
            .filter_map(|line| line.strip_prefix('#'))
            .map(|line| line.strip_prefix(' ').unwrap_or(line).to_owned() + "\n")
            .collect();
        let example = example.replace(
            "      sandbox: { url: https://hooks.test.example.com/orders }",
            "      sandbox: {}",
        );
        let followed = before.replace("    # require", "    require") + "webhooks:\n" + &example;
        workspace.write("hookwright.yaml", &followed);
        let run = workspace.run(&["validate", "--strict"]).code(0);
        assert_eq!(run.stderr, "", "{followed}");
        let run = workspace.run(&["plan"]);
        // `require` asks for receivers that are live now; nothing else is refused.
        assert!(
            run.code == 0 || run.stdout.contains("refused (require)"),
            "{}",
            run.shown()
        );
        assert_eq!(
            run.stdout.matches("refused (").count(),
            usize::from(run.code == 3),
            "{}",
            run.shown()
        );
    }
}

/// Every variant of what `init` writes: providers, environments, places of credentials, and what is live.
#[test]
fn what_is_written_is_in_the_canonical_layout() {
    let api = grown();
    let mut variants: Vec<Vec<&str>> = vec![FROM_LIVE.to_vec()];
    for provider in ["truv", "transcrypts"] {
        let of_provider = match provider {
            "truv" => ["sandbox", "sandbox,dev,prod", "eu west=prod,us=prod"],
            _ => [
                "development",
                "development,production",
                "staging=production",
            ],
        };
        for environments in of_provider {
            let plain = vec!["init", "--provider", provider, "-e", environments];
            variants.push(plain.clone());
            variants.push([&plain[..], &["--base-url", "simulator"]].concat());
            variants.push([&plain[..], &["--base-url", "https://api.example.com/v1/"]].concat());
            variants.push([&plain[..], &["--client-id-from", "file:some where/id: 1"]].concat());
        }
    }
    for arguments in variants {
        let workspace = workspace(&api);
        let _ = workspace.run(&arguments).code(0);
        let run = workspace.run(&["fmt", "--check", "--diff"]);
        assert_eq!(run.code, 0, "{arguments:?}\n{}", run.stdout);
    }
}

#[test]
fn starter_is_what_somebody_who_is_new_reads() {
    let workspace = Workspace::new();
    let run = workspace.run(&["init", "--provider", "truv", "-e", "sandbox,prod"]);
    insta::assert_snapshot!(run.code(0).shown(), @r"
    exit 0
    ----- stdout -----
    hookwright.schema.json is written.
    .gitignore is written.
    hookwright.yaml is written.

    Next:
      hookwright plan
      hookwright import --all, to declare what the account has
    ----- stderr -----
    ");
    insta::assert_snapshot!("starter", manifest(&workspace));
    let ignored = fs::read_to_string(workspace.path().join(".gitignore")).unwrap();
    insta::assert_snapshot!(ignored, @r"
    # hookwright: the simulator's state, and secrets
    .hookwright/
    ");
    let schema = fs::read_to_string(workspace.path().join("hookwright.schema.json")).unwrap();
    assert_eq!(schema, workspace.run(&["schema"]).code(0).stdout);
}

#[test]
fn credentials_are_asked_of_where_the_flags_say() {
    let workspace = Workspace::new();
    let _ = workspace
        .run(&[
            "init",
            "--provider",
            "truv",
            "-e",
            "sandbox,prod",
            "--client-id-from",
            "env:ID",
            "--access-secret-from",
            "sandbox=${env:SECRET}",
            "--access-secret-from",
            "prod=file:secrets/prod",
        ])
        .code(0);
    let text = manifest(&workspace);
    for line in [
        "client_id: ${env:ID}",
        "access_secret: ${env:SECRET}",
        "access_secret: ${file:secrets/prod}",
    ] {
        assert!(text.contains(line), "{text}");
    }
    let ignored = fs::read_to_string(workspace.path().join(".gitignore")).unwrap();
    assert!(
        ignored.ends_with("\n.hookwright/\n/secrets/prod\n"),
        "{ignored}"
    );
}

#[test]
fn wrong_flags_are_said_and_secrets_in_them_are_not() {
    let workspace = Workspace::new();
    let mut shown = String::new();
    for arguments in [
        &["init"][..],
        &["init", "--provider", "truv"],
        &["init", "-e", "sandbox"],
        &["init", "--provider", "truv", "-e", "staging"],
        &["init", "--provider", "transcrypts", "-e", "test=sandbox"],
        &["init", "--provider", "truv", "-e", "sandbox,sandbox"],
        &[
            "init",
            "--provider",
            "truv",
            "-e",
            "sandbox",
            "-f",
            "a.yaml",
            "-f",
            "b.yaml",
        ],
        &[
            "init",
            "--provider",
            "truv",
            "-e",
            "sandbox",
            "-f",
            "-",
            "--format",
            "json",
        ],
        &[
            "init",
            "--provider",
            "truv",
            "-e",
            "sandbox",
            "--client-id-from",
            "c0ffee",
        ],
        &[
            "init",
            "--provider",
            "truv",
            "-e",
            "sandbox",
            "--access-secret-from",
            "sandbox-c0ffee",
        ],
        &[
            "init",
            "--provider",
            "truv",
            "-e",
            "dev,prod",
            "--access-secret-from",
            "env:A",
        ],
        &[
            "init",
            "--provider",
            "truv",
            "-e",
            "dev",
            "--access-secret-from",
            "c0ffee=env:A",
        ],
    ] {
        let run = workspace.run(arguments).code(64);
        assert!(!run.stderr.contains("c0ffee"), "{}", run.shown());
        let typed = arguments.join(" ").replace("c0ffee", "…");
        shown.push_str(&format!("$ hookwright {typed}\n{}\n", run.stderr));
    }
    assert_eq!(workspace.files(), []);
    insta::assert_snapshot!(shown);
}

#[test]
fn nothing_is_overwritten_without_force() {
    let workspace = Workspace::with("version: 1\n");
    workspace.write(".gitignore", "target");
    workspace.write("hookwright.schema.json", "{}");
    let init = ["init", "--provider", "truv", "-e", "sandbox"];
    insta::assert_snapshot!(workspace.run(&init).code(3).shown(), @r"
    exit 3
    ----- stdout -----
    ----- stderr -----
    error: there is a manifest already, `hookwright.yaml`: nothing was written
      hint: `hookwright import --all` adds live webhooks to it
      hint: name another file, or write a new one in its place with `--force`
    ");
    assert_eq!(manifest(&workspace), "version: 1\n");
    let forced = [&init[..], &["--force"]].concat();
    insta::assert_snapshot!(workspace.run(&forced).code(0).stdout, @r"
    hookwright.schema.json is written anew.
    .gitignore has new lines.
    hookwright.yaml is written anew.

    Next:
      hookwright plan
      hookwright import --all, to declare what the account has
    ");
    let ignored = fs::read_to_string(workspace.path().join(".gitignore")).unwrap();
    assert!(ignored.starts_with("target\n\n"), "{ignored}");
    // Again: nothing is missing in it.
    let _ = workspace.run(&forced).code(0);
    let again = fs::read_to_string(workspace.path().join(".gitignore")).unwrap();
    assert_eq!(again, ignored);

    let folder = Workspace::new();
    folder.write("hookwright/a.yaml", "version: 1\n");
    let run = folder.run(&init).code(3);
    assert!(run.stderr.contains("`hookwright/`"), "{}", run.shown());
    assert_eq!(folder.files().len(), 1);
}

#[test]
fn from_live_declares_what_is_there_and_a_plan_is_empty() {
    let api = grown();
    let workspace = workspace(&api);
    let run = workspace.run(&FROM_LIVE).code(0);
    insta::assert_snapshot!(run.shown());
    insta::assert_snapshot!(
        "from_live",
        manifest(&workspace).replace(&api.base_url(), "[API]")
    );
    let workspace = workspace.env("WEBHOOK_LINKS_TOKEN", "canary-token-1");
    let plan = workspace.run(&["plan", "--detailed-exitcode"]).code(0);
    assert!(
        plan.stdout.contains("Nothing to change"),
        "{}",
        plan.shown()
    );
    let _ = workspace.run(&["apply", "--all", "--auto-approve"]).code(0);
    assert!(
        api.requests().iter().all(|it| it.starts_with("GET ")),
        "{:?}",
        api.requests()
    );
}

#[test]
fn from_live_writes_no_secret_anywhere() {
    let api = grown();
    let workspace = workspace(&api);
    for format in ["text", "json"] {
        let arguments = [&FROM_LIVE[..], &["--force", "-vvv", "--format", format]].concat();
        let run = workspace.run(&arguments).code(0);
        let mut all = run.shown();
        for (path, content) in workspace.files() {
            all.push_str(&format!(
                "{}\n{}",
                path.display(),
                String::from_utf8_lossy(&content)
            ));
        }
        for secret in ["canary", CLIENT_ID, "sandbox-aaaa", "prod-cccc"] {
            assert!(!all.contains(secret), "{secret}:\n{all}");
        }
    }
    let printed = workspace
        .run(&[&FROM_LIVE[..], &["-f", "-"]].concat())
        .code(0);
    assert!(!printed.shown().contains("canary"), "{}", printed.shown());
    assert!(printed.stdout.contains("${env:WEBHOOK_LINKS_TOKEN}"));
}

#[test]
fn from_live_names_what_cannot_be_declared() {
    let api = Api::truv();
    let long = "n".repeat(129);
    let seed = |name: &str, url: &str, events: &[&str]| {
        api.seed(EnvType::Sandbox, name, url, events);
    };
    seed("", "https://h.example.com/no-name", &["order-created"]);
    seed(&long, "https://h.example.com/long", &["order-created"]);
    seed("first", "https://h.example.com/same", &["order-created"]);
    seed("second", "https://H.example.com/same", &["order-created"]);
    seed("no-events", "https://h.example.com/none", &[]);
    seed("pattern", "https://h.example.com/pattern", &["order-*"]);
    seed("ftp", "ftp://h.example.com/", &["order-created"]);
    seed(
        "spaces",
        "https://h.example.com/a b?token=canary",
        &["order-created"],
    );
    seed("plain", "http://h.example.com/plain", &["not-documented"]);
    let workspace = workspace(&api);
    let init = ["init", "--provider", "truv", "-e", "sandbox", "--from-live"];
    let run = workspace.run(&init).code(0);
    assert!(!run.shown().contains("canary"), "{}", run.shown());
    insta::assert_snapshot!(run.shown());
    assert!(manifest(&workspace).contains("    allow_http: true  #"));
    let plan = workspace.run(&["plan", "--detailed-exitcode"]).code(0);
    assert!(
        plan.stdout.contains("2 webhooks unchanged"),
        "{}",
        plan.shown()
    );
    let json = workspace.run(&[&init[..], &["--force", "--format", "json"]].concat());
    let document = json.code(0).json();
    assert_eq!(document["outcome"], "applied");
    assert_eq!(document["left"].as_array().unwrap().len(), 7);
    let schema = workspace.run(&["schema", "takeover"]).code(0).json();
    assert!(jsonschema::is_valid(&schema, &document));
}

#[test]
fn from_live_writes_nothing_where_reading_fails() {
    let api = Api::start(|builder| builder.fault("get:*=login-page".parse().unwrap()));
    let workspace = workspace(&api);
    insta::assert_snapshot!(workspace.run(&FROM_LIVE).code(1).shown());
    let api = Api::truv();
    let workspace = self::workspace(&api).env("TRUV_SANDBOX_SECRET", "prod-dddd");
    insta::assert_snapshot!(workspace.run(&FROM_LIVE).code(3).shown());
    assert_eq!(
        (workspace.files(), api.requests()),
        (Vec::new(), Vec::new())
    );
}

#[test]
fn from_live_says_what_is_not_set() {
    let workspace = Workspace::new();
    let arguments = [
        "init",
        "--provider",
        "truv",
        "-e",
        "staging=dev",
        "--from-live",
    ];
    insta::assert_snapshot!(workspace.run(&arguments).code(65).shown());
    assert_eq!(workspace.files(), []);
}

#[test]
fn forty_hand_made_webhooks_are_read_page_by_page() {
    let quirks = "page-size=7,list-order=shuffled".parse().unwrap();
    let api = Api::start(|builder| builder.quirks(quirks));
    for (env_type, host) in [
        (EnvType::Sandbox, "hooks.sandbox.example.com"),
        (EnvType::Production, "hooks.example.com"),
    ] {
        for number in 0..20 {
            let seed = WebhookSeed::new(
                format!("team {number}"),
                format!("https://{host}/team/{number}"),
                ["order-created"],
            );
            api.simulator.seed(CLIENT_ID, env_type, seed).unwrap();
        }
    }
    let workspace = workspace(&api);
    let run = workspace.run(&FROM_LIVE).code(0);
    assert!(
        run.stdout
            .contains("20 webhooks stand for 40 live webhooks"),
        "{}",
        run.shown()
    );
    let plan = workspace.run(&["plan", "--detailed-exitcode"]).code(0);
    assert!(
        plan.stdout.contains("20 webhooks unchanged"),
        "{}",
        plan.shown()
    );
}

#[cfg(unix)]
#[test]
fn it_asks_on_a_terminal() {
    use crate::support::process::on_terminal;

    let api = grown();
    let workspace = workspace(&api);
    let typed = "acme\ntruv\nsandbox test\nsandbox prod\n\nnonsense\n\n\n\n";
    let (code, stdout, shown) = on_terminal(workspace.command(&["init"]), "[truv]", || (), typed);
    assert_eq!(code, Some(0), "{stdout}{shown}");
    for question in [
        "Which provider, truv, transcrypts",
        "it is `truv`, `transcrypts`",
        "which of Truv's environments is `test`? Write `test=` and `sandbox`, `dev` or `prod`",
        "Where is the client id of Truv? [env:TRUV_CLIENT_ID]",
        "Where is the access secret of `prod`? [env:TRUV_PROD_SECRET]",
        "it is `env:NAME` or `file:PATH`",
        "Declare the webhooks that the account has now? They are only read. [yes]",
    ] {
        assert!(shown.contains(question), "{question}\n{shown}");
    }
    assert!(
        manifest(&workspace).contains("  orders:\n"),
        "{stdout}{shown}"
    );
}

#[cfg(unix)]
#[test]
fn without_an_answer_nothing_is_written() {
    use crate::support::process::on_terminal;

    let workspace = Workspace::new();
    let (code, _, shown) =
        on_terminal(workspace.command(&["init"]), "[truv]", || (), "truv\n\u{4}");
    assert_eq!(code, Some(1), "{shown}");
    assert!(shown.contains("nothing was written"), "{shown}");
    assert_eq!(workspace.files(), []);
}
