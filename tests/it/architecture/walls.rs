//! Who may name what: an allow-list. What a line does not name is refused, and so is a module without a line.
//!
//! Where a part has a good reason to name one thing more, its line gets it, and `BLESS=1` prints the table anew.

use super::scan::Named;

/// What one part of the program is for, and all that it may name.
pub(super) struct Wall {
    /// A module, or a part of one: the longest part that holds a file is the one that counts for it.
    pub(super) part: &'static str,
    /// The modules of the program that it may name.
    pub(super) modules: &'static str,
    /// The crates that it may name, besides those of [`EVERYWHERE`].
    pub(super) crates: &'static str,
    /// The powers that it has, by their names in [`POWERS`].
    pub(super) powers: &'static str,
    /// What it does.
    pub(super) does: &'static str,
}

/// Crates that every part may name.
const EVERYWHERE: &[&str] = &["std", "serde", "thiserror"];

/// What reaches beyond a function's arguments, by the paths that do so; `name!` is a macro.
const POWERS: &[(&str, &[&str])] = &[
    ("async", &["async", "await"]),
    (
        "clock",
        &[
            "std::time::SystemTime",
            "std::time::Instant",
            "tokio::time::Instant",
            "jiff::Timestamp::now",
            "jiff::Zoned::now",
        ],
    ),
    ("env", &["std::env"]),
    ("files", &["std::fs", "tokio::fs"]),
    // The order of a hash map must not reach a plan.
    (
        "hash",
        &["std::collections::HashMap", "std::collections::HashSet"],
    ),
    ("io", &["std::io"]),
    ("print", &["println!", "print!", "eprintln!", "eprint!"]),
    ("programs", &["std::process", "tokio::process"]),
    ("signals", &["tokio::signal"]),
    (
        "sockets",
        &[
            "std::net::TcpStream",
            "std::net::TcpListener",
            "std::net::UdpSocket",
            "std::net::ToSocketAddrs",
            "tokio::net",
        ],
    ),
    ("tasks", &["tokio::spawn", "tokio::task", "std::thread"]),
    (
        "wait",
        &[
            "tokio::time::sleep",
            "tokio::time::sleep_until",
            "std::thread::sleep",
        ],
    ),
];

/// The table of walls. It is the architecture: ARCHITECTURE.md prints it.
#[rustfmt::skip]
pub(super) const WALLS: &[Wall] = &[
    wall("model", "", "fluent_uri icu_normalizer icu_properties idna percent_encoding schemars secrecy url wildmatch", "", "the nouns, valid by construction"),
    wall("model/masker", "", "aho_corasick base16ct base64 url", "", "what is known to be sensitive, masked however it is spelled"),
    // Fields that this version does not know are kept as they came.
    wall("model/live", "", "jiff schemars serde_json", "", "a live webhook, with what this version does not know of it"),
    // A sample of a delivery is JSON of a moment.
    wall("model/signing", "", "base64 schemars", "", "whose secret signs deliveries, and what one must be that a user chooses"),
    wall("model/profile", "", "jiff serde_json", "", "the facts in which providers differ, without knowing a provider"),
    wall("diagnostic", "", "similar", "", "what is wrong, as data: code, places, help"),
    wall("manifest", "diagnostic model policy", "jiff schemars serde_json url", "hash", "text → desired state or diagnostics"),
    wall("manifest/yaml", "diagnostic", "granit_parser", "hash", "text → a tree in which every node knows its place"),
    wall("manifest/layout", "diagnostic", "pretty_yaml unicode_width yaml_parser", "hash", "the canonical layout of a manifest"),
    wall("manifest/tombstones", "diagnostic", "serde_json yaml_parser", "", "names put into a manifest's `removed`"),
    wall("plan", "model", "jiff schemars", "", "(desired, live, policy) → draft → (answers) → plan: pairing, comparing, ordering, guards"),
    // There, maps are looked up and never gone through.
    wall("plan/record", "model", "schemars", "", "a plan as it is shown and kept"),
    wall("plan/pairing", "model", "", "hash", "which live webhook is which desired one"),
    wall("policy", "model", "jiff schemars serde_json", "", "a user's own rules over a plan: what they see, and what they say"),
    // The engine runs on a stack of its own.
    wall("policy/expression", "diagnostic", "cel regex", "tasks", "expressions, bounded; alone names their engine"),
    wall("policy/projection", "model plan", "jiff", "", "a plan → what rules see of it"),
    wall("delivery", "json model", "base16ct base64 hmac jiff serde_json sha2", "hash", "what is sent, how it is signed, and the records of the request history"),
    wall("delivery/archive", "", "object_store parquet rusqlite serde_json sha2", "", "deliveries, kept in a store"),
    wall("delivery/archive/asked", "model", "", "", "what an archive is given, and what is asked of it"),
    wall("delivery/archive/import", "", "", "async", "an SQLite archive becomes one of Parquet files"),
    wall("delivery/archive/recent", "", "", "hash", "what comes again and again, found without hashing"),
    wall("delivery/archive/verbs", "", "jiff", "async", "what can be done with an archive, wherever it is"),
    wall("delivery/archive/sqlite", "model", "base16ct jiff rusqlite serde_json", "hash", "deliveries in an embedded SQLite"),
    wall("delivery/archive/parquet", "model", "base16ct bytes futures_util jiff object_store parquet serde_json sha2", "async hash", "deliveries in a folder or bucket of Parquet files"),
    wall("delivery/archive/parquet/columns", "", "bytes parquet", "", "columns of Parquet files, written and read whole"),
    wall("delivery/archive/folder", "", "async_trait base16ct bytes futures_util object_store sha2 tokio", "async files io tasks", "a folder as an object store whose puts may have a condition"),
    wall("net", "model", "http httpdate url", "", "requests to servers: what is sent again, and where an API is"),
    wall("net/clock", "", "http httpdate jiff tokio", "clock", "what time it is at a server, which only its answers tell"),
    wall("net/limiter", "", "tokio tracing", "async clock wait", "one window of requests for each access secret"),
    wall("net/retry", "", "backon", "", "whether and when a request is sent again"),
    wall("net/sending", "", "bytes http tokio tracing", "async clock wait", "one request, sent as often as it takes: the only loop that sends, waits and sends again"),
    wall("net/sockets", "", "tokio", "async", "how many connections a run may have open"),
    wall("net/stop", "", "tokio", "async", "asks a run to end"),
    wall("net/wait", "", "tokio", "clock", "what waits, and until when"),
    wall("net/transport", "", "bytes http", "", "one request, one answer: the seam to the network"),
    wall("net/transport/guarded", "", "bytes http_body", "", "notices when a request is handed to a connection"),
    wall("net/transport/pem", "", "base64 rustls", "", "certificates and keys as people keep them"),
    wall("net/transport/proxies", "model", "ipnet url", "", "which requests go through which proxy"),
    wall("net/transport/tls", "", "rustls", "io", "what TLS refuses for good"),
    wall("net/transport/http", "", "bytes http reqwest rustls", "async", "requests over real sockets"),
    wall("files", "", "tempfile", "files io", "reads named files up to a limit, and replaces them as a whole"),
    wall("json", "", "serde_json", "", "JSON of others → values, if they fit into memory"),
    wall("provider", "delivery json model net", "base16ct bytes http jiff serde_json sha2 url", "", "reading and writing webhooks at a provider"),
    wall("provider/catalogue", "model", "schemars serde_json", "", "which providers there are, and how a name becomes one"),
    wall("provider/client", "delivery model net", "bytes http serde_json tokio tracing url uuid", "async clock hash", "what is asked of a provider, what its answers mean, and what became of a write"),
    wall("provider/client/deliveries", "delivery net", "http jiff tokio url", "async clock hash wait", "the request history page by page, and what is added to it"),
    wall("provider/response", "delivery json model net", "bytes http serde_json", "", "an answer → what it means"),
    wall("provider/conformance", "model", "", "async", "what every provider must do, as functions that tests call"),
    wall("lock", "model", "jiff serde_json", "", "who holds a lock, and when it may be taken over"),
    wall("lock/lease", "", "jiff object_store", "async", "a lease in an object store"),
    wall("probe", "", "", "", "signed events to receivers, and what came back"),
    wall("probe/check", "delivery model", "bytes http jiff tokio", "async clock", "samples of what a webhook subscribes to, and one with a wrong signature"),
    wall("probe/turns", "net", "tokio url", "async", "how many events are on their way at once"),
    wall("probe/post", "delivery model net", "bytes http http_body_util hyper hyper_util tokio url", "async clock tasks", "one event over a connection"),
    wall("probe/connect", "delivery", "rustls rustls_platform_verifier tokio tokio_rustls url", "async io sockets", "connections to addresses that were checked"),
    wall("probe/error", "", "hyper", "io", "why an event got no answer"),
    wall("probe/certificate", "delivery", "jiff x509_parser", "", "what a receiver's certificate says"),
    wall("simulator", "model", "base16ct base64 bytes http httpdate jiff serde_json sha2 tracing url", "hash", "a provider's API as a state machine"),
    wall("simulator/admin", "", "bytes http serde_json", "async", "what a running simulator is told"),
    wall("simulator/emission", "delivery model", "bytes jiff serde_json", "", "which events are sent where"),
    wall("simulator/dispatch", "model probe", "futures_util http tokio tracing", "async tasks wait", "events leave in one place"),
    wall("simulator/id", "", "base16ct sha2 uuid", "", "ids of what is made"),
    wall("simulator/journal", "files", "serde_json", "files io", "a line for each mutation, flushed before the answer"),
    wall("simulator/server", "", "bytes futures_util http http_body_util hyper hyper_util tokio tracing", "async io sockets tasks wait", "the API on a port"),
    wall("simulator/transport", "net", "bytes http tokio", "async wait", "the API in process"),
    wall("apply", "model net plan provider", "futures_util jiff schemars serde_json sha2", "async", "walks a plan's steps"),
    wall("history", "delivery net provider", "jiff tokio", "async", "brings deliveries from a provider into an archive"),
    wall("forge", "json model net provider", "bytes http httpdate serde_json url", "", "one comment on a pull request"),
    wall("forge/client", "model net", "bytes http serde_json url", "async", "what is asked of a forge, and in which order"),
    wall("forge/exchange", "model net", "bytes http serde_json tracing", "async", "one request to a forge, and what its failures mean"),
    wall("notify", "model net", "bytes http serde_json url", "async", "tells a webhook of the user's own what a run came to"),
    wall("leftovers", "delivery manifest model plan", "jiff", "", "what scripts left behind → proposed tombstones"),
    wall("takeover", "manifest model", "jiff", "", "live webhooks → declarations and their text"),
    wall("saved", "apply model plan", "base16ct hmac jiff schemars serde_json sha2", "io", "a plan ⇄ a sealed file without secrets"),
    wall("run", "apply delivery diagnostic manifest model net plan policy provider saved", "futures_util jiff tokio", "async", "what all commands have in common: read, draft, learn, settle, apply, prove"),
    wall("reconcile", "manifest model provider run saved", "jiff serde_json sha2 tokio uuid", "async", "the service: schedule, conditions, what is kept and shown; it decides when, and `run` does it"),
    wall("reconcile/authority", "model", "base16ct hmac http jiff sha2", "", "whether whoever asks the service knows the shared secret"),
    wall("reconcile/metrics", "manifest model run", "jiff prometheus_client", "", "what the service counts, as OpenMetrics"),
    wall("reconcile/http", "manifest model net run", "axum http_body_util hyper hyper_util jiff serde_json tokio tracing", "async io sockets tasks wait", "what others ask the service for: probes, metrics, a page, documents, rounds, pauses"),
    wall("report", "apply delivery diagnostic forge leftovers model plan policy reconcile run saved takeover", "base16ct jiff schemars serde_json sha2 similar", "io", "one file for each output format"),
    wall("report/human", "apply delivery diagnostic forge leftovers model plan policy reconcile run saved takeover", "annotate_snippets anstyle jiff textwrap unicode_width", "io", "what people read on a terminal"),
    wall("report/html", "delivery plan reconcile run saved", "askama jiff", "io", "pages that need nothing else"),
    wall("report/markdown", "plan run saved", "askama textwrap", "io", "what people read in a pull request"),
    wall("report/csv", "run", "csv", "io", "tables for spreadsheets"),
    wall(
        "cli",
        "apply delivery diagnostic files forge history leftovers lock manifest model net notify plan policy probe provider reconcile report run saved simulator takeover",
        "anstream anyhow bytes clap clap_complete clap_mangen futures_util http http_body_util httpdate indicatif jiff object_store rustix sd_notify serde_json signal_hook similar terminal_size tokio tracing tracing_subscriber url uuid",
        "async clock env files io programs signals tasks wait",
        "arguments, files, environment variables, programs, terminal, exit codes",
    ),
    wall("providers", "", "", "", "the list of providers, one a line"),
    wall("lib", "", "", "", "a tour of the crate"),
    wall("main", "", "", "env programs", "calls `cli`"),
];

const fn wall(
    part: &'static str,
    modules: &'static str,
    crates: &'static str,
    powers: &'static str,
    does: &'static str,
) -> Wall {
    Wall {
        part,
        modules,
        crates,
        powers,
        does,
    }
}

/// Whether `path` is `prefix`, or something in it.
fn is_in(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Whether a file is `part`, or in it: `plan` has `src/plan/mod.rs`, `plan/order` has `src/plan/order.rs`.
pub(super) fn is_part(file: &str, part: &str) -> bool {
    file.strip_prefix("src/")
        .and_then(|file| file.strip_prefix(part))
        .is_some_and(|rest| rest.starts_with('/') || rest == ".rs")
}

/// The line that counts for a file.
fn wall_of(file: &str) -> Option<&'static Wall> {
    WALLS
        .iter()
        .filter(|wall| is_part(file, wall.part))
        .max_by_key(|wall| wall.part.len())
}

/// The module that a file is in.
fn module(file: &str) -> &str {
    let inner = file.strip_prefix("src/").unwrap_or(file);
    let end = inner.find(['/', '.']).unwrap_or(inner.len());
    &inner[..end]
}

/// The names that the table is about.
pub(super) struct Names {
    modules: Vec<String>,
    crates: Vec<String>,
}

impl Names {
    /// Those of the program's files, and of its dependencies.
    pub(super) fn of(program: &[(String, String)], manifest: &str) -> Self {
        let mut modules: Vec<String> = program
            .iter()
            .map(|(file, _)| module(file).to_owned())
            .collect();
        modules.dedup();
        // Also those of one kind of system.
        let dependencies = manifest.split("\n[").filter_map(|section| {
            let (name, lines) = section.split_once("]\n")?;
            let is_meant = name == "dependencies" || name.ends_with("'.dependencies");
            is_meant.then_some(lines)
        });
        let crates = dependencies
            .flat_map(str::lines)
            .filter_map(|line| line.split_once('='))
            .map(|(name, _)| name.trim().replace('-', "_"))
            .collect();
        Self { modules, crates }
    }

    /// Each name of the table that is in use nowhere, and each part without a file.
    pub(super) fn idle(&self, program: &[(String, String)]) -> Vec<String> {
        let mut found = Vec::new();
        for wall in WALLS {
            let used: Vec<String> = program
                .iter()
                .filter(|(file, _)| self::wall_of(file).is_some_and(|own| own.part == wall.part))
                .flat_map(|(file, text)| {
                    let named = super::scan::named(file, text);
                    named.into_iter().flat_map(|named| self.used(file, &named))
                })
                .map(|(_, name)| name)
                .collect();
            let listed = [wall.modules, wall.crates, wall.powers];
            for name in listed.iter().flat_map(|names| names.split_whitespace()) {
                if !used.iter().any(|used| used == name) {
                    found.push(format!("`{}` may name `{name}`, and does not", wall.part));
                }
            }
            if !program.iter().any(|(file, _)| is_part(file, wall.part)) {
                found.push(format!("there is no `{}`", wall.part));
            }
        }
        found
    }

    /// What is wrong with a name in a file.
    pub(super) fn refuse(&self, file: &str, named: &Named) -> Vec<String> {
        let Named { line, path, .. } = named;
        let Some(wall) = wall_of(file) else {
            return vec![format!(
                "{file}:{line} names `{path}`, and has no line in the table of walls"
            )];
        };
        self.used(file, named)
            .into_iter()
            .filter(|(kind, name)| {
                let listed = match kind {
                    Kind::Module => wall.modules,
                    Kind::Crate => wall.crates,
                    Kind::Power => wall.powers,
                };
                !listed.split_whitespace().any(|listed| listed == name)
            })
            .map(|(kind, name)| {
                let kind = match kind {
                    Kind::Module => "module",
                    Kind::Crate => "crate",
                    Kind::Power => "power",
                };
                format!(
                    "{file}:{line} names `{path}`: the line of `{}` lists no {kind} `{name}`",
                    wall.part
                )
            })
            .collect()
    }

    /// What a file names, as the table has it.
    fn used(&self, file: &str, named: &Named) -> Vec<(Kind, String)> {
        let mut found = Vec::new();
        let path = named.path.as_str();
        let (kind, known, inner) = match path.strip_prefix("crate::") {
            Some(inner) => (Kind::Module, &self.modules, inner),
            None => (Kind::Crate, &self.crates, path),
        };
        let name = inner.split("::").next().unwrap_or(inner);
        let is_own = kind == Kind::Module && name == module(file);
        if !is_own && !EVERYWHERE.contains(&name) && known.iter().any(|known| known == name) {
            found.push((kind, name.to_owned()));
        }
        for (power, paths) in POWERS {
            if paths.iter().any(|prefix| is_in(path, prefix)) {
                found.push((Kind::Power, (*power).to_owned()));
            }
        }
        found
    }
}

/// What a name is.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Module,
    Crate,
    Power,
}

/// The table as ARCHITECTURE.md prints it.
pub(super) fn table() -> String {
    let names = |names: &str| match names {
        "" => "–".to_owned(),
        names => names.to_owned(),
    };
    let rows = WALLS.iter().map(|wall| {
        let Wall {
            part,
            modules,
            crates: _,
            powers,
            does,
        } = wall;
        format!(
            "| `{part}` | {does} | {} | {} |\n",
            names(modules),
            names(powers)
        )
    });
    let head = "| part | does | may name | powers |\n|---|---|---|---|\n";
    head.to_owned() + &rows.collect::<String>()
}
