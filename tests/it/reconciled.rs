//! What the service shows of what it knows: its page and its documents.

use std::{fs, path::Path, sync::Arc, time::Duration};

use hookwright::{
    diagnostic::{Source, Sources},
    manifest::{Document, Offline, Pause, ReconcileMode},
    model::{Credentials, EnvType, EnvironmentName, MaskedText, Masker, Secret},
    net::{BaseUrl, Stop},
    plan::Options,
    reconcile::{
        Cause, Counts, Desk, EnvironmentRound, EnvironmentStatus, ManifestStatus, Metrics, Paused,
        PausedBy, Reason, RoundId, Status,
    },
    report::{html, json},
    run::{
        Connected, Look, NotProbed, Outcome, PlannedEnvironment, Policies, Probing, Session, Way,
    },
    simulator::{InProcessTransport, Simulator, WebhookSeed},
};
use jiff::Timestamp;
use serde_json::Value;

use crate::support::{
    CLIENT_ID, SANDBOX_SECRET, Workspace,
    pages::{HOSTILE, assert_accessible_and_alone, browser, rendered, tags},
};

fn at(minute: i64) -> Timestamp {
    let begin: Timestamp = "2026-03-01T10:00:00Z".parse().unwrap();
    begin + jiff::SignedDuration::from_mins(minute)
}

/// What a look at an environment showed, as the service keeps it. `live` are names, URLs and events of what is there.
pub(crate) async fn look(
    name: &str,
    webhooks: &str,
    live: &[(&str, &str, &str)],
) -> Arc<PlannedEnvironment> {
    let quoted = serde_json::to_string(name).unwrap();
    let manifest = format!(
        "version: 1\nenvironments:\n  {quoted}: {{ provider: truv, env_type: sandbox, base_url: simulator, prune: true, ignore: ['theirs*'] }}\n{webhooks}"
    );
    let mut sources = Sources::default();
    sources.add(Source::new("manifest", &manifest));
    let found = Document::read(&sources).resolve(&[EnvironmentName::new(name)], &Offline, &sources);
    assert!(!found.has_errors(), "{:?}", found.diagnostics);
    let resolved = found.environments.into_iter().next().unwrap();
    let simulator = Simulator::builder(resolved.profile, Arc::new(|| at(0))).build();
    for (index, (name, url, event)) in live.iter().enumerate() {
        let place = format!("https://h.example.com/{index}");
        let seed = WebhookSeed::new("seed", &place, ["order-created"]);
        let stored = simulator.seed(CLIENT_ID, EnvType::Sandbox, seed).unwrap();
        simulator
            .edit(&stored.id, |webhook| {
                webhook.name = (*name).to_owned();
                webhook.webhook_url = (*url).to_owned();
                webhook.events = vec![(*event).to_owned()];
            })
            .unwrap();
    }
    let credentials = Credentials::new(Secret::new(SANDBOX_SECRET))
        .with("client_id", MaskedText::plain(CLIENT_ID));
    let (masker, stop) = (
        Masker::new(vec![SANDBOX_SECRET.to_owned()]),
        Stop::default(),
    );
    let address = BaseUrl::new("http://localhost/v1/", false).unwrap();
    let way = Way::through(InProcessTransport::new(simulator), address, &credentials);
    let connected = Connected::new(resolved, &credentials, way, &masker, &stop).unwrap();
    let session = Session::new(
        vec![connected],
        Options::default(),
        Policies::none(),
        masker,
        stop,
    );
    let drafts = session.draft().await;
    let probing = Probing::<NotProbed>::Not;
    let mut planned = session.settle(drafts, Look::GUARD, probing).await;
    let mut planned = planned.remove(0);
    planned.plan = None;
    planned.live = None;
    Arc::new(planned)
}

fn environment(name: &str) -> EnvironmentStatus {
    let interval = Duration::from_secs(600);
    let name = EnvironmentName::new(name);
    let mut environment = EnvironmentStatus::new(name, ReconcileMode::Detect, interval, at(0));
    environment.is_leader = true;
    environment.next = Some(at(9));
    environment.max_writes_per_day = 50;
    environment.rate_limit = 120;
    environment
}

/// Gives an environment a round that has ended.
fn ended(environment: &mut EnvironmentStatus, outcome: Outcome, said: &[(Reason, &str)]) {
    let said = said
        .iter()
        .map(|(reason, message)| (*reason, (*message).to_owned()));
    environment.conditions.update(said, at(3));
    environment.rounds.push(EnvironmentRound {
        cause: Cause::Schedule,
        began_at: at(3),
        took: Duration::from_millis(1234),
        outcome,
        message: "what came of it".to_owned(),
    });
    environment.last_attempt = Some(at(3));
}

fn status(environments: Vec<EnvironmentStatus>) -> Status {
    Status {
        started_at: at(0),
        manifest: ManifestStatus {
            digest: "0123456789abcdef".repeat(4),
            commit: Some("0a1b2c3".to_owned()),
            since: Some(at(1)),
            invalid: None,
        },
        environments,
        rounds: Vec::new(),
    }
}

const ORDERS: &str = "webhooks:
  orders: { url: https://hooks.example.com/orders, events: [order-created] }
";

/// One environment that is in sync, one that differs, one that is paused, one that nobody has looked at, one that is off.
async fn each_state() -> Status {
    let mut prod = environment("prod");
    let stranger = ("theirs", "https://else.example.com/", "order-created");
    prod.last_look = Some(look("prod", ORDERS, &[stranger]).await);
    prod.counts = Counts {
        declared: 1,
        live: 1,
        unmanaged: 1,
        foreign_new: 1,
        disabled: 0,
        secret_lost: 0,
        differing: 1,
    };
    prod.mode = ReconcileMode::Apply;
    let said = [
        (Reason::SUCCEEDED, "the live state was compared"),
        (Reason::LIVE_MOVED, "1 webhook is not as declared: orders"),
        (Reason::ACCEPTED, "the provider has answered"),
        (Reason::ENABLED, "all are enabled"),
    ];
    ended(&mut prod, Outcome::Changes, &said);
    let mut sandbox = environment("sandbox");
    sandbox.last_look = Some(look("sandbox", "webhooks: {}\n", &[]).await);
    let said = [
        (Reason::SUCCEEDED, "nothing differs"),
        (Reason::IN_SYNC, "what is live is what is declared"),
    ];
    ended(&mut sandbox, Outcome::Nothing, &said);
    sandbox.last_success = Some(at(3));
    let mut paused = environment("staging");
    paused.paused = Some(Paused {
        pause: Pause {
            reason: "INC-1234".to_owned(),
            until: Some(at(120)),
        },
        by: PausedBy::Request,
    });
    let mut off = environment("old");
    off.mode = ReconcileMode::Off;
    off.next = None;
    status(vec![sandbox, environment("fresh"), off, paused, prod])
}

/// Everything that can come from outside, in each place where it can be shown.
async fn hostile() -> Status {
    let name = HOSTILE[2];
    let urls: Vec<String> = HOSTILE
        .iter()
        .map(|text| format!("https://h.example.com/{text}"))
        .collect();
    let live: Vec<(&str, &str, &str)> = std::iter::zip(HOSTILE, &urls)
        .map(|(text, url)| (text, url.as_str(), text))
        .collect();
    let mut environment = environment(name);
    environment.last_look = Some(look(name, ORDERS, &live).await);
    environment.paused = Some(Paused {
        pause: Pause {
            reason: HOSTILE[7].to_owned(),
            until: None,
        },
        by: PausedBy::Manifest,
    });
    let said = [
        (Reason::FAILED, HOSTILE[7]),
        (Reason::LIVE_MOVED, HOSTILE[10]),
    ];
    ended(&mut environment, Outcome::Failed, &said);
    environment.rounds[0].message = HOSTILE[2].to_owned();
    let mut status = status(vec![environment]);
    status.manifest.commit = Some(HOSTILE[11].to_owned());
    status.manifest.invalid = Some(HOSTILE[6].to_owned());
    status
}

fn page(status: &Status) -> String {
    let mut page = Vec::new();
    html::status(status, at(5), &mut page).unwrap();
    String::from_utf8(page).unwrap()
}

#[track_caller]
fn assert_said(page: &str, all: &[&str]) {
    for said in all {
        assert!(page.contains(said), "{said}\n{page}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_page_says_how_each_environment_is_and_what_to_look_at_first() {
    let page = page(&each_state().await);
    assert_accessible_and_alone(&page);
    assert_said(
        &page,
        &[
            "<h1>1 of 5 environments in sync, 1 differing, 1 paused, 1 not looked at yet, 1 off</h1>",
            "As of 2026-03-01 10:05:00 UTC",
            "<strong>Paused</strong> until 2026-03-01 12:00:00 UTC, by a request: INC-1234",
            "1 webhook is not as declared: orders",
            "LiveMoved",
            "<span class=\"action\">create</span> orders",
            "1 declared, 1 live, 1 differing, 0 disabled by the provider, 0 with a lost secret, 1 unmanaged, 1 of those new",
            "2026-03-01 10:03:00 UTC (2 min ago)",
            "every 10 min; next: in 4 min",
            "what came of it (1.2 s)",
            "sha256:0123456789abcdef",
            "0a1b2c3",
        ],
    );
    let headings = page.match_indices("<h2 ").map(|(place, _)| place);
    let names: Vec<&str> = headings
        .map(|place| page[place..].split_once('>').unwrap().1)
        .map(|rest| rest.split_once(':').unwrap().0)
        .collect();
    assert_eq!(names, ["prod", "staging", "fresh", "sandbox", "old"]);
}

#[tokio::test(start_paused = true)]
async fn an_invalid_manifest_stands_at_the_head_of_the_page() {
    let mut status = each_state().await;
    status.manifest.invalid = Some("hookwright.yaml:3: HW003".to_owned());
    let page = page(&status);
    let (head, _) = page.split_once("</header>").unwrap();
    assert_said(
        head,
        &["<strong>The manifest is not valid.</strong>", "HW003"],
    );
}

#[tokio::test(start_paused = true)]
async fn hostile_texts_stay_texts_on_the_page() {
    let page = page(&hostile().await);
    assert!(page.matches("EVIL").count() > 30, "{page}");
    assert_accessible_and_alone(&page);
    for tag in tags(&page) {
        assert!(!tag.contains("EVIL"), "{tag}");
    }
    assert!(!page.contains('\u{202e}'));
}

#[tokio::test(start_paused = true)]
async fn a_browser_shows_the_page_without_running_anything() {
    let Some(browser) = browser() else {
        println!("passed over: there is no Chromium here");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    for page in [page(&each_state().await), page(&hostile().await)] {
        // The page's own policy keeps every script from running.
        let document = rendered(browser, folder.path(), &page, "document.title = 'it ran'");
        assert!(document.contains("</html>"), "{document}");
        assert!(!document.contains("<title>it ran</title>"), "{document}");
        // Without it, one looks at what is there: nothing foreign became an element, and nothing is cut off on a phone.
        let (head, rest) = page.split_once("<meta http-equiv=").unwrap();
        let (_, rest) = rest.split_once(">\n").unwrap();
        let script = "
            const phone = document.createElement('iframe');
            phone.width = 360;
            phone.srcdoc = document.documentElement.outerHTML.replace(/<script[^]*/, '');
            phone.onload = () => {
                const inner = phone.contentDocument;
                const foreign = inner.querySelectorAll('img, iframe, object, script').length;
                const wide = inner.documentElement.scrollWidth;
                document.title = `${foreign} foreign, ${wide <= 360 ? 'fits' : wide}`;
            };
            document.body.append(phone);";
        let document = rendered(browser, folder.path(), &format!("{head}{rest}"), script);
        assert_said(&document, &["<title>0 foreign, fits</title>"]);
    }
}

/// Whoever asks for the page again and again must not fill memory with it.
#[tokio::test(start_paused = true)]
async fn the_page_is_bounded_however_much_there_is_to_show() {
    let webhooks: String = (0..2_000)
        .map(|n| {
            format!("  w{n}: {{ url: 'https://h.example.com/{n}', events: [order-created] }}\n")
        })
        .collect();
    let look = look("prod", &format!("webhooks:\n{webhooks}"), &[]).await;
    let environments = (0..300).map(|index| {
        let mut environment = environment(&format!("e{index}"));
        environment.last_look = Some(Arc::clone(&look));
        environment
    });
    let page = page(&status(environments.collect()));
    assert_accessible_and_alone(&page);
    assert!(page.len() < 3_000_000, "{}", page.len());
    assert_eq!(page.matches("<article ").count(), 1_000);
    assert_eq!(page.matches("<h2 ").count(), 200);
    assert_said(
        &page,
        &[
            "1000 more are not shown here: see /api/v1/environments/NAME",
            "100 more environments: see /api/v1/environments",
            "<th scope=\"row\">e299</th>",
        ],
    );
}

/// The document, which its schema describes.
#[track_caller]
fn checked(text: &str, schema: &str) -> Value {
    let start = format!("{{\n  \"format_version\": 1,\n  \"kind\": \"{schema}\",\n  \"outcome\": ");
    assert!(text.starts_with(&start) && text.ends_with("}\n"), "{text}");
    let document: Value = serde_json::from_str(text).unwrap();
    let printed = Workspace::new().run(&["schema", schema]).code(0).json();
    let validator = jsonschema::validator_for(&printed).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(&document)
        .map(|err| format!("{}: {err}", err.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}\n{text}");
    document
}

#[tokio::test(start_paused = true)]
async fn documents_of_environments() {
    let status = each_state().await;
    let text = json::text(&json::watched_environments(&status)).unwrap();
    insta::assert_json_snapshot!(checked(&text, "reconcile-environments"));
    let prod = status.environment(&EnvironmentName::new("prod")).unwrap();
    let text = json::text(&json::watched_environment(prod, &status.manifest)).unwrap();
    let mut document = checked(&text, "reconcile-environment");
    // The simulator takes another each time.
    document["plan"]["unmanaged"][0]["id"] = "[ID]".into();
    insta::assert_json_snapshot!(document);
    let fresh = status.environment(&EnvironmentName::new("fresh")).unwrap();
    let text = json::text(&json::watched_environment(fresh, &status.manifest)).unwrap();
    let fresh = checked(&text, "reconcile-environment");
    assert_eq!(
        (&fresh["outcome"], &fresh["plan"]),
        (&Value::Null, &Value::Null)
    );
}

#[tokio::test(start_paused = true)]
async fn documents_of_rounds_and_pauses() {
    let status = each_state().await;
    let (prod, sandbox) = (
        status.environments[4].clone(),
        EnvironmentName::new("sandbox"),
    );
    let desk = Desk::new(status);
    let named = [prod.name.clone(), sandbox.clone()].into();
    let id = desk.trigger(&named, at(4)).unwrap();
    let document = || {
        let text = desk.read(|status| {
            let mut round = status.rounds[0].clone();
            round.id = RoundId("5f0c".to_owned());
            json::text(&json::watched_round(&round))
        });
        checked(&text.unwrap(), "reconcile-round")
    };
    assert_eq!(
        (&document()["state"], &document()["outcome"]),
        (&"waiting".into(), &Value::Null)
    );
    desk.begin(&id);
    let how = &prod.rounds[0];
    desk.ended(std::slice::from_ref(&id), &prod.name, how);
    insta::assert_json_snapshot!(document());
    desk.ended(std::slice::from_ref(&id), &sandbox, how);
    assert_eq!(
        (&document()["state"], &document()["outcome"]),
        (&"ended".into(), &"changes".into())
    );
    let paused = Paused {
        pause: Pause {
            reason: "INC-1234".to_owned(),
            until: Some(at(120)),
        },
        by: PausedBy::Request,
    };
    let text = json::text(&json::watched_pause(&prod, Some(&paused))).unwrap();
    insta::assert_json_snapshot!(checked(&text, "reconcile-pause"));
    let text = json::text(&json::watched_pause(&prod, None)).unwrap();
    assert_eq!(checked(&text, "reconcile-pause")["paused"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn hostile_texts_stay_texts_in_documents() {
    let status = hostile().await;
    let environment = &status.environments[0];
    let text = json::text(&json::watched_environment(environment, &status.manifest)).unwrap();
    assert!(
        !text.contains('\u{202e}') && text.contains("\\u202e"),
        "{text}"
    );
    let document = checked(&text, "reconcile-environment");
    assert_eq!(document["environment"]["paused"]["reason"], HOSTILE[7]);
}

/// The table of all metrics, from what a service shows of them.
async fn table_of_metrics() -> String {
    let mut status = each_state().await;
    status
        .environments
        .retain(|environment| environment.name.as_str() == "prod");
    let name = status.environments[0].name.clone();
    status.environments[0].last_success = Some(at(1));
    let metrics = Metrics::default();
    metrics.round(&name, Outcome::Nothing);
    metrics.request(&name, "GET", Some(200), 0.1);
    metrics.operation(&name, "create", "applied");
    let text = metrics.render(status).unwrap();
    let mut table = "| metric | type | labels | says |\n|---|---|---|---|\n".to_owned();
    for family in text.split("# HELP ").skip(1) {
        let (head, rest) = family.split_once('\n').unwrap();
        let (name, help) = head.split_once(' ').unwrap();
        let (kind, rest) = rest.split_once('\n').unwrap();
        let kind = kind.rsplit(' ').next().unwrap();
        let sample = rest.lines().find(|line| !line.starts_with('#')).unwrap();
        let (shown, labels) = sample.split_once([' ', '{']).unwrap();
        let shown = if kind == "histogram" { name } else { shown };
        let labels: Vec<String> = labels
            .split(',')
            .filter_map(|label| label.split_once('='))
            .map(|(label, _)| format!("`{label}`"))
            .collect();
        let labels = labels.join(", ");
        table += &format!("| `{shown}` | {kind} | {labels} | {help} |\n");
    }
    table
}

#[tokio::test(start_paused = true)]
async fn the_table_of_metrics_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reconcile.md");
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once("<!-- metrics -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- end of metrics -->").unwrap();
    let table = table_of_metrics().await;
    let fresh = format!("{before}<!-- metrics -->\n{table}<!-- end of metrics -->{after}");
    if std::env::var("BLESS").is_ok_and(|value| value == "1") {
        fs::write(&path, &fresh).unwrap();
        return;
    }
    assert!(
        page == fresh,
        "docs/reconcile.md is stale: run `BLESS=1 cargo test the_table_of_metrics`"
    );
}
