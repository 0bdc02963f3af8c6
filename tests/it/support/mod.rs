//! What the tests run: the real binary in a folder of its own, against a simulator on loopback.

pub(crate) mod forge;
pub(crate) mod history;
pub(crate) mod pages;
#[cfg(unix)]
pub(crate) mod process;
pub(crate) mod proxy;
pub(crate) mod receiver;
pub(crate) mod s3;
pub(crate) mod sarif;
pub(crate) mod svix;
pub(crate) mod tools;

use std::{
    fs,
    io::Write,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use bytes::Bytes;
use hookwright::{
    model::{Credentials, EnvType, MaskedText, ProviderProfile, Secret},
    provider::truv::PROFILE as TRUV,
    simulator::{
        Clock, Dispatcher, Server, SharedSimulator, Simulator, SimulatorBuilder, WebhookSeed,
    },
};
use http::{Request, Response};
use tempfile::TempDir;
use tokio::sync::oneshot;

use self::proxy::Listening;

/// A client id and secrets of the form that providers give out.
pub(crate) const CLIENT_ID: &str = "0123456789abcdef0123456789abcdef";
pub(crate) const SANDBOX_SECRET: &str = "sandbox-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
/// An environment of a provider that is not production where it has another, and credentials that its simulator takes.
pub(crate) fn credentials(profile: &'static ProviderProfile) -> (EnvType, Credentials) {
    let mut prefixes = profile.secret_prefixes.iter();
    let spelt = |(_, env_type): &&(&str, EnvType)| profile.spelling(*env_type).is_some();
    let found = prefixes.find(|prefix| spelt(prefix) && prefix.1 != EnvType::Production);
    let (prefix, env_type) = found.copied().unwrap_or(("", EnvType::Sandbox));
    let secret = Secret::new(format!("{prefix}{}", "b".repeat(40)));
    let others = profile.credentials.iter().filter(|fact| !fact.secret);
    let credentials = others.fold(Credentials::new(secret), |all, fact| {
        all.with(fact.key, MaskedText::plain(CLIENT_ID))
    });
    (env_type, credentials)
}

/// One round of the service, by itself.
pub(crate) const ONCE: &[&str] = &[
    "reconcile",
    "--once",
    "--state",
    "state.json",
    "--unlocked",
    "-v",
];
pub(crate) const DEV_SECRET: &str = "dev-bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
pub(crate) const PROD_SECRET: &str = "prod-cccccccccccccccccccccccccccccccccccccccc";

/// Runs a test for each of the values, several at once: for runs that mostly wait. A panic of one is the panic of the test.
pub(crate) fn for_each_at_once<T: Send>(
    values: impl IntoIterator<Item = T, IntoIter: Send>,
    test: impl Fn(T) + Sync,
) {
    let values = Mutex::new(values.into_iter());
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some(value) = { values.lock().unwrap().next() } {
                    test(value);
                }
            });
        }
    });
}

/// A folder with a manifest, in which the program runs with an empty environment but for what the
/// test gives it.
pub(crate) struct Workspace {
    folder: TempDir,
    env: Vec<(String, String)>,
    redactions: Vec<(String, String)>,
}

/// What a run gave.
#[must_use]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Workspace {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let redactions = vec![(folder.path().display().to_string(), "[FOLDER]".to_owned())];
        Self {
            folder,
            env: vec![
                ("TRUV_CLIENT_ID".to_owned(), CLIENT_ID.to_owned()),
                ("TRUV_SANDBOX_SECRET".to_owned(), SANDBOX_SECRET.to_owned()),
                ("TRUV_DEV_SECRET".to_owned(), DEV_SECRET.to_owned()),
                ("TRUV_PROD_SECRET".to_owned(), PROD_SECRET.to_owned()),
            ],
            redactions,
        }
    }

    /// A folder with this manifest as `hookwright.yaml`.
    pub(crate) fn with(manifest: &str) -> Self {
        let workspace = Self::new();
        workspace.write("hookwright.yaml", manifest);
        workspace
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// Sets an environment variable of the program.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Shows this text as another in what runs gave.
    pub(crate) fn redact(mut self, text: impl Into<String>, shown: &str) -> Self {
        self.redactions.push((text.into(), shown.to_owned()));
        self
    }

    /// The program with these arguments, not yet started.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.program(env!("CARGO_BIN_EXE_hookwright"), arguments)
    }

    /// Another program, in the same folder and with the same environment.
    pub(crate) fn program(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.run_with_input(arguments, "")
    }

    #[track_caller]
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Run {
        self.finish(self.command(arguments), input)
    }

    /// Runs the program within a limit, as the shell's `ulimit` takes it.
    #[cfg(unix)]
    #[track_caller]
    pub(crate) fn run_within(&self, limit: &str, arguments: &[&str], input: &str) -> Run {
        let limited = format!("ulimit {limit}; exec \"$0\" \"$@\"");
        let mut all = vec!["-c", &limited, env!("CARGO_BIN_EXE_hookwright")];
        all.extend(arguments);
        self.finish(self.program("sh", &all), input)
    }

    /// Runs a program to its end.
    #[track_caller]
    pub(crate) fn finish(&self, mut command: Command, input: &str) -> Run {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that does not read its input closes the pipe; that is its right.
        child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
        let output = child.wait_with_output().unwrap();
        Run {
            code: output.status.code().expect("the program was not killed"),
            stdout: self.redacted(&output.stdout),
            stderr: self.redacted(&output.stderr),
        }
    }

    fn redacted(&self, bytes: &[u8]) -> String {
        let mut text = String::from_utf8(bytes.to_vec()).expect("output is UTF-8");
        for (secret, shown) in &self.redactions {
            text = text.replace(secret, shown);
        }
        text
    }

    /// The paths of all files below the folder, and what is in them.
    pub(crate) fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut folders = vec![self.path().to_owned()];
        let mut files = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let content = fs::read(&path).unwrap();
                    files.push((path, content));
                }
            }
        }
        files
    }
}

/// Operations run at once, so progress comes in any order; nothing else is sorted.
fn in_order(stderr: &str) -> String {
    let is_progress = |line: &&str| {
        line.split(' ')
            .nth(1)
            .is_some_and(|sign| "+~-".contains(sign))
    };
    let mut lines: Vec<&str> = stderr.split_inclusive('\n').collect();
    let first = lines.iter().take_while(|line| is_progress(line)).count();
    lines[..first].sort_unstable();
    lines.concat()
}

impl Run {
    /// Asserts the exit code, showing what was said where it is another.
    #[track_caller]
    pub(crate) fn code(self, expected: u8) -> Self {
        assert_eq!(self.code, i32::from(expected), "\n{}", self.shown());
        self
    }

    /// Everything, for a snapshot.
    pub(crate) fn shown(&self) -> String {
        let Self {
            code,
            stdout,
            stderr,
        } = self;
        let stderr = in_order(stderr);
        format!("exit {code}\n----- stdout -----\n{stdout}----- stderr -----\n{stderr}")
    }

    /// Standard output as JSON: one document and nothing else.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|err| panic!("{err}\n{}", self.shown()))
    }
}

/// A simulator that listens on a port of loopback until it is dropped.
pub(crate) struct Api {
    pub(crate) simulator: SharedSimulator,
    scheme: &'static str,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
    proxy: Option<Listening>,
}

impl Api {
    /// Truv's API, without a rate limit.
    pub(crate) fn truv() -> Self {
        Self::start(|builder| builder)
    }

    pub(crate) fn start(set_up: impl FnOnce(SimulatorBuilder) -> SimulatorBuilder) -> Self {
        Self::of(&TRUV, set_up)
    }

    pub(crate) fn of(
        provider: &'static ProviderProfile,
        set_up: impl FnOnce(SimulatorBuilder) -> SimulatorBuilder,
    ) -> Self {
        let clock = Arc::new(|| "2026-01-02T03:04:05Z".parse().unwrap());
        Self::with_clock(provider, clock, set_up)
    }

    pub(crate) fn with_clock(
        provider: &'static ProviderProfile,
        clock: Clock,
        set_up: impl FnOnce(SimulatorBuilder) -> SimulatorBuilder,
    ) -> Self {
        let builder = Simulator::builder(provider, clock).rate_limit(0);
        let simulator = set_up(builder).build();
        let (stop, stopped) = oneshot::channel::<()>();
        let (started, address) = std::sync::mpsc::channel();
        let shared = simulator.clone();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let server = Server::bind("127.0.0.1:0", shared.clone()).await.unwrap();
                started.send(server.address()).unwrap();
                // Retries need no time in tests.
                let dispatcher = Dispatcher::new(shared).with_pause(Duration::ZERO);
                server
                    .with_dispatcher(dispatcher)
                    .with_grace(Duration::ZERO)
                    .serve(async { stopped.await.unwrap_or_default() })
                    .await;
            });
        });
        Self {
            simulator,
            scheme: "http",
            address: address.recv().unwrap(),
            stop: Some(stop),
            thread: Some(thread),
            proxy: None,
        }
    }

    /// Truv's API at the present time, as the program knows no other.
    pub(crate) fn now() -> Self {
        Self::now_with(|builder| builder)
    }

    pub(crate) fn now_with(set_up: impl FnOnce(SimulatorBuilder) -> SimulatorBuilder) -> Self {
        Self::with_clock(&TRUV, Arc::new(jiff::Timestamp::now), set_up)
    }

    /// Truv's API behind a proxy that does this with every request.
    pub(crate) fn meddled(
        script: impl Fn(&Request<Bytes>, &SharedSimulator) -> Option<Response<Bytes>>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self::behind("http", |simulator| {
            Listening::start(proxy::through(simulator, Arc::new(script)))
        })
    }

    /// Truv's API behind a gateway that speaks TLS and asks for a client's certificate.
    pub(crate) fn over_tls() -> Self {
        Self::behind("https", |simulator| {
            Listening::over_tls(proxy::through(simulator, Arc::new(|_, _| None)))
        })
    }

    /// Behind a proxy at the present time.
    pub(crate) fn meddled_now(
        script: impl Fn(&Request<Bytes>, &SharedSimulator) -> Option<Response<Bytes>>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        let proxy = |simulator| Listening::start(proxy::through(simulator, Arc::new(script)));
        Self::behind_at(&TRUV, Arc::new(jiff::Timestamp::now), "http", proxy)
    }

    /// The API of another provider behind a proxy, at the present time.
    pub(crate) fn meddled_of(
        provider: &'static ProviderProfile,
        script: impl Fn(&Request<Bytes>, &SharedSimulator) -> Option<Response<Bytes>>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        let proxy = |simulator| Listening::start(proxy::through(simulator, Arc::new(script)));
        Self::behind_at(provider, Arc::new(jiff::Timestamp::now), "http", proxy)
    }

    fn behind(scheme: &'static str, proxy: impl FnOnce(SharedSimulator) -> Listening) -> Self {
        let clock = Arc::new(|| "2026-01-02T03:04:05Z".parse().unwrap());
        Self::behind_at(&TRUV, clock, scheme, proxy)
    }

    fn behind_at(
        profile: &'static ProviderProfile,
        clock: Clock,
        scheme: &'static str,
        proxy: impl FnOnce(SharedSimulator) -> Listening,
    ) -> Self {
        let simulator = Simulator::builder(profile, clock).rate_limit(0).build();
        let proxy = proxy(simulator.clone());
        Self {
            simulator,
            scheme,
            address: proxy.address,
            stop: None,
            thread: None,
            proxy: Some(proxy),
        }
    }

    pub(crate) fn base_url(&self) -> String {
        let path = self.simulator.base_path();
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// Puts a live webhook there, without a request.
    pub(crate) fn seed(&self, env_type: EnvType, name: &str, url: &str, events: &[&str]) -> String {
        let seed = WebhookSeed::new(name, url, events.iter().copied());
        self.simulator.seed(CLIENT_ID, env_type, seed).unwrap().id
    }

    /// Lets the simulator sign events with the secrets that the tests use.
    pub(crate) fn knows_secrets(self) -> Self {
        for secret in [SANDBOX_SECRET, DEV_SECRET, PROD_SECRET] {
            self.simulator.learn(
                &Credentials::new(Secret::new(secret))
                    .with("client_id", MaskedText::plain(CLIENT_ID)),
            );
        }
        self
    }

    /// Lets an event happen, and waits for all attempts to deliver it; the arguments are those of
    /// `simulator emit`.
    #[track_caller]
    pub(crate) fn emit(&self, arguments: &[&str]) -> Run {
        let at = format!("http://{}", self.address);
        let all = ["simulator", "emit", "--wait", "all", "--at", &at];
        Workspace::new().run(&[&all, arguments].concat())
    }

    /// The live webhooks of an environment, as `name url`, the oldest first.
    pub(crate) fn live(&self, env_type: EnvType) -> Vec<String> {
        self.simulator
            .webhooks(CLIENT_ID, env_type)
            .into_iter()
            .map(|one| format!("{} {}", one.name, one.webhook_url))
            .collect()
    }

    /// The requests so far, as `METHOD path status`.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.simulator
            .requests()
            .into_iter()
            .map(|one| {
                let status = one
                    .status
                    .map_or_else(|| "-".to_owned(), |status| status.to_string());
                format!("{} {} {status}", one.method, one.path)
            })
            .collect()
    }

    /// How many requests of a method there were so far.
    pub(crate) fn count(&self, method: &str) -> usize {
        let all = self.simulator.requests();
        all.iter().filter(|one| one.method == method).count()
    }

    /// A workspace with a manifest in which `[API]` stands for this API's base URL.
    pub(crate) fn workspace(&self, manifest: &str) -> Workspace {
        Workspace::with(&manifest.replace("[API]", &self.base_url()))
            .redact(self.base_url(), "[API]")
            // With its colon: five digits alone can be a part of any number.
            .redact(format!(":{}", self.address.port()), ":[PORT]")
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        drop(self.stop.take());
        drop(self.proxy.take());
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

/// An environment `sandbox` at `[API]`, and what a test adds below `webhooks:`.
pub(crate) fn sandbox_manifest(webhooks: &str) -> String {
    format!(
        "version: 1
environments:
  sandbox:
    provider: truv
    base_url: [API]
    credentials:
      client_id: ${{env:TRUV_CLIENT_ID}}
      access_secret: ${{env:TRUV_SANDBOX_SECRET}}
webhooks:
{webhooks}"
    )
}
