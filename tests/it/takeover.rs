//! The law of taking over: what is declared is what is live, so a plan from it changes nothing.
//!
//! Random accounts, through the real client, against the simulator in process.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use hookwright::{
    diagnostic::{Code, Severity, Source, Sources},
    manifest::{Document, Lookup, Offline, Resolution, ResolvedEnvironment, Values},
    model::{
        Credentials, DesiredState, EnvType, EnvironmentName, LiveState, MaskedText, Policy, Secret,
    },
    net::BaseUrl,
    plan::{self, EnvironmentPlan, Inputs, Options},
    provider::{Api, ReadWebhooks, Reader, truv::PROFILE as TRUV},
    simulator::{InProcessTransport, SharedSimulator, Simulator, WebhookSeed},
    takeover::{
        Starter, StarterEnvironment, Surroundings, Takeover, Whole, insert, starter, take_over,
    },
};
use proptest::{prelude::*, test_runner::RngSeed};

use crate::support::{CLIENT_ID, DEV_SECRET, PROD_SECRET, SANDBOX_SECRET};

pub(crate) const PLACES: [(&str, EnvType, &str); 3] = [
    ("sandbox", EnvType::Sandbox, SANDBOX_SECRET),
    ("dev", EnvType::Development, DEV_SECRET),
    ("prod", EnvType::Production, PROD_SECRET),
];

/// What must never be in a manifest.
const SECRETS: [&str; 4] = [
    "s3cr3t-in-query",
    "hunter2-in-user",
    "Zx81kLm9QwErTy55UiOp77AsDf",
    "0123456789abcdef0123456789abcdef",
];

const NAMES: [&str; 21] = [
    "orders",
    "Orders (sandbox)",
    "Orders (prod)",
    "orders-dev",
    "acme.payroll_1",
    "payroll",
    "loans",
    "true",
    "12e3",
    "null",
    "- a: [b] #c",
    "${env:HOME}",
    "$${var:x}",
    "",
    " padded ",
    "new\nline\ttab \"quoted\" \\",
    "名前 ñandú 🦀",
    "control \u{1}\u{7f}\u{85}\u{2028}\u{202e}\u{feff}\u{0}",
    "key: value",
    "!tag &anchor *alias",
    "on",
];

const HOSTS: [&str; 7] = [
    "hooks.sandbox.example.com",
    "hooks.example.com",
    "hooks.dev.example.com:8443",
    "Hooks.Example.COM",
    "b.example.com",
    "localhost",
    "[2606:4700::1111]",
];

const PATHS: [&str; 15] = [
    "",
    "/",
    "/orders",
    "/orders/",
    "/payroll?team=a&b=${c}",
    "/in?token=s3cr3t-in-query",
    "/$?key=s3cr3t-in-query$",
    "/$s3cr3t-in-query?token=s3cr3t-in-query",
    "/t/Zx81kLm9QwErTy55UiOp77AsDf/in?api_key=hunter2-in-user",
    "/0123456789abcdef0123456789abcdef",
    "#fragment",
    "/{a},[b]: c",
    "/%20%C3%A9/é",
    "/:// #",
    "?x=${env:HOME}",
];

const WHOLE: [&str; 8] = [
    "http://plain.example.com/orders",
    "HTTPS://Upper.example.com/Orders",
    "https://user:hunter2-in-user@h.example.com/in",
    "https://hunter2-in-user@h.example.com",
    "ftp://h.example.com/",
    "not a URL",
    "",
    "https:/h.example.com\\odd",
];

const EVENTS: [&str; 10] = [
    "order-created",
    "order-status-updated",
    "link-connected",
    "employment-created",
    "new-event",
    "yes",
    "order-*",
    "group:orders",
    "${env:HOME}",
    "a, b: [c]",
];

/// A live webhook: its environment, name, URL, events, and whether it is enabled.
type Hook = (usize, String, String, Vec<&'static str>, bool);

fn url() -> impl Strategy<Value = String> {
    let ordinary = (0..HOSTS.len(), 0..PATHS.len())
        .prop_map(|(host, path)| format!("https://{}{}", HOSTS[host], PATHS[path]));
    let whole = prop::sample::select(WHOLE.to_vec()).prop_map(str::to_owned);
    let long = (2000..2100usize).prop_map(|n| format!("https://h.example.com/{}", "é".repeat(n)));
    prop_oneof![20 => ordinary, 3 => whole, 1 => long]
}

fn name() -> impl Strategy<Value = String> {
    let known = prop::sample::select(NAMES.to_vec()).prop_map(str::to_owned);
    let common = prop::sample::select(NAMES[..7].to_vec()).prop_map(str::to_owned);
    let long = (120..140usize).prop_map(|n| "n".repeat(n));
    prop_oneof![12 => common, 6 => known, 1 => long, 2 => "\\PC{1,12}"]
}

pub(crate) fn hook() -> impl Strategy<Value = Hook> {
    let usual = prop::collection::vec(prop::sample::select(EVENTS[..5].to_vec()), 1..4);
    let odd = prop::collection::vec(prop::sample::select(EVENTS.to_vec()), 0..3);
    let events = prop_oneof![8 => usual, 1 => odd];
    (
        0..PLACES.len(),
        name(),
        url(),
        events,
        prop::bool::weighted(0.8),
    )
}

fn quirks() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "",
        "list-scope=account",
        "enabled=absent,extra-fields=some",
        "page-size=1,list-order=shuffled,id-shape=hex,events-shape=comma",
        "list-shape=array,timestamps=offset",
    ])
}

pub(crate) fn account(hooks: &[Hook], quirks: &str) -> SharedSimulator {
    let clock = Arc::new(|| "2026-01-02T03:04:05Z".parse().unwrap());
    let simulator = Simulator::builder(&TRUV, clock)
        .rate_limit(0)
        .quirks(quirks.parse().unwrap())
        .build();
    for (place, name, url, events, enabled) in hooks {
        let seed = WebhookSeed {
            enabled: *enabled,
            ..WebhookSeed::new(name, url, events.iter().copied())
        };
        simulator.seed(CLIENT_ID, PLACES[*place].1, seed).unwrap();
    }
    simulator
}

/// Reads what is live in each environment, as the program does.
pub(crate) async fn read(simulator: &SharedSimulator) -> Vec<LiveState> {
    let mut all = Vec::new();
    for (_, env_type, secret) in PLACES {
        let credentials =
            Credentials::new(Secret::new(secret)).with("client_id", MaskedText::plain(CLIENT_ID));
        let transport = InProcessTransport::new(simulator.clone());
        let base = BaseUrl::new("http://localhost/v1/", false).unwrap();
        let api = Api::new(base, &TRUV, env_type, &credentials, transport).unwrap();
        let webhooks = Reader::new(Arc::new(api)).list().await.unwrap();
        all.push(LiveState { webhooks });
    }
    all
}

fn places(live: &[LiveState]) -> Vec<Surroundings> {
    let all = PLACES.iter().zip(live);
    all.map(|((name, env_type, _), live)| Surroundings {
        environment: EnvironmentName::new(*name),
        profile: &TRUV,
        env_type: *env_type,
        webhooks: live.webhooks.clone(),
        allow_http: None,
        allowed_hosts: None,
        policy: Policy::default(),
        variables: BTreeMap::new(),
        declared: BTreeMap::new(),
        removed: BTreeSet::new(),
    })
    .collect()
}

fn written(takeover: &Takeover) -> String {
    let environments = PLACES.map(|(name, ..)| StarterEnvironment {
        name: EnvironmentName::new(name),
        env_type: None,
        credentials: vec![
            ("client_id", "${env:ID}".to_owned()),
            ("access_secret", "${env:SECRET}".to_owned()),
        ],
    });
    let wanted = Starter {
        provider: &TRUV,
        base_url: None,
        environments: environments.to_vec(),
        schema: "./hookwright.schema.json".to_owned(),
    };
    starter(&wanted, Some(takeover))
}

/// An outside that has the tokens, and any credentials.
pub(crate) struct Outside<'t>(pub(crate) &'t Takeover);

impl Values for Outside<'_> {
    fn env(&self, name: &str) -> Result<Lookup, String> {
        let token = self.0.tokens.iter().find(|token| token.variable == name);
        Ok(match (token, name) {
            (Some(token), _) => Lookup::Found(token.value.expose().to_owned()),
            (None, "ID" | "SECRET") => Lookup::Found("credential".to_owned()),
            (None, _) => Lookup::Unset,
        })
    }

    fn file(&self, _beside: &str, _path: &str) -> Result<Lookup, String> {
        Ok(Lookup::Unset)
    }
}

pub(crate) fn plan_for(
    env_type: EnvType,
    desired: &DesiredState,
    policy: &Policy,
    live: &LiveState,
) -> EnvironmentPlan {
    let inputs = Inputs {
        desired,
        policy,
        profile: &TRUV,
        env_type,
        options: &Options::default(),
    };
    plan::draft(&inputs, live).into_plan()
}

#[track_caller]
pub(crate) fn assert_no_errors(found: &Resolution, text: &str) {
    let errors = found.diagnostics.iter();
    let errors: Vec<_> = errors.filter(|it| it.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{text}");
}

/// No secret stands in a URL.
fn assert_silent(text: &str) {
    for line in text.lines().filter(|line| line.contains("url:")) {
        for secret in SECRETS {
            assert!(!line.contains(secret), "{line}");
        }
    }
}

fn holds(hooks: &[Hook], simulator: &SharedSimulator, live: &[LiveState]) {
    let whole = Whole {
        environments: PLACES.len(),
        define_variables: true,
        ..Whole::default()
    };
    let places = places(live);
    let takeover = take_over(&places, &whole);
    assert_eq!(takeover.live() + takeover.left.len(), hooks.len());
    let text = written(&takeover);
    assert_silent(&text);
    for token in &takeover.tokens {
        assert!(!format!("{takeover:?}").contains(token.value.expose()));
    }

    let mut sources = Sources::default();
    sources.add(Source::new("hookwright.yaml", text.as_str()));
    let document = Document::read(&sources);
    let all: Vec<_> = document.environments().collect();
    assert_no_errors(&document.check(&all, &Offline, &sources), &text);
    let resolution = document.resolve(&all, &Outside(&takeover), &sources);
    assert_no_errors(&resolution, &text);
    let unwanted = [
        Code::SecretInUrl,
        Code::UnusedVariable,
        Code::WebhookNowhere,
    ];
    for found in &resolution.diagnostics {
        assert!(!unwanted.contains(&found.code), "{found:?}\n{text}");
    }
    for (index, (name, env_type, _)) in PLACES.iter().enumerate() {
        let one = resolution
            .environments
            .iter()
            .find(|it| it.name.as_str() == *name);
        let one = one.unwrap();
        let plan = plan_for(*env_type, &one.desired, &one.policy, &live[index]);
        assert!(plan.operations.is_empty(), "{:#?}\n{text}", plan.operations);
        assert!(plan.refusals.is_empty(), "{:#?}\n{text}", plan.refusals);
        assert!(plan.warnings.is_empty(), "{:#?}\n{text}", plan.warnings);
        assert_eq!(plan.unchanged.len(), one.desired.webhooks.len(), "{text}");
    }
    assert!(simulator.requests().iter().all(|one| one.method == "GET"));

    // The order of the provider's lists makes no difference.
    let mut turned = places;
    turned.iter_mut().for_each(|place| place.webhooks.reverse());
    assert_eq!(written(&take_over(&turned, &whole)), text);
}

/// Reads a manifest, which must be valid.
#[track_caller]
fn resolved(text: &str, tokens: &Takeover) -> Vec<ResolvedEnvironment> {
    let mut sources = Sources::default();
    sources.add(Source::new("hookwright.yaml", text));
    let document = Document::read(&sources);
    let all: Vec<_> = PLACES
        .iter()
        .map(|(name, ..)| EnvironmentName::new(*name))
        .collect();
    let mut resolution = document.resolve(&all, &Outside(tokens), &sources);
    assert_no_errors(&resolution, text);
    let named = |wanted: &EnvironmentName| {
        let mut all = resolution.environments.iter();
        all.position(|one| one.name == *wanted).unwrap()
    };
    let order: Vec<usize> = all.iter().map(named).collect();
    let mut found: Vec<Option<ResolvedEnvironment>> =
        resolution.environments.drain(..).map(Some).collect();
    order
        .into_iter()
        .map(|index| found[index].take().unwrap())
        .collect()
}

/// Declares what is live but for some webhooks, and then adds those.
fn import_holds(live: &[LiveState], later: &[bool]) {
    let mut later = later.iter().copied().cycle();
    let mut now = live.to_vec();
    for state in &mut now {
        // All at one URL, or none: what stands for them is the oldest.
        let mut waits = BTreeMap::new();
        state.webhooks.retain(|one| {
            let waits = waits.entry(one.url.clone());
            !*waits.or_insert_with(|| later.next().unwrap_or(false))
        });
    }
    let whole = Whole {
        environments: PLACES.len(),
        define_variables: true,
        ..Whole::default()
    };
    let first = take_over(&places(&now), &whole);
    let before = written(&first);
    let environments = resolved(&before, &first);

    let mut more = places(live);
    for (place, one) in more.iter_mut().zip(&environments) {
        let plan = plan_for(
            one.env_type,
            &one.desired,
            &one.policy,
            &LiveState {
                webhooks: place.webhooks.clone(),
            },
        );
        place.webhooks = plan.unmanaged.into_iter().map(|one| one.webhook).collect();
        place.allow_http = Some(one.destinations.allow_http);
        place.variables = one.variables.clone();
        let declared = one.desired.webhooks.iter();
        place.declared = declared
            .map(|(key, it)| (it.url.clone(), key.to_string()))
            .collect();
    }
    let whole = Whole {
        environments: PLACES.len(),
        keys: first.webhooks.iter().map(|one| one.key.clone()).collect(),
        ..Whole::default()
    };
    let second = take_over(&more, &whole);
    let after = match second.webhooks.is_empty() {
        true => before.clone(),
        false => insert(&before, &second.webhooks).unwrap(),
    };
    assert_silent(&after);
    // Nothing of the old text is gone but the braces of an empty section.
    let diff = similar::TextDiff::from_lines(&before, &after);
    for change in diff.iter_all_changes() {
        let is_gone = change.tag() == similar::ChangeTag::Delete;
        assert!(
            !is_gone || change.value() == "webhooks: {}\n",
            "{change}\n{after}"
        );
    }
    let mut tokens = first.clone();
    tokens.tokens.extend(second.tokens.iter().cloned());
    for (index, one) in resolved(&after, &tokens).iter().enumerate() {
        let plan = plan_for(one.env_type, &one.desired, &one.policy, &live[index]);
        assert!(
            plan.operations.is_empty(),
            "{:#?}\n{after}",
            plan.operations
        );
        assert!(plan.refusals.is_empty(), "{:#?}\n{after}", plan.refusals);
        let count = |takeover: &Takeover| {
            let all = takeover.webhooks.iter().flat_map(|webhook| &webhook.live);
            all.filter(|(name, _)| *name == one.name).count()
        };
        assert_eq!(
            plan.unchanged.len(),
            count(&first) + count(&second),
            "{after}"
        );
        let left = second
            .left
            .iter()
            .filter(|left| left.environment == one.name);
        assert_eq!(plan.unmanaged.len(), left.count(), "{after}");
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, rng_seed: RngSeed::Fixed(8), ..ProptestConfig::default() })]

    #[test]
    fn after_taking_over_a_plan_is_empty(
        hooks in prop::collection::vec(hook(), 0..12),
        quirks in quirks(),
    ) {
        let simulator = account(&hooks, quirks);
        let live = block_on(read(&simulator));
        holds(&hooks, &simulator, &live);
    }

    #[test]
    fn after_importing_the_rest_a_plan_is_empty(
        hooks in prop::collection::vec(hook(), 0..12),
        later in prop::collection::vec(any::<bool>(), 1..12),
        quirks in quirks(),
    ) {
        let simulator = account(&hooks, quirks);
        let live = block_on(read(&simulator));
        import_holds(&live, &later);
        assert!(simulator.requests().iter().all(|one| one.method == "GET"));
    }
}
