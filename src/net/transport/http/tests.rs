use std::{
    error::Error,
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    thread,
    time::Instant,
};

use super::*;

/// A server that answers one connection with these bytes and then closes it or, where asked to,
/// stays silent until the client leaves. It returns what it was sent.
struct Once {
    address: SocketAddr,
    server: thread::JoinHandle<String>,
}

impl Once {
    fn answering(answer: &str, then_silent: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let answer = answer.to_owned();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut received = Vec::new();
            let mut chunk = [0; 4096];
            while !received.ends_with(b"end") {
                let read = stream.read(&mut chunk).unwrap_or(0);
                if read == 0 {
                    break;
                }
                received.extend_from_slice(&chunk[..read]);
            }
            stream.write_all(answer.as_bytes()).ok();
            if then_silent {
                while stream.read(&mut chunk).is_ok_and(|read| read > 0) {}
            }
            String::from_utf8(received).unwrap()
        });
        Self { address, server }
    }

    async fn send(&self, config: &HttpConfig) -> Result<::http::Response<Bytes>, TransportError> {
        send_to(self.address, config).await
    }
}

async fn send_to(
    address: SocketAddr,
    config: &HttpConfig,
) -> Result<::http::Response<Bytes>, TransportError> {
    let base = BaseUrl::new(&format!("http://{address}/v1/"), false).unwrap();
    let request = ::http::Request::post(format!("{}webhooks/?canary=1", base.as_str()))
        .header("x-access-secret", "canary")
        .body(Bytes::from_static(b"the end"))
        .unwrap();
    let transport = HttpTransport::new(&base, config).unwrap();
    transport.send(request).await
}

/// The error's kind, and all of its texts.
fn told(error: &TransportError) -> (TransportErrorKind, String) {
    let mut text = format!("{error:?} {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    (error.kind, text)
}

#[track_caller]
fn assert_kind(error: &TransportError, kind: TransportErrorKind) {
    let (told, text) = told(error);
    assert_eq!(told, kind, "{text}");
    assert!(!text.contains("canary"), "{text}");
}

#[tokio::test]
async fn the_whole_answer_comes_back_whatever_its_status() {
    let answer = "HTTP/1.1 503 Busy\r\nretry-after: 7\r\ncontent-length: 4\r\n\r\nbusy";
    let server = Once::answering(answer, false);
    let response = server.send(&HttpConfig::default()).await.unwrap();
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()["retry-after"], "7");
    assert_eq!(response.body(), "busy");
    let received = server.server.join().unwrap();
    assert!(
        received.starts_with("POST /v1/webhooks/?canary=1 HTTP/1.1\r\n"),
        "{received}"
    );
    assert!(received.ends_with("\r\n\r\nthe end"), "{received}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let answer =
        "HTTP/1.1 307 Elsewhere\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n";
    let response = Once::answering(answer, false)
        .send(&HttpConfig::default())
        .await;
    assert_eq!(response.unwrap().status(), 307);
}

#[tokio::test]
async fn a_refused_connection_surely_carried_nothing() {
    let address = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let error = send_to(address, &HttpConfig::default()).await.unwrap_err();
    assert_kind(&error, TransportErrorKind::Connect);
}

#[tokio::test]
async fn silence_and_broken_answers_leave_the_outcome_open() {
    let impatient = HttpConfig {
        read_timeout: Duration::from_millis(50),
        ..HttpConfig::default()
    };
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf";
    for (answer, silent, kind) in [
        ("", true, TransportErrorKind::Timeout),
        (head, true, TransportErrorKind::Timeout),
        ("", false, TransportErrorKind::Interrupted),
        (head, false, TransportErrorKind::Interrupted),
        ("not HTTP\r\n\r\n", false, TransportErrorKind::Interrupted),
    ] {
        let error = Once::answering(answer, silent)
            .send(&impatient)
            .await
            .unwrap_err();
        assert_kind(&error, kind);
    }
}

#[tokio::test]
async fn an_answer_is_bounded() {
    let small = HttpConfig {
        max_body: 8,
        ..HttpConfig::default()
    };
    let endless =
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n12345\r\n5\r\n67890\r\n";
    let error = Once::answering(endless, true)
        .send(&small)
        .await
        .unwrap_err();
    assert_kind(&error, TransportErrorKind::TooLarge);
    assert_eq!(error.to_string(), "the answer is larger than 8 bytes");
}

#[test]
fn unreadable_certificates_and_keys_are_refused() {
    let base = BaseUrl::new("https://h.example/", false).unwrap();
    let transport = |authorities: Option<&[u8]>, identity: Option<&[u8]>| {
        let config = HttpConfig {
            authorities: authorities.map(Vec::from),
            identity: identity.map(|both| ClientIdentity {
                certificate: both.to_vec(),
                key: both.to_vec(),
            }),
            ..HttpConfig::default()
        };
        assert!(!format!("{config:?}").contains("canary"));
        HttpTransport::new(&base, &config).unwrap_err().to_string()
    };
    assert_eq!(
        transport(Some(b"no PEM"), None),
        "there is no certificate in it"
    );
    let broken = b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
    let not_one = b"-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";
    for certificate in [&broken[..], not_one] {
        assert_eq!(
            transport(Some(certificate), None),
            "a certificate cannot be read"
        );
    }
    for pem in [b"canary", &broken[..]] {
        assert_eq!(
            transport(None, Some(pem)),
            "the client's certificate cannot be read"
        );
    }
    assert_eq!(
        transport(None, Some(include_bytes!("testdata/authority.pem"))),
        "the private key cannot be read"
    );
}

#[test]
fn a_key_must_be_its_certificates_own() {
    let base = BaseUrl::new("https://h.example/", false).unwrap();
    let identity = |certificate: &[u8], key: &[u8]| {
        let config = HttpConfig {
            identity: Some(ClientIdentity {
                certificate: certificate.to_vec(),
                key: key.to_vec(),
            }),
            ..HttpConfig::default()
        };
        HttpTransport::new(&base, &config).map(|_| ())
    };
    let client = include_bytes!("testdata/client.pem");
    let server = include_bytes!("testdata/server.pem");
    identity(client, client).unwrap();
    let error = identity(client, server).unwrap_err();
    assert!(matches!(error, InvalidHttpConfig::OtherKey), "{error:?}");
}

#[test]
fn a_transport_to_this_machine_does_not_read_the_trusted_certificates() {
    let base = BaseUrl::new("http://127.0.0.1:9/", false).unwrap();
    #[expect(clippy::disallowed_methods, reason = "the real cost is measured")]
    let start = Instant::now();
    HttpTransport::new(&base, &HttpConfig::default()).unwrap();
    eprintln!("built in {:?}", start.elapsed());
}
