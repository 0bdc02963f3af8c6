//! Svix, through the program and its simulator: endpoints of an application, whose event types are the account's own.

use crate::support::Workspace;

const ENVIRONMENT: &str = "version: 1
environments:
  sandbox: { provider: svix, base_url: simulator }
webhooks:
";

fn workspace(webhooks: &str) -> Workspace {
    Workspace::with(&format!("{ENVIRONMENT}{webhooks}"))
}

#[test]
fn endpoints_are_applied_and_their_keys_are_kept() {
    let workspace = workspace(
        "  orders: { url: 'https://hooks.example.com/orders', events: [order.created], secret_to: { file: orders.key } }
  all: { url: 'https://hooks.example.com/all', events: ['*'], secret_to: { file: all.key } }
",
    );
    let run = workspace.run(&["apply", "--auto-approve"]).code(0);
    assert!(
        run.stdout.contains("Applied: 2 operations done."),
        "{}",
        run.shown()
    );
    let keys: Vec<String> = ["orders.key", "all.key"]
        .iter()
        .map(|name| std::fs::read_to_string(workspace.path().join(name)).unwrap())
        .collect();
    assert!(keys.iter().all(|key| key.starts_with("whsec_")) && keys[0] != keys[1]);
    // Nothing shows them, and nothing is left to do.
    let run = workspace.run(&["apply", "--auto-approve", "-vvv"]).code(0);
    assert!(run.stdout.contains("Nothing to change"), "{}", run.shown());
    let run = workspace.run(&["list", "-vvv"]).code(0);
    assert!(run.stdout.contains("events    *"), "{}", run.shown());
    for key in &keys {
        assert!(!run.shown().contains(key.trim()), "a key is shown");
    }
    let _ = workspace.run(&["drift"]).code(0);
}

#[test]
fn event_types_are_the_accounts_own() {
    // Offline nobody knows them; what the account does not have, it refuses, by name.
    let orders = |events: &str| {
        workspace(&format!(
            "  orders: {{ url: 'https://hooks.example.com/orders', events: {events}, secret_to: {{ file: orders.key }} }}\n"
        ))
    };
    let _ = orders("[loan.decided]").run(&["validate"]).code(0);
    let run = orders("[loan.decided]")
        .run(&["apply", "--auto-approve"])
        .code(1);
    assert!(
        run.stdout.contains("The following event types don't exist"),
        "{}",
        run.shown()
    );
    let run = orders("['order.*']").run(&["validate"]).code(65);
    assert!(
        run.stdout
            .contains("cannot stand for event types: those of Svix are the account's own"),
        "{}",
        run.shown()
    );
}

#[test]
fn what_svix_does_not_have_here_is_said() {
    let workspace = workspace(
        "  a: { url: 'https://hooks.example.com/a', events: ['*'], secret_to: { file: a.key } }\n",
    );
    let run = workspace.run(&["history"]).code(64);
    assert!(
        run.stderr.contains("Svix has no request history"),
        "{}",
        run.shown()
    );
}
