//! A simulator on a port, over HTTP/1.1.

use std::{
    convert::Infallible,
    future::{Future, poll_fn},
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderValue, Request, Response, header};
use http_body_util::{
    BodyExt, Full, LengthLimitError, Limited, StreamBody, combinators::UnsyncBoxBody,
};
use hyper::{
    body::{Frame, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream, ToSocketAddrs},
    sync::watch,
    task::JoinSet,
};

use super::{
    admin,
    dispatch::Dispatcher,
    fault::{DRIP, Exchange},
    shared::SharedSimulator,
    state::LARGEST_BODY,
};

/// How long to wait after a failed `accept`: long enough for descriptors to become free, short
/// enough that nobody notices.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

const DEFAULT_GRACE: Duration = Duration::from_secs(5);

/// A simulator that listens on a port.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    simulator: SharedSimulator,
    dispatcher: Dispatcher,
    grace: Duration,
}

impl Server {
    /// Listens on an address; port 0 takes a free one. Connections wait until [`Server::serve`].
    ///
    /// # Errors
    ///
    /// The address is no address of this machine, is in use, or may not be used.
    pub async fn bind(address: impl ToSocketAddrs, simulator: SharedSimulator) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        Ok(Self {
            address: listener.local_addr()?,
            listener,
            dispatcher: Dispatcher::new(simulator.clone()),
            simulator,
            grace: DEFAULT_GRACE,
        })
    }

    /// The same, with another time that requests in flight have to end when the server stops.
    #[must_use]
    pub fn with_grace(self, grace: Duration) -> Self {
        Self { grace, ..self }
    }

    /// The same, with another dispatcher for the events that the admin API emits.
    #[must_use]
    pub fn with_dispatcher(self, dispatcher: Dispatcher) -> Self {
        Self { dispatcher, ..self }
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base URL of its API, ending in `/`.
    pub fn base_url(&self) -> String {
        format!("http://{}{}", self.address, self.simulator.base_path())
    }

    /// Serves until `shutdown` is done; then requests in flight may end, unless they take too long.
    ///
    /// A failed `accept`, such as for want of file descriptors, does not end it.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = pin!(shutdown);
        let (stop, stopped) = watch::channel(false);
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                () = &mut shutdown => break,
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, peer)) => {
                        let served = Served {
                            simulator: self.simulator.clone(),
                            dispatcher: self.dispatcher.clone(),
                            peer,
                        };
                        connections.spawn(connection(stream, served, stopped.clone()));
                    }
                    Err(err) => {
                        tracing::warn!(%err, "a connection could not be accepted");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
                // Ended connections are let go, so that a long life does not pile them up.
                Some(_) = connections.join_next() => {}
            }
        }
        drop(self.listener);
        stop.send_replace(true);
        let all_ended = async { while connections.join_next().await.is_some() {} };
        let in_time = tokio::time::timeout(self.grace, all_ended).await;
        if in_time.is_err() {
            connections.shutdown().await;
        }
    }
}

/// The connection ends here, without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection was dropped on purpose")]
struct Dropped;

type Body = UnsyncBoxBody<Bytes, Dropped>;
type Answer = Pin<Box<dyn Future<Output = Result<Response<Body>, Dropped>> + Send>>;

/// What a connection is answered with, and who is at its other end.
#[derive(Clone)]
struct Served {
    simulator: SharedSimulator,
    dispatcher: Dispatcher,
    peer: SocketAddr,
}

/// Serves one connection to its end.
async fn connection(stream: TcpStream, served: Served, mut stopped: watch::Receiver<bool>) {
    let reset = Arc::new(AtomicBool::new(false));
    let service = {
        let (reset, stopped) = (Arc::clone(&reset), stopped.clone());
        service_fn(move |request| -> Answer {
            let (reset, stopped) = (Arc::clone(&reset), stopped.clone());
            Box::pin(answer(request, served.clone(), reset, stopped))
        })
    };
    let mut serving = http1::Builder::new()
        .timer(TokioTimer::new())
        // The simulator dates its answers itself, by its own clock.
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), service);
    let mut stopping = false;
    // An error here is the client's leaving or a fault that was asked for; neither is news.
    let _ = loop {
        tokio::select! {
            ended = poll_fn(|cx| serving.poll_without_shutdown(cx)) => break ended,
            () = until_stopped(&mut stopped), if !stopping => {
                stopping = true;
                Pin::new(&mut serving).graceful_shutdown();
            }
        }
    };
    let mut stream = serving.into_parts().io.into_inner();
    let closed = if reset.load(Ordering::Relaxed) {
        // Makes the close a reset instead of an orderly end.
        stream.set_zero_linger()
    } else {
        stream.shutdown().await
    };
    if let Err(err) = closed {
        tracing::debug!(%err, "the client had left before its connection was closed");
    }
}

/// Waits for the server to stop; a server that is gone has stopped, too.
async fn until_stopped(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

async fn answer(
    request: Request<Incoming>,
    served: Served,
    reset: Arc<AtomicBool>,
    mut stopped: watch::Receiver<bool>,
) -> Result<Response<Body>, Dropped> {
    let (head, body) = request.into_parts();
    let body = match Limited::new(body, LARGEST_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(err) if err.is::<LengthLimitError>() => {
            return Ok(too_large(served.simulator.too_large()));
        }
        Err(_) => return Err(Dropped),
    };
    let request = Request::from_parts(head, body);
    if request.uri().path().starts_with(admin::PREFIX) {
        let answer = admin::answer(&request, served.peer, &served.dispatcher).await;
        return Ok(answer.map(whole));
    }
    let half = served.simulator.latency / 2;
    tokio::time::sleep(half).await;
    let exchange = served.simulator.exchange(&request);
    // What was asked for is done, whatever becomes of the answer.
    served
        .dispatcher
        .send_again(&served.simulator.take_outbox());
    tokio::time::sleep(half).await;
    match exchange {
        Exchange::Answer(response) => Ok(response.map(whole)),
        Exchange::Drip { response, pause } if response.body().is_empty() => {
            tokio::time::sleep(pause).await;
            Ok(response.map(whole))
        }
        Exchange::Drip { response, pause } => Ok(streamed(response, |body| dripping(body, pause))),
        Exchange::CutOff(response) => Ok(streamed(response, cut_off)),
        Exchange::Reset => {
            reset.store(true, Ordering::Relaxed);
            Err(Dropped)
        }
        Exchange::Silence => {
            // Ends earlier where the client leaves, as this future is dropped then.
            until_stopped(&mut stopped).await;
            Err(Dropped)
        }
    }
}

fn too_large(refusal: Response<Bytes>) -> Response<Body> {
    let mut response = refusal.map(whole);
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
    response
}

fn whole(body: Bytes) -> Body {
    let body = Full::new(body).map_err(|never: Infallible| match never {});
    UnsyncBoxBody::new(body)
}

/// The response with its body sent in some other way, and the length of the whole body declared.
fn streamed(response: Response<Bytes>, body: impl FnOnce(Bytes) -> Body) -> Response<Body> {
    let length = response.body().len();
    let mut response = response.map(body);
    if length > 0 {
        let length = HeaderValue::from(length);
        response
            .headers_mut()
            .insert(header::CONTENT_LENGTH, length);
    }
    response
}

fn dripping(body: Bytes, pause: Duration) -> Body {
    let pieces = stream::unfold(body, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(pause).await;
        let piece = rest.split_to(rest.len().min(DRIP));
        Some((Ok(Frame::data(piece)), rest))
    });
    UnsyncBoxBody::new(StreamBody::new(pieces))
}

fn cut_off(body: Bytes) -> Body {
    let half = body.slice(..body.len().div_ceil(2));
    let pieces = stream::unfold(Some(half), |half| async move {
        match half {
            Some(half) if !half.is_empty() => Some((Ok(Frame::data(half)), Some(Bytes::new()))),
            Some(_) => {
                // Lets the connection flush the half before it is dropped.
                tokio::task::yield_now().await;
                Some((Err(Dropped), None))
            }
            None => None,
        }
    });
    UnsyncBoxBody::new(StreamBody::new(pieces))
}
