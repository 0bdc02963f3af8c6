//! A service that runs, and what it says over HTTP.

use std::{
    io::{Read, Write},
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
    /// Starts it, and waits until it answers.
    #[track_caller]
    pub(super) fn start(workspace: &Workspace, arguments: &[&str]) -> Self {
        let address = free_address();
        let listen = address.to_string();
        let always = ["reconcile", "--listen", &listen];
        let service = Self {
            running: Some(Running::start(
                workspace.command(&[&always, arguments].concat()),
            )),
            address,
        };
        wait_for("the service is ready", || get(address, "/readyz"));
        service
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

/// The body of what is answered, where the status is 200.
pub(super) fn get(address: SocketAddr, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    // With this version, the answer ends with the connection, and is not in chunks.
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n").ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8(answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?;
    (status == "200").then(|| body.to_owned())
}
