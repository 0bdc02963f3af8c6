//! A proxy before a simulator: a test sees every request, may act before it arrives, and may answer
//! it in the provider's place.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use bytes::Bytes;
use hookwright::{
    provider::transport::Transport,
    simulator::{InProcessTransport, SharedSimulator},
};
use http::{Request, Response};

/// What a proxy does with a request: `None` passes it on.
pub(crate) type Script =
    dyn Fn(&Request<Bytes>, &SharedSimulator) -> Option<Response<Bytes>> + Send + Sync;

/// A proxy that listens until it is dropped.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    stop: Arc<AtomicBool>,
    accepting: Option<thread::JoinHandle<()>>,
}

impl Proxy {
    pub(crate) fn start(simulator: SharedSimulator, script: Arc<Script>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let accepting = thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                let (simulator, script) = (simulator.clone(), Arc::clone(&script));
                // A client that leaves in the middle is what some tests are about.
                thread::spawn(move || exchange(stream?, &simulator, &*script));
            }
        });
        Self {
            address,
            stop,
            accepting: Some(accepting),
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the listener up.
        TcpStream::connect(self.address).ok();
        if let Some(accepting) = self.accepting.take() {
            accepting.join().ok();
        }
    }
}

/// One request and its answer; then the connection closes.
fn exchange(mut stream: TcpStream, simulator: &SharedSimulator, script: &Script) -> io::Result<()> {
    let request = read(&stream)?;
    let response = match script(&request, simulator) {
        Some(response) => response,
        None => {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .build()?;
            runtime
                .block_on(InProcessTransport::new(simulator.clone()).send(request))
                .map_err(io::Error::other)?
        }
    };
    let (head, body) = response.into_parts();
    let mut answer = format!("HTTP/1.1 {}\r\nconnection: close\r\n", head.status).into_bytes();
    for (name, value) in &head.headers {
        write!(answer, "{name}: ")?;
        // Not always text: a careless provider echoes anything.
        answer.extend_from_slice(value.as_bytes());
        answer.extend_from_slice(b"\r\n");
    }
    if head.status != 204 {
        write!(answer, "content-length: {}\r\n", body.len())?;
    }
    answer.extend_from_slice(b"\r\n");
    answer.extend_from_slice(&body);
    stream.write_all(&answer)
}

fn read(stream: &TcpStream) -> io::Result<Request<Bytes>> {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let mut first = lines
        .first()
        .map(String::as_str)
        .unwrap_or_default()
        .split(' ');
    let mut request = Request::builder()
        .method(first.next().unwrap_or_default())
        .uri(first.next().unwrap_or_default());
    let mut length = 0;
    for line in &lines[1..] {
        let (name, value) = line.split_once(':').unwrap();
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap();
        }
        request = request.header(name, value.trim());
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    request.body(body.into()).map_err(io::Error::other)
}
