//! Every reading of what the providers' documentation leaves open: the program converges under each.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    thread,
};

use hookwright::{
    model::{EnvType, ProviderProfile},
    provider::{transcrypts::PROFILE as TRANSCRYPTS, truv::PROFILE as TRUV},
    simulator::{QuirkKey, Quirks},
};

use crate::support::{Api, CLIENT_ID, Run, Workspace, for_each_at_once};

/// A create, two updates and a delete; what is disabled where the provider can do that.
fn manifest(provider: &'static ProviderProfile) -> String {
    let (name, enabled) = (provider.id, !provider.has_enabled);
    let (env_type, secret) = match env_type(provider) {
        EnvType::Sandbox => ("sandbox", "TRUV_SANDBOX_SECRET"),
        _ => ("dev", "TRUV_DEV_SECRET"),
    };
    format!(
        "version: 1
environments:
  test:
    provider: {name}
    env_type: {env_type}
    base_url: [API]
    credentials:
      client_id: ${{env:TRUV_CLIENT_ID}}
      access_secret: ${{env:{secret}}}
webhooks:
  new: {{ url: 'https://h.example.com/new', events: [link-connected, link-deleted], enabled: {enabled} }}
  moved: {{ url: 'https://h.example.com/moved', events: [link-connected] }}
  events: {{ url: 'https://H.example.com:443/events', events: [link-deleted, 'employment-*'] }}
  same: {{ url: 'https://h.example.com/same', events: [profile-created, profile-updated] }}
removed: [old]
"
    )
}

fn env_type(provider: &'static ProviderProfile) -> EnvType {
    provider.env_types[0].0
}

/// What is live at first, and another environment of the same account with the same URLs.
fn seed(api: &Api, provider: &'static ProviderProfile) {
    for env_type in [env_type(provider), EnvType::Production] {
        let one = |name, url, events: &[&str]| api.seed(env_type, name, url, events);
        one(
            "moved",
            "https://old.example.com/moved",
            &["link-connected"],
        );
        one("events", "https://h.example.com/events", &["link-deleted"]);
        let events = ["profile-updated", "profile-created"];
        one("same", "https://h.example.com/same", &events);
        one("old", "https://old.example.com/", &["link-deleted"]);
    }
}

/// The values to try of a switch.
fn values(quirk: &QuirkKey) -> Vec<&'static str> {
    match quirk.key {
        "page-size" | "max-page-size" => vec!["1", "2", "3", "100"],
        "max-webhooks" => vec!["0", "100"],
        "disable-after" => vec!["0", "1"],
        _ => quirk.allowed.to_vec(),
    }
}

#[track_caller]
fn assert_converges(provider: &'static ProviderProfile, quirk: &str) {
    let quirks: Quirks = quirk.parse().unwrap();
    let api = Api::of(provider, |builder| builder.quirks(quirks));
    seed(&api, provider);
    let others = api.live(EnvType::Production);
    let workspace = api.workspace(&manifest(provider));
    let at = |run: Run| {
        assert_eq!(run.code, 0, "{provider:?} with {quirk}:\n{}", run.shown());
        run
    };
    let planned = at(workspace.run(&["plan"]));
    assert!(
        planned
            .stdout
            .contains("Plan: 1 to create, 2 to update, 1 to delete."),
        "{quirk}: {}",
        planned.shown()
    );
    let _ = at(workspace.run(&["apply", "--auto-approve"]));
    let _ = at(workspace.run(&["plan", "--detailed-exitcode"]));
    assert_eq!(api.live(env_type(provider)).len(), 4, "{quirk}");
    assert_eq!(api.live(EnvType::Production), others, "{quirk}");
    for live in api.simulator.webhooks(CLIENT_ID, env_type(provider)) {
        let enabled = live.name != "new" || !provider.has_enabled;
        assert_eq!(live.enabled, enabled, "{} with {quirk}", live.name);
    }
}

fn converges_under_each_quirk(provider: &'static ProviderProfile) {
    let all = Quirks::KEYS.iter().flat_map(|quirk| {
        let values = values(quirk).into_iter();
        values.map(move |value| format!("{}={value}", quirk.key))
    });
    for_each_at_once(all, |quirk| assert_converges(provider, &quirk));
}

#[test]
fn truv_converges_under_each_quirk() {
    converges_under_each_quirk(&TRUV);
}

#[test]
fn transcrypts_converges_under_each_quirk() {
    converges_under_each_quirk(&TRANSCRYPTS);
}

#[test]
fn both_converge_under_the_oddest_combinations() {
    for quirks in [
        "list-scope=account,list-shape=array,list-order=shuffled,id-shape=hex,enabled=absent,\
         env-type-shape=boolean,events-shape=comma,extra-fields=some,timestamps=offset",
        "list-scope=account,list-shape=page-with-count,page-size=1,list-order=newest,\
         env-type-shape=long,list-parameters=refused,url-comparison=normal,timestamps=whole",
        "list-scope=account,env-type-shape=short,duplicate-urls=accepted,missing-slash=not-found,\
         absent-events=all,refusal-code=incorrect_parameters,page-size=2",
    ] {
        assert_converges(&TRUV, quirks);
        assert_converges(&TRANSCRYPTS, quirks);
    }
}

#[test]
fn full_account_refuses_a_create_and_the_rest_is_applied() {
    // Eight are there in both environments together.
    let quirks: Quirks = "max-webhooks=8".parse().unwrap();
    let api = Api::start(|builder| builder.quirks(quirks));
    seed(&api, &TRUV);
    let workspace = api.workspace(&manifest(&TRUV));
    let run = workspace.run(&["apply", "--auto-approve"]).code(4);
    insta::assert_snapshot!(run.shown());
    // The delete has made room.
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
}

#[test]
fn what_is_not_reported_is_a_warning() {
    let quirks: Quirks = "enabled=absent".parse().unwrap();
    let api = Api::start(|builder| builder.quirks(quirks));
    let workspace = api.workspace(&manifest(&TRUV));
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    let run = workspace.run(&["plan"]).code(0);
    insta::assert_snapshot!(run.shown());
}

#[test]
fn url_that_is_refused_is_a_failure_with_the_providers_words() {
    for (quirk, url) in [
        ("plain-http=refused", "http://localhost/"),
        ("loopback-urls=refused", "https://127.0.0.1/"),
    ] {
        let quirks: Quirks = quirk.parse().unwrap();
        let api = Api::start(|builder| builder.quirks(quirks));
        let manifest = manifest(&TRUV).replace("https://h.example.com/new", url);
        let workspace = api.workspace(&manifest);
        let run = workspace.run(&["apply", "--auto-approve"]).code(4);
        assert!(run.stdout.contains("`webhook_url`: "), "{}", run.shown());
    }
}

#[test]
fn throttling_is_waited_out_however_it_is_said() {
    let styles = Quirks::KEYS
        .iter()
        .find(|quirk| quirk.key == "throttle-style")
        .unwrap();
    let throttled = |style: &'static str| {
        // A clock on which a request that is throttled has to wait one second.
        let ticks = AtomicI64::new(0);
        let clock = Arc::new(move || {
            let tick = ticks.fetch_add(1, Ordering::SeqCst);
            jiff::Timestamp::from_millisecond(1_767_323_045_000 + tick * 19_700).unwrap()
        });
        let quirks: Quirks = format!("throttle-style={style},page-size=1")
            .parse()
            .unwrap();
        let api = Api::with_clock(&TRUV, clock, |builder| builder.quirks(quirks).rate_limit(3));
        for n in 0..4 {
            let url = format!("https://h.example.com/{n}");
            api.seed(EnvType::Sandbox, "some", &url, &[]);
        }
        let manifest = manifest(&TRUV).replace("removed: [old]\n", "");
        let workspace: Workspace = api.workspace(&manifest);
        let run = workspace.run(&["plan"]).code(0);
        let requests = api.requests();
        assert!(
            requests.iter().any(|one| !one.ends_with(" 200")),
            "{style}: nothing was throttled: {requests:#?}"
        );
        assert!(run.stdout.contains("4 live webhooks unmanaged"), "{style}");
    };
    thread::scope(|scope| {
        for style in styles.allowed {
            scope.spawn(move || throttled(style));
        }
    });
}
