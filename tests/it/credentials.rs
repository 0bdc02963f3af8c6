//! Credentials from programs: no shell, bounded output, nothing shown.

use crate::support::{Api, CLIENT_ID, SANDBOX_SECRET, Workspace};

fn workspace(api: &Api, command: &str) -> Workspace {
    api.workspace(&format!(
        "version: 1
environments:
  sandbox:
    provider: truv
    base_url: [API]
    credentials:
      client_id: {CLIENT_ID}
      access_secret: {{ command: {command} }}
webhooks:
  loans: {{ url: https://hooks.example.com/loans, events: [order-created] }}
"
    ))
}

#[test]
fn what_a_program_prints_is_the_secret() {
    let api = Api::truv();
    let workspace = workspace(&api, "[cat, secret]");
    workspace.write("secret", format!("{SANDBOX_SECRET}\n"));
    let run = workspace.run(&["apply", "--auto-approve", "-vvv"]).code(0);
    assert!(!run.shown().contains(SANDBOX_SECRET), "{}", run.shown());
    assert_eq!(api.requests().len(), 3);
}

#[test]
fn arguments_are_not_given_to_a_shell() {
    let api = Api::truv();
    let command = "[printf, \"%s\", \"$(touch ran); touch ran\"]";
    let workspace = workspace(&api, command);
    let run = workspace.run(&["plan"]);
    assert_ne!(run.code, 0, "{}", run.shown());
    assert!(!workspace.path().join("ran").exists());
}

#[test]
fn a_program_that_fails_is_named_and_its_output_is_not_shown() {
    let api = Api::truv();
    for (command, said) in [
        (
            "[sh, -c, \"echo c4nary; echo c4nary >&2; exit 3\"]",
            "`sh` failed: exit status: 3",
        ),
        (
            "[not-a-program-anywhere]",
            "failed to run `not-a-program-anywhere`",
        ),
        ("[\"true\"]", "is empty"),
        (
            "[cat, /dev/zero]",
            "`cat` printed more than a credential can be",
        ),
        ("[printf, \"\\\\377\"]", "`printf` printed no text"),
    ] {
        let run = workspace(&api, command).run(&["plan"]);
        assert!(run.code == 1 || run.code == 65, "{}", run.shown());
        assert!(run.stderr.contains(said), "{}", run.shown());
        assert!(run.stderr.contains("sandbox"), "{}", run.shown());
        assert!(!run.shown().contains("c4nary"), "{}", run.shown());
    }
    assert_eq!(api.requests(), Vec::<String>::new());
}
