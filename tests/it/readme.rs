//! The README's manifest gives the README's plan.

use std::{fs, path::Path};

use hookwright::model::EnvType;

use crate::support::Api;

/// The fenced block behind a marker.
fn block<'r>(readme: &'r str, marker: &str) -> &'r str {
    let start = readme.find(&format!("<!-- {marker} -->")).unwrap();
    let fenced = &readme[start..];
    let open = fenced.find("```").unwrap();
    let body = &fenced[open + fenced[open..].find('\n').unwrap() + 1..];
    &body[..body.find("```").unwrap()]
}

#[test]
fn shows_the_plan_that_the_program_prints() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let manifest = block(&readme, "the manifest")
        .replace("provider: truv\n", "provider: truv\n    base_url: [API]\n");
    let api = Api::truv();
    let seed = |name, url, events: &[&str]| api.seed(EnvType::Sandbox, name, url, events);
    let old = [
        "order-created",
        "order-status-updated",
        "shifts-created",
        "task-status-updated",
    ];
    seed("acme-loan-decisions", "https://old.example.com/truv", &old);
    seed(
        "laptop-test",
        "https://d4f2.ngrok.app/hook",
        &["task-status-updated"],
    );
    let workspace = api.workspace(&manifest);
    let run = workspace.run(&["plan", "--environment", "sandbox"]).code(0);
    // The workspace shows the address as `[API]`.
    let printed = run.stdout.replace("[API]", "https://prod.truv.com/v1/");
    let shown = block(&readme, "the plan");
    if std::env::var_os("BLESS").is_some() && shown != printed {
        let marker = readme.find("<!-- the plan -->").unwrap();
        let at = marker + readme[marker..].find("```text\n").unwrap() + "```text\n".len();
        let blessed = format!("{}{printed}{}", &readme[..at], &readme[at + shown.len()..]);
        fs::write(&path, blessed).unwrap();
        return;
    }
    assert_eq!(
        shown, printed,
        "stale: run `BLESS=1 cargo test --test it readme`"
    );
}
