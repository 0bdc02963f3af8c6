//! A service that runs, and what it says over HTTP.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
};

use rustix::process::Signal;

use super::{PATIENCE, wait_for};
use crate::support::{Workspace, process::Running};

/// `hookwright reconcile`, until it is dropped.
pub(super) struct Service {
    running: Option<Running>,
    pub(super) address: SocketAddr,
}

impl Service {
    /// Starts it, and waits until it is ready.
    #[track_caller]
    pub(super) fn start(workspace: &Workspace, arguments: &[&str]) -> Self {
        let always = ["reconcile", "--listen", "127.0.0.1:0"];
        let command = workspace.command(&[&always, arguments].concat());
        let mut running = Running::start(command);
        let line = running.wait_until("its address", |line| line.contains("http://"));
        let (_, address) = line.trim_end().split_once("http://").unwrap();
        let address = address.trim_end_matches('/').parse().unwrap();
        wait_for("the service is ready", || get(address, "/readyz"));
        Self {
            running: Some(running),
            address,
        }
    }

    /// What it exports.
    #[track_caller]
    pub(super) fn metrics(&self) -> String {
        get(self.address, "/metrics").expect("the service answers")
    }

    /// Stops it as a supervisor does.
    #[track_caller]
    pub(super) fn stop(mut self) {
        let running = self.running.take().unwrap();
        running.signal(Signal::TERM);
        let (code, _, stderr) = running.finish();
        assert_eq!(code, Some(0), "{stderr}");
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.kill();
        }
    }
}

/// An address that nobody listens on.
pub(super) fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

/// The body of what is answered, where the status is 200; else what came instead.
pub(super) fn get(address: SocketAddr, path: &str) -> Result<String, String> {
    let answer = ask(address, path).map_err(|err| err.to_string())?;
    let parts = answer.split_once("\r\n\r\n");
    match (answer.split(' ').nth(1), parts) {
        (Some("200"), Some((_, body))) => Ok(body.to_owned()),
        _ => Err(answer),
    }
}

fn ask(address: SocketAddr, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    // With this version, the answer ends with the connection, and is not in chunks.
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
