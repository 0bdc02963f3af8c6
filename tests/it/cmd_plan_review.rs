//! `plan --format markdown` and `--format html`: what reviewers see elsewhere, whatever the names are.

use hookwright::model::EnvType;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::support::{
    Api, Workspace,
    pages::{HOSTILE, assert_accessible_and_alone, assert_all_is_seen, browser, rendered, tags},
    sandbox_manifest,
};

const MANIFEST: &str = "  payroll:
    name: acme-payroll
    url: https://hooks.example.com/payroll
    events: ['statements-*']
  loans:
    url: https://hooks.example.com/loans
    events: [order-created, order-status-updated]
    moved_from: [https://old.example.com/loans]
";

/// One operation of each kind, one webhook that is not ours, and a guard that refuses.
fn every_kind() -> (Api, Workspace) {
    let api = Api::truv();
    let seed = |name, url, events: &[&str]| api.seed(EnvType::Sandbox, name, url, events);
    let old = "https://old.example.com/loans";
    seed("loans", old, &["order-created", "shifts-created"]);
    seed("acme-old", "https://old.example.com/x", &["link-deleted"]);
    seed("theirs", "https://theirs.example.com/", &["link-deleted"]);
    let policy =
        "    prune: true\n    ignore: [theirs]\n    limits: { max_deletes: 0 }\nwebhooks:\n";
    let manifest = sandbox_manifest(MANIFEST).replace("webhooks:\n", policy);
    let mut workspace = api.workspace(&manifest);
    for (index, webhook) in api
        .simulator
        .webhooks("0123456789abcdef0123456789abcdef", EnvType::Sandbox)
        .iter()
        .enumerate()
    {
        workspace = workspace.redact(webhook.id.as_str(), &format!("[ID {index}]"));
    }
    (api, workspace)
}

/// Live webhooks, a key and an environment with hostile names, URLs and events.
fn hostile() -> (Api, Workspace) {
    let api = Api::truv();
    for (index, text) in HOSTILE.iter().enumerate() {
        let url = format!("https://h.example.com/{index}");
        for (name, url) in [("gone", &url), ("theirs", &format!("{url}/theirs"))] {
            let id = api.seed(EnvType::Sandbox, name, url, &["order-created"]);
            api.simulator
                .edit(&id, |webhook| {
                    webhook.name = format!("{name} {text}");
                    webhook.webhook_url = format!("{url}/{text}");
                    webhook.events = vec![(*text).to_owned()];
                })
                .unwrap();
        }
    }
    let quoted = |text: &str| serde_json::to_string(text).unwrap();
    let key = quoted(HOSTILE[3]);
    let webhooks = format!(
        "  {key}: {{ url: https://h.example.com/new, events: [{}] }}\n",
        quoted(HOSTILE[9])
    );
    let policy =
        "    prune: true\n    ignore: ['theirs*']\n    limits: { max_deletes: 0 }\nwebhooks:\n";
    let environment = format!("  {}:\n    env_type: sandbox\n", quoted(HOSTILE[2]));
    let manifest = sandbox_manifest(&webhooks)
        .replace("webhooks:\n", policy)
        .replace("  sandbox:\n", &environment);
    let workspace = api.workspace(&manifest);
    (api, workspace)
}

#[test]
fn markdown_shows_what_matters_first() {
    let (_api, workspace) = every_kind();
    let run = workspace
        .run(&["plan", "--format", "markdown", "--commit", "0a1b2c3"])
        .code(3);
    // The API's port is part of the manifest.
    let (_, digest) = run.stdout.split_once("sha256:").unwrap();
    insta::assert_snapshot!(run.shown().replace(&digest[..64], "[DIGEST]"));
}

#[test]
fn hostile_names_stay_text_in_markdown() {
    let (_api, workspace) = hostile();
    let arguments = ["plan", "--format", "markdown", "--commit", HOSTILE[4]];
    assert_foreign_text_stays_text(&workspace.run(&arguments).code(3).stdout);
    let drift = workspace.run(&["drift", "--format", "markdown"]).code(2);
    assert_foreign_text_stays_text(&drift.stdout);
}

#[track_caller]
fn assert_foreign_text_stays_text(text: &str) {
    assert!(text.matches("EVIL").count() > HOSTILE.len(), "{text}");
    for line in text.lines() {
        // Quick actions of GitLab begin a line.
        assert!(!line.starts_with('/'), "{line}");
        assert!(!line.contains('\u{202e}'), "{line}");
    }
    let mut in_block = false;
    let mut html = String::new();
    let mut spans = 0;
    for event in Parser::new_ext(text, Options::all()) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_block = true,
            Event::End(TagEnd::CodeBlock) => in_block = false,
            Event::Code(_) => spans += 1,
            Event::Html(part) => html.push_str(&part),
            Event::Text(part) if !in_block => assert!(!part.contains("EVIL"), "{part}"),
            Event::InlineHtml(part) => panic!("{part}"),
            Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::FootnoteDefinition(_)) => {
                panic!("{event:?}")
            }
            _ => {}
        }
    }
    assert!(spans >= HOSTILE.len(), "{spans}");
    // In HTML, it stands in `<code>`, escaped.
    let mut outside = html.as_str();
    while let Some((before, rest)) = outside.split_once("<code>") {
        assert!(!before.contains("EVIL"), "{before}");
        let (code, after) = rest.split_once("</code>").unwrap();
        assert!(!code.contains(['<', '>', '"', '\'']), "{code}");
        outside = after;
    }
    assert!(!outside.contains("EVIL"), "{outside}");
    let opened = html.matches("<details>").count();
    assert_eq!(opened, html.matches("</details>").count());
}

#[test]
fn markdown_is_cut_to_what_github_takes() {
    let api = Api::truv();
    let webhooks: String = (0..2_000)
        .map(|n| {
            format!("  w{n}: {{ url: 'https://h.example.com/{n}', events: [order-created] }}\n")
        })
        .collect();
    let workspace = api.workspace(&sandbox_manifest(&webhooks));
    let run = workspace.run(&["plan", "--format", "markdown"]).code(0);
    let length = run.stdout.chars().count();
    assert!((60_000..=65_536).contains(&length), "{length}");
    let shown = run.stdout.matches("@@ create ").count();
    let said = format!(
        "> Cut to 65536 characters: {} operations and 1 other part of `sandbox` not shown here.",
        2_000 - shown
    );
    assert!(run.stdout.contains(&said), "{said}\n{}", run.stdout);
    assert!(run.stdout.starts_with("### Plan: 2000 to create"));
    // Nothing stays open.
    assert_eq!(run.stdout.matches("```").count() % 2, 0);
    assert_eq!(run.stdout.matches("</details>").count(), 1);
}

/// Every environment gets its part of a comment: the first does not take the room of the last.
#[test]
fn markdown_is_shared_fairly_by_environments() {
    let mut manifest = "version: 1\nenvironments:\n".to_owned();
    for name in ["dev", "prod"] {
        manifest.push_str(&format!(
            "  {name}: {{ provider: truv, env_type: {name}, base_url: simulator, vars: {{ host: {name}.example.com }} }}\n"
        ));
    }
    manifest.push_str("webhooks:\n");
    for n in 0..300 {
        manifest.push_str(&format!(
            "  w{n}: {{ url: \"https://${{var:host}}/{n}\", events: [order-created] }}\n"
        ));
    }
    let run = Workspace::with(&manifest).run(&["plan", "--format", "markdown"]);
    let run = run.code(0);
    let shown = |name: &str| {
        let url = format!("+ url        https://{name}.example.com");
        run.stdout.matches(&url).count()
    };
    let (dev, prod) = (shown("dev"), shown("prod"));
    assert!(dev > 50 && dev.abs_diff(prod) < 10, "{dev} {prod}");
    let said = format!(
        "{} operations of `dev`, {} operations and 1 other part of `prod` not shown here",
        300 - dev,
        300 - prod
    );
    let said = said.replace("operations and 1 other part", "operations");
    let plain = run.stdout.replace(" and 1 other part", "");
    assert!(plain.contains(&said), "{said}");
    assert!(run.stdout.chars().count() <= 65_536);
}

#[test]
fn page_is_accessible_and_needs_nothing_else() {
    let (_api, workspace) = every_kind();
    let run = workspace.run(&["plan", "--format", "html", "--commit", "0a1b2c3"]);
    let page = run.code(3).stdout;
    assert_accessible_and_alone(&page);
    for said in [
        "<h1>Plan: 1 to create, 1 to update, 1 to delete. 1 environment refused.</h1>",
        "<strong>Refused (max-deletes).</strong>",
        "<del>shifts-created</del>",
        "<ins>order-status-updated</ins>",
        "https://<del>old.example.com</del>/loans",
        "<dd class=\"text\">0a1b2c3</dd>",
        "1 live webhook unmanaged (not ours; never touched)",
    ] {
        assert!(page.contains(said), "{said}\n{page}");
    }
}

/// What is dangerous stands under the title, and what is deleted before all else.
#[test]
fn a_page_begins_with_what_nobody_may_overlook() {
    let (_api, workspace) = every_kind();
    let run = workspace.run(&["plan", "--format", "html"]);
    let page = run.code(3).stdout;
    assert!(page.contains("<title>Plan: 1 to create"), "{page}");
    let places = [
        "<h1>",
        "<li><strong>Refused</strong> in <a href=\"#env-0\">sandbox</a>: max-deletes</li>",
        "<li><strong>Would delete 1 webhook</strong> in <a href=\"#env-0\">sandbox</a>: <code>acme-old</code></li>",
        "<th scope=\"col\">Environment</th><th scope=\"col\">State</th>",
        "<article class=\"card is-delete\">",
        "<article class=\"card is-create\">",
        "<article class=\"card is-update\">",
    ]
    .map(|part| page.find(part).unwrap_or_else(|| panic!("{part}\n{page}")));
    assert!(places.is_sorted(), "{places:?}\n{page}");
    // What changes stands in the heading; what was in backticks is code.
    for said in [
        "<span class=\"quiet\">host</span> old.example.com → hooks.example.com",
        "<span class=\"quiet\">events</span> +1 -1",
        "<code>--allow-deletes 1</code>",
    ] {
        assert!(page.contains(said), "{said}\n{page}");
    }
}

/// Twelve hundred webhooks that all move to another host.
#[test]
fn a_page_shows_once_what_many_webhooks_have_in_common() {
    let api = Api::truv();
    let mut webhooks = String::new();
    for n in 0..1_200 {
        let old = format!("https://old.example.com/hooks/{n}");
        let name = format!("acme-webhook-{n}");
        api.seed(EnvType::Sandbox, &name, &old, &["order-created"]);
        webhooks += &format!(
            "  {name}: {{ url: \"https://new.example.com/hooks/{n}\", moved_from: [\"{old}\"], events: [order-created] }}\n"
        );
    }
    let workspace = api.workspace(&sandbox_manifest(&webhooks));
    let page = workspace.run(&["plan", "--format", "html"]).code(0).stdout;
    assert!(page.len() < 300_000, "{}", page.len());
    let title = "1200 webhooks: host old.example.com → new.example.com</h3>";
    assert_eq!(page.matches(title).count(), 1);
    assert_accessible_and_alone(&page);
    // Each of them is there.
    for n in [0, 777, 1_199] {
        assert!(page.contains(&format!("<li>acme-webhook-{n} ")), "{n}");
    }
    let expanded = workspace.run(&["plan", "--format", "html", "--expand"]);
    let cards = expanded.code(0).stdout.matches("card is-update").count();
    assert_eq!(cards, 1_200);
}

#[test]
fn nothing_on_a_page_is_cut_off_or_overlaps() {
    let Some(browser) = browser() else {
        println!("passed over: there is no Chromium here");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let page = |workspace: &Workspace| {
        let run = workspace.run(&["plan", "--format", "html", "--commit", "0a1b2c3"]);
        run.code(3).stdout
    };
    let (_api, workspace) = every_kind();
    assert_all_is_seen(browser, folder.path(), &page(&workspace), "plan");
    let (_api, workspace) = hostile();
    assert_all_is_seen(browser, folder.path(), &page(&workspace), "plan-hostile");
}

#[test]
fn hostile_names_stay_text_in_a_page() {
    let (_api, workspace) = hostile();
    let run = workspace.run(&["plan", "--format", "html", "--commit", HOSTILE[7]]);
    let page = run.code(3).stdout;
    assert!(page.matches("EVIL").count() > 50);
    assert_accessible_and_alone(&page);
    for tag in tags(&page) {
        assert!(!tag.contains("EVIL"), "{tag}");
    }
    let (_, style) = page.split_once("<style>").unwrap();
    let (style, _) = style.split_once("</style>").unwrap();
    assert!(!style.contains("EVIL"));
}

#[test]
fn filters_work_and_scripts_do_not_in_a_browser() {
    let Some(browser) = browser() else {
        println!("passed over: there is no Chromium here");
        return;
    };
    let (_api, workspace) = hostile();
    let page = workspace.run(&["plan", "--format", "html"]).code(3).stdout;
    let folder = tempfile::tempdir().unwrap();
    // The page's own policy keeps every script from running.
    let document = rendered(browser, folder.path(), &page, "document.title = 'it ran'");
    assert!(document.contains("</html>"), "{document}");
    assert!(!document.contains("<title>it ran</title>"), "{document}");
    // Without it, one looks at what the filters show. Nothing foreign became an element.
    let (head, rest) = page.split_once("<meta http-equiv=").unwrap();
    let (_, rest) = rest.split_once(">\n").unwrap();
    let script = "
        const shown = (selector) => [...document.querySelectorAll(selector)]
            .filter((one) => one.checkVisibility()).length;
        const seen = [];
        const note = () => seen.push(
            ['.is-create', '.is-delete', '.is-unmanaged', '.env-0', '.filtered'].map(shown).join('/'));
        note();
        for (const id of ['show-delete', 'show-unmanaged', 'show-env-0', 'show-delete', 'show-env-0']) {
            document.getElementById(id).click();
            note();
        }
        seen.push(document.querySelectorAll('img, iframe, object').length);
        seen.push(document.documentElement.scrollWidth <= window.innerWidth);
        document.title = seen.join(' ');";
    let document = rendered(browser, folder.path(), &format!("{head}{rest}"), script);
    let (_, title) = document.split_once("<title>").unwrap();
    let (title, _) = title.split_once("</title>").unwrap();
    let all = HOSTILE.len();
    assert_eq!(
        title,
        format!("1/{all}/1/1/0 1/0/1/1/1 1/0/0/1/1 0/0/0/0/1 0/0/0/0/1 1/{all}/0/1/1 0 true")
    );
}
