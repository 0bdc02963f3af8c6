//! Requests over a real loopback socket, with a client that knows nothing but bytes.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
    task::JoinHandle,
};

use super::*;
use crate::{
    model::EnvType,
    provider::truv::PROFILE as TRUV,
    simulator::{Server, SharedSimulator},
};

struct Running {
    shared: SharedSimulator,
    address: std::net::SocketAddr,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

impl Running {
    async fn start(faults: &[&str]) -> Self {
        let shared = Simulator::builder(&TRUV, clock())
            .faults(faults.iter().map(|rule| rule.parse().unwrap()))
            .build();
        let server = Server::bind("127.0.0.1:0", shared.clone()).await.unwrap();
        let address = server.address();
        assert_eq!(server.base_url(), format!("http://{address}/v1/"));
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(server.serve(async {
            let _ = stopped.await;
        }));
        Self {
            shared,
            address,
            stop,
            served,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends a request on a connection of its own and reads until the server closes it.
    async fn ask(&self, request: &str) -> io::Result<String> {
        let mut stream = self.connect().await;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Ok(String::from_utf8(answer).unwrap())
    }

    fn count(&self) -> usize {
        self.shared.webhooks(CLIENT, EnvType::Sandbox).len()
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.served.await.unwrap();
    }
}

fn message(method: &str, path: &str, body: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost:1\r\nConnection: close\r\n\
         X-Access-Client-Id: {CLIENT}\r\nx-access-secret: {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        secret("sandbox"),
        body.len(),
    )
}

fn post() -> String {
    let body = webhook("a", "https://a.example/").to_string();
    message("POST", WEBHOOKS, &body)
}

fn body_of(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").unwrap().1
}

#[tokio::test]
async fn requests_are_answered_over_a_socket() {
    let server = Running::start(&[]).await;
    let created = server.ask(&post()).await.unwrap();
    assert!(created.starts_with("HTTP/1.1 201 Created\r\n"), "{created}");
    let created: Value = serde_json::from_str(body_of(&created)).unwrap();
    let list = server.ask(&message("GET", WEBHOOKS, "")).await.unwrap();
    let list: Value = serde_json::from_str(body_of(&list)).unwrap();
    assert_eq!(list["results"], json!([created]));
    let gone = server
        .ask(&message("DELETE", &path_of(&created), ""))
        .await
        .unwrap();
    assert!(gone.starts_with("HTTP/1.1 204 No Content\r\n"), "{gone}");
    assert_eq!(body_of(&gone), "");
    assert_eq!(server.shared.requests().len(), 3);
    server.stop().await;
}

#[tokio::test]
async fn next_names_the_host_of_the_request() {
    let server = Running::start(&[]).await;
    server.ask(&post()).await.unwrap();
    let other = webhook("b", "https://b.example/").to_string();
    server
        .ask(&message("POST", WEBHOOKS, &other))
        .await
        .unwrap();
    let list = server
        .ask(&message("GET", "/v1/webhooks/?page_size=1", ""))
        .await
        .unwrap();
    assert!(
        list.contains("\"next\":\"http://localhost:1/v1/webhooks/?cursor="),
        "{list}"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_reset_is_a_reset_on_the_socket() {
    let server = Running::start(&["post:1=reset", "post:2=reset-after"]).await;
    for processed in [0, 1] {
        let err = server.ask(&post()).await.unwrap_err();
        assert_eq!(err.kind(), io::ErrorKind::ConnectionReset);
        assert_eq!(server.count(), processed);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_truncated_answer_declares_more_than_it_has() {
    let server = Running::start(&["post:1=truncated"]).await;
    let answer = server.ask(&post()).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
    let declared = answer
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .unwrap();
    let declared: usize = declared.parse().unwrap();
    let got = body_of(&answer).len();
    assert!(got > 0 && got < declared, "{got} of {declared}");
    assert_eq!(server.count(), 1);
    server.stop().await;
}

#[tokio::test]
async fn a_slow_answer_comes_whole() {
    let server = Running::start(&["post:1=slow:1", "delete:1=slow:1"]).await;
    let answer = server.ask(&post()).await.unwrap();
    let created: Value = serde_json::from_str(body_of(&answer)).unwrap();
    let path = path_of(&created);
    let gone = server.ask(&message("DELETE", &path, "")).await.unwrap();
    assert!(gone.starts_with("HTTP/1.1 204"), "{gone}");
    server.stop().await;
}

#[tokio::test]
async fn silence_lasts_until_the_server_stops() {
    let server = Running::start(&["post:1=timeout-after"]).await;
    let mut stream = server.connect().await;
    stream.write_all(post().as_bytes()).await.unwrap();
    while server.count() == 0 {
        tokio::task::yield_now().await;
    }
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    let ((), read) = tokio::join!(server.stop(), read);
    assert_eq!(read.unwrap(), 0);
}

#[tokio::test]
async fn a_connection_is_kept_alive_and_ends_with_the_server() {
    let server = Running::start(&[]).await;
    let mut stream = server.connect().await;
    let kept = message("GET", WEBHOOKS, "").replace("Connection: close\r\n", "");
    for _ in 0..2 {
        stream.write_all(kept.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"}") {
            assert!(stream.read_buf(&mut answer).await.unwrap() > 0);
        }
        assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n"));
    }
    server.stop().await;
    assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_413() {
    let server = Running::start(&[]).await;
    let head = message("POST", WEBHOOKS, "").replace("Length: 0", "Length: 9999999");
    let mut stream = server.connect().await;
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = vec![0; 12];
    let big = vec![b' '; 1024 * 1024 + 1];
    stream.write_all(&big).await.unwrap();
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer, b"HTTP/1.1 413");
    server.stop().await;
}

#[tokio::test]
async fn noise_does_not_end_the_server() {
    let server = Running::start(&[]).await;
    for noise in [
        "\r\n\r\n\0\0",
        "GET\r\n\r\n",
        "POST /v1/webhooks/ HTTP/1.1\r\nContent-Le",
    ] {
        let mut stream = server.connect().await;
        stream.write_all(noise.as_bytes()).await.unwrap();
    }
    let answer = server.ask(&message("GET", WEBHOOKS, "")).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"));
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn requests_in_flight_have_a_bounded_time_to_end() {
    let shared = Simulator::builder(&TRUV, clock())
        .latency(Duration::from_secs(3600))
        .build();
    let server = Server::bind("127.0.0.1:0", shared).await.unwrap();
    let server = server.with_grace(Duration::from_secs(1));
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(post().as_bytes()).await.unwrap();
    let served = server.serve(tokio::time::sleep(Duration::from_secs(60)));
    tokio::time::timeout(Duration::from_secs(100), served)
        .await
        .unwrap();
}
