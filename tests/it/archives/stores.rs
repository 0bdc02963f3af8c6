//! Archives in Google's and Azure's stores, and what is said of credentials that are none.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::Command,
    thread,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::*;
use crate::support::tools;

/// The account and the key that the emulator of Azure's store knows, which are published with it.
const ACCOUNT: &str = "devstoreaccount1";
const KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// A server that runs until it is dropped.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    /// Starts it, and waits for the line with its address.
    fn start(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (found, is_found) = mpsc::channel();
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let outputs: [Box<dyn Read + Send>; 2] = [Box::new(stdout), Box::new(stderr)];
        for output in outputs {
            let found = found.clone();
            thread::spawn(move || {
                // Read to its end: a full pipe would hold the server up.
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    if let Some((_, address)) = line.split_once("http://") {
                        found.send(address.trim_end_matches('"').to_owned()).ok();
                    }
                }
            });
        }
        let address = is_found.recv_timeout(Duration::from_secs(60)).unwrap();
        Self { child, address }
    }

    /// Sends a request, and gives the status of the answer.
    #[track_caller]
    fn request(&self, head: &str, body: &str) -> u16 {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = body.len();
        let address = &self.address;
        write!(
            stream,
            "{head}\r\nhost: {address}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Azure's, with the container `team`.
fn azure() -> Option<Server> {
    let stores = tools::stores()?;
    let mut command = tools::tool("node")?;
    command.arg(stores.join("node_modules/azurite/dist/src/blob/main.js"));
    command.args([
        "--blobHost",
        "127.0.0.1",
        "--blobPort",
        "0",
        "--inMemoryPersistence",
    ]);
    command.args(["--disableTelemetry", "--skipApiVersionCheck"]);
    let server = Server::start(command);
    let date = httpdate::fmt_http_date(std::time::SystemTime::now());
    let headers = format!("x-ms-date:{date}\nx-ms-version:2023-11-03");
    let resource = format!("/{ACCOUNT}/{ACCOUNT}/team\nrestype:container");
    let signed = format!("PUT\n\n\n\n\n\n\n\n\n\n\n\n{headers}\n{resource}");
    let mut mac = Hmac::<Sha256>::new_from_slice(&STANDARD.decode(KEY).unwrap()).unwrap();
    mac.update(signed.as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let head = format!(
        "PUT /{ACCOUNT}/team?restype=container HTTP/1.1\r\nx-ms-date: {date}\r\nx-ms-version: 2023-11-03\r\nauthorization: SharedKey {ACCOUNT}:{signature}"
    );
    assert_eq!(server.request(&head, ""), 201);
    Some(server)
}

/// Fetches, counts, verifies and moves; then two runs write at once.
fn goes_round(workspace: &Workspace, api: &Api, archive: &str) {
    let synced = run(workspace, archive, &["sync"]);
    assert_eq!(synced["environments"][0]["new"], 16, "{synced:#}");
    run(workspace, "a.db", &["sync"]);
    for question in [
        &["list", "--limit", "0"][..],
        &["stats", "--since", "28d"],
        &["gaps", "--since", "28d"],
    ] {
        let [of_file, of_store] = ["a.db", archive].map(|archive| {
            let mut answer = run(workspace, archive, question);
            without_moments(&mut answer);
            answer
        });
        assert_eq!(of_file, of_store, "{question:?}");
    }
    let moved = run(workspace, archive, &["import-sqlite", "a.db"]);
    assert_eq!(moved["environments"][0]["known"], 16, "{moved:#}");
    for round in 0..4 {
        seed(
            api,
            Seeded::new(ORDERS, "order-created", at(5 * DAY + round), Some(200)),
        );
        seed(
            api,
            Seeded::new(ORDERS, "order-created", at(1 + round), Some(200)),
        );
        let runs = [0; 3].map(|_| {
            let mut command = workspace.command(&["history", "sync", "--archive", archive]);
            command.stdout(Stdio::null()).stderr(Stdio::piped());
            command.spawn().unwrap()
        });
        for run in runs {
            let output = run.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{said}");
        }
    }
    run(workspace, archive, &["compact"]);
    let verified = run(workspace, archive, &["verify"]);
    assert_eq!(verified["whole"], true, "{verified:#}");
    // Those of five days ago are of a span that was complete; only the late ones are new.
    assert_eq!(
        verified["environments"][0]["deliveries"], 20,
        "{verified:#}"
    );
}

/// No emulator of Google's store that can be installed takes what its XML interface is asked.
#[test]
fn a_bucket_of_google_keeps_an_archive() {
    let store = Store::start(Conditions::All);
    let api = Api::now();
    some(&api);
    let workspace = workspace(&api)
        .env("GOOGLE_BASE_URL", &store.endpoint())
        .env("GOOGLE_BEARER_TOKEN", "c4nary");
    goes_round(&workspace, &api, "gs://team/hooks");
}

#[test]
fn a_container_of_azure_keeps_an_archive() {
    let Some(server) = azure() else { return };
    let api = Api::now();
    some(&api);
    let workspace = workspace(&api)
        .env(
            "AZURE_STORAGE_ENDPOINT",
            &format!("http://{}/{ACCOUNT}", server.address),
        )
        .env("AZURE_STORAGE_ACCOUNT_NAME", ACCOUNT)
        .env("AZURE_STORAGE_ACCOUNT_KEY", KEY);
    goes_round(&workspace, &api, "az://team/hooks");
}

/// What is wrong with credentials is said without them.
#[test]
fn credentials_that_are_none_are_named() {
    let api = Api::now();
    let workspace = workspace(&api)
        .env("AZURE_STORAGE_ACCOUNT_KEY", "c4nary!")
        .env("GOOGLE_SERVICE_ACCOUNT", "absent.json");
    let mut shown = String::new();
    let with_account = |workspace: Workspace| workspace.env("AZURE_STORAGE_ACCOUNT_NAME", "acme");
    let mut refused = |workspace: &Workspace, archive: &str| {
        let run = workspace
            .run(&["history", "verify", "--archive", archive])
            .code(1);
        shown += &format!(
            "$ hookwright history verify --archive {archive}\n{}\n",
            run.stderr
        );
    };
    refused(&workspace, "az://team/hooks");
    refused(&workspace, "gs://team/hooks");
    workspace.write("absent.json", "{\"private_key\": \"c4nary\"}");
    refused(&workspace, "gs://team/hooks");
    let workspace = with_account(workspace);
    refused(&workspace, "az://team/hooks");
    assert!(!shown.contains("c4nary"), "{shown}");
    insta::assert_snapshot!(shown);
}
