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
    net::Transport,
    simulator::{InProcessTransport, SharedSimulator},
};
use http::{Request, Response};
use rustls::{
    RootCertStore, ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::WebPkiClientVerifier,
};

/// Whom the certificates of [`SERVER`] and [`CLIENT`] are of; they belong to nobody.
pub(crate) const AUTHORITY: &[u8] =
    include_bytes!("../../../src/net/transport/http/testdata/authority.pem");
/// A certificate and its key for 127.0.0.1.
pub(crate) const SERVER: &[u8] =
    include_bytes!("../../../src/net/transport/http/testdata/server.pem");
/// A client's certificate and its key.
pub(crate) const CLIENT: &[u8] =
    include_bytes!("../../../src/net/transport/http/testdata/client.pem");

/// What a proxy does with a request: `None` passes it on.
pub(crate) type Script =
    dyn Fn(&Request<Bytes>, &SharedSimulator) -> Option<Response<Bytes>> + Send + Sync;

/// How a request is answered; an error hangs up.
pub(crate) type Answer = dyn Fn(Request<Bytes>) -> io::Result<Response<Bytes>> + Send + Sync;

/// Something that listens on loopback until it is dropped.
pub(crate) struct Listening {
    pub(crate) address: SocketAddr,
    stop: Arc<AtomicBool>,
    accepting: Option<thread::JoinHandle<()>>,
}

impl Listening {
    pub(crate) fn start(answer: Arc<Answer>) -> Self {
        Self::serving(move |stream| exchange(stream, &*answer))
    }

    /// What speaks TLS with a certificate of [`AUTHORITY`], and only with clients that have one, too.
    pub(crate) fn over_tls(answer: Arc<Answer>) -> Self {
        let config = tls();
        Self::serving(move |stream| {
            let connection = ServerConnection::new(config.clone()).map_err(io::Error::other)?;
            let mut stream = StreamOwned::new(connection, stream);
            exchange(&mut stream, &*answer)?;
            stream.conn.send_close_notify();
            stream.flush()
        })
    }

    /// Listens, and serves each connection in a thread of its own.
    fn serving(serve: impl Fn(TcpStream) -> io::Result<()> + Send + Sync + 'static) -> Self {
        let serve = Arc::new(serve);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let accepting = thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                let serve = Arc::clone(&serve);
                // A client that leaves in the middle is what some tests are about.
                thread::spawn(move || serve(stream?));
            }
        });
        Self {
            address,
            stop,
            accepting: Some(accepting),
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the listener up.
        TcpStream::connect(self.address).ok();
        if let Some(accepting) = self.accepting.take() {
            accepting.join().ok();
        }
    }
}

/// Passes on to the simulator what the script does not answer.
pub(crate) fn through(simulator: SharedSimulator, script: Arc<Script>) -> Arc<Answer> {
    Arc::new(move |request| {
        if let Some(response) = script(&request, &simulator) {
            return Ok(response);
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()?;
        runtime
            .block_on(InProcessTransport::new(simulator.clone()).send(request))
            .map_err(io::Error::other)
    })
}

/// An extension of an answer whose body is sent again and again, until the client hangs up.
#[derive(Clone, Copy)]
pub(crate) struct Endless;

/// One request and its answer; then the connection closes.
fn exchange(mut stream: impl Read + Write, answer: &Answer) -> io::Result<()> {
    let response = answer(read(&mut stream)?)?;
    let (head, body) = response.into_parts();
    let mut answer = format!("HTTP/1.1 {}\r\nconnection: close\r\n", head.status).into_bytes();
    for (name, value) in &head.headers {
        write!(answer, "{name}: ")?;
        // Not always text: a careless provider echoes anything.
        answer.extend_from_slice(value.as_bytes());
        answer.extend_from_slice(b"\r\n");
    }
    let is_endless = head.extensions.get::<Endless>().is_some();
    if head.status != 204 && !is_endless {
        write!(answer, "content-length: {}\r\n", body.len())?;
    }
    answer.extend_from_slice(b"\r\n");
    answer.extend_from_slice(&body);
    stream.write_all(&answer)?;
    if !is_endless {
        return Ok(());
    }
    loop {
        stream.write_all(&body)?;
    }
}

fn read(stream: impl Read) -> io::Result<Request<Bytes>> {
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
    for line in lines.iter().skip(1) {
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

fn tls() -> Arc<ServerConfig> {
    ring::default_provider().install_default().ok();
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_slice(AUTHORITY).unwrap();
    roots.add(authority).unwrap();
    let clients = WebPkiClientVerifier::builder(Arc::new(roots)).build();
    let config = ServerConfig::builder()
        .with_client_cert_verifier(clients.unwrap())
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(SERVER).unwrap()],
            PrivateKeyDer::from_pem_slice(SERVER).unwrap(),
        );
    Arc::new(config.unwrap())
}
