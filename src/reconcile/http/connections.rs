//! Connections: bounded in number and in time, so that slow clients hold nothing for long.

use std::{collections::VecDeque, io, net::SocketAddr, pin::pin, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    task::{AbortHandle, JoinSet},
    time::{sleep, timeout},
};

use super::{router::router, service::Service};
use crate::net::Stop;

/// How many connections there may be at once. One more ends the oldest: whoever holds many does not keep probes out. Each may
/// hold an answer that nobody reads, of some megabytes where there are a thousand environments.
pub(super) const CONNECTIONS: usize = 64;
/// How long the head of a request may take, and how long a connection may be idle.
const HEAD: Duration = Duration::from_secs(10);
/// How long a connection lives. What is in flight then has [`GRACE`] more.
const LIFE: Duration = Duration::from_secs(30);
/// How long requests in flight have when a connection or the service ends.
const GRACE: Duration = Duration::from_secs(5);
/// How many bytes the head of a request may have.
const LARGEST_HEAD: usize = 32 * 1024;
/// How long to wait after a failed `accept`: long enough for descriptors to become free.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Where a service listens.
pub type Listener = TcpListener;

/// Takes a port.
///
/// # Errors
///
/// Those of the operating system: the port is taken, or the address is not this machine's.
pub async fn bind(address: SocketAddr) -> io::Result<Listener> {
    TcpListener::bind(address).await
}

/// Serves until it is asked to stop; then requests in flight may end, for some seconds.
///
/// A failed `accept`, such as for want of file descriptors, does not end it.
///
/// # Errors
///
/// None as yet: what goes wrong is one connection's.
pub async fn serve(listener: Listener, service: Service, stop: Stop) -> io::Result<()> {
    let router = router(service);
    let mut connections = JoinSet::new();
    let mut open: VecDeque<AbortHandle> = VecDeque::new();
    loop {
        tokio::select! {
            () = stop.asked() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    make_room(&mut open);
                    let served = connection(stream, router.clone(), stop.clone());
                    open.push_back(connections.spawn(served));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(ACCEPT_PAUSE).await;
                }
            },
            // Ended connections are let go, so that a long life does not pile them up.
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    let all_ended = async { while connections.join_next().await.is_some() {} };
    if timeout(GRACE * 2, all_ended).await.is_err() {
        connections.shutdown().await;
    }
    Ok(())
}

/// Ends the oldest connection, where there are as many as there may be.
fn make_room(open: &mut VecDeque<AbortHandle>) {
    if open.len() < CONNECTIONS {
        return;
    }
    open.retain(|connection| !connection.is_finished());
    if open.len() >= CONNECTIONS
        && let Some(oldest) = open.pop_front()
    {
        oldest.abort();
    }
}

/// Serves a connection to its end.
pub(super) async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: Router,
    stop: Stop,
) {
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(LARGEST_HEAD)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut served = pin!(served);
    tokio::select! {
        // An error here is the client's: it left, or was too slow.
        _ = &mut served => return,
        () = sleep(LIFE) => {}
        () = stop.asked() => {}
    }
    served.as_mut().graceful_shutdown();
    let _ = timeout(GRACE, served).await;
}
