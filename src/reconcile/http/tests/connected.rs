//! What comes over connections: slow, silent, hostile and many clients, and the end.

use super::*;

/// The two ends of a connection, of which the service has one.
fn connected(router: Router, stop: &Stop) -> (DuplexStream, tokio::task::JoinHandle<()>) {
    let (client, server) = duplex(64 * 1024);
    (
        client,
        tokio::spawn(connection(server, router, stop.clone())),
    )
}

/// What comes until the service ends the connection.
async fn rest(client: &mut DuplexStream) -> String {
    let mut text = Vec::new();
    // A connection that is cut ends as well.
    let _ = client.read_to_end(&mut text).await;
    String::from_utf8(text).unwrap()
}

#[tokio::test(start_paused = true)]
async fn slow_clients_hold_nothing_for_long() {
    let auth = format!("Authorization: Bearer {SECRET}\r\n");
    let body = format!(
        "POST /api/v1/trigger HTTP/1.1\r\nHost: localhost\r\n{auth}Content-Length: 9\r\n\r\n{{"
    );
    for (sent, most, found) in [
        ("", 11, ""),
        ("GET /livez HTTP/1.1\r\nHost: loc", 11, ""),
        ("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n", 31, "ok\n"),
        (body.as_str(), 31, "HTTP/1.1 408"),
    ] {
        let begin = tokio::time::Instant::now();
        let (mut client, served) = connected(router(service()), &Stop::default());
        client.write_all(sent.as_bytes()).await.unwrap();
        let text = rest(&mut client).await;
        served.await.unwrap();
        let took = begin.elapsed();
        assert!(took < Duration::from_secs(most), "{sent:?}: {took:?}");
        assert!(text.contains(found), "{sent:?}: {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_nothing_is_left() {
    let begin = tokio::time::Instant::now();
    let (mut client, server) = duplex(16);
    let served = tokio::spawn(connection(server, router(service()), Stop::default()));
    client
        .write_all(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    served.await.unwrap();
    assert!(
        begin.elapsed() < Duration::from_secs(36),
        "{:?}",
        begin.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_idle_connections_at_once_and_those_in_flight_soon() {
    let stop = Stop::default();
    let (mut idle, served) = connected(router(service()), &stop);
    idle.write_all(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    let mut first = [0; 12];
    idle.read_exact(&mut first).await.unwrap();
    let begin = tokio::time::Instant::now();
    stop.now();
    served.await.unwrap();
    assert!(
        begin.elapsed() < Duration::from_secs(1),
        "{:?}",
        begin.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn hostile_bytes_end_as_errors() {
    for sent in [
        &b"\0\0\0\0\r\n\r\n"[..],
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: \x01\r\n\r\n",
        b"POST /api/v1/trigger HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/v1/trigger HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nZ\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET * HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"CONNECT evil.example:80 HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ] {
        let (mut client, served) = connected(router(service()), &Stop::default());
        client.write_all(sent).await.unwrap();
        client.shutdown().await.unwrap();
        let text = rest(&mut client).await;
        served.await.unwrap();
        assert!(text.is_empty() || text.starts_with("HTTP/1.1 4"), "{sent:?}: {text}");
    }
}

#[tokio::test]
async fn whoever_holds_all_connections_keeps_nobody_out() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = Stop::default();
    let served = tokio::spawn(serve(listener, service(), stop.clone()));
    let mut held = Vec::new();
    for _ in 0..super::connections::CONNECTIONS {
        let mut client = tokio::net::TcpStream::connect(address).await.unwrap();
        client.write_all(b"GET /livez HTTP/1.1\r\n").await.unwrap();
        held.push(client);
    }
    let mut probe = tokio::net::TcpStream::connect(address).await.unwrap();
    probe
        .write_all(b"GET /livez HTTP/1.0\r\n\r\n")
        .await
        .unwrap();
    let mut text = String::new();
    probe.read_to_string(&mut text).await.unwrap();
    assert!(text.ends_with("ok\n"), "{text}");
    // The oldest made room.
    let mut first = Vec::new();
    let ended = held[0].read_to_end(&mut first).await;
    assert!(ended.is_err() || first.is_empty(), "{first:?}");
    drop(held);
    stop.now();
    served.await.unwrap().unwrap();
}

#[tokio::test]
async fn it_serves_on_a_port_until_it_is_stopped() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = Stop::default();
    let served = tokio::spawn(serve(listener, service(), stop.clone()));
    let mut client = tokio::net::TcpStream::connect(address).await.unwrap();
    client
        .write_all(b"GET /livez HTTP/1.0\r\n\r\n")
        .await
        .unwrap();
    let mut text = String::new();
    client.read_to_string(&mut text).await.unwrap();
    assert!(text.ends_with("ok\n"), "{text}");
    stop.now();
    served.await.unwrap().unwrap();
}
