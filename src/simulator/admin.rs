//! What a simulator offers beside the provider's API: below a path of its own, and to this machine alone.
//!
//! A page in a browser on this machine must not reach it either. So a request must say that it carries JSON,
//! which a page cannot without being allowed to; it must name a loopback host, which a name that was
//! pointed at this machine is not; and it must not come from a page.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header, uri::Authority};
use serde_json::json;

use super::{answer, dispatch::Dispatcher, emission::Emit};

/// Where the paths of the admin API begin.
pub(super) const PREFIX: &str = "/_simulator/";

/// Answers a request of the admin API.
pub(super) async fn answer(
    request: &Request<Bytes>,
    peer: SocketAddr,
    dispatcher: &Dispatcher,
) -> Response<Bytes> {
    if let Err(why) = check(request.headers(), peer) {
        return refused(StatusCode::FORBIDDEN, why);
    }
    match (request.uri().path(), request.method()) {
        ("/_simulator/emit", &Method::POST) => emit(request.body(), dispatcher).await,
        ("/_simulator/emit", _) => refused(StatusCode::METHOD_NOT_ALLOWED, "use POST"),
        _ => refused(StatusCode::NOT_FOUND, "there is only /_simulator/emit"),
    }
}

async fn emit(body: &[u8], dispatcher: &Dispatcher) -> Response<Bytes> {
    let emit: Emit = match serde_json::from_slice(body) {
        Ok(emit) => emit,
        Err(err) => return refused(StatusCode::BAD_REQUEST, &err.to_string()),
    };
    match dispatcher.emit(&emit).await {
        Ok(emission) => answer::with_json(StatusCode::OK, &json!(emission)),
        Err(err) => refused(StatusCode::BAD_REQUEST, &err.to_string()),
    }
}

fn refused(status: StatusCode, why: &str) -> Response<Bytes> {
    answer::with_json(status, &json!({"error": why}))
}

/// Whether this machine asks, and means it.
fn check(headers: &HeaderMap, peer: SocketAddr) -> Result<(), &'static str> {
    if !peer.ip().to_canonical().is_loopback() {
        return Err("the admin API is for this machine alone");
    }
    if !headers
        .get(header::HOST)
        .is_some_and(|host| names_loopback(host.as_bytes()))
    {
        return Err("the admin API must be asked by a loopback address or `localhost`");
    }
    if headers.contains_key(header::ORIGIN) {
        return Err("the admin API is not for pages");
    }
    let kind = headers.get(header::CONTENT_TYPE);
    if kind.is_none_or(|kind| kind != "application/json") {
        return Err("the admin API takes `Content-Type: application/json`");
    }
    Ok(())
}

fn names_loopback(host: &[u8]) -> bool {
    let Ok(authority) = Authority::try_from(host) else {
        return false;
    };
    let host = authority.host().trim_matches(['[', ']']);
    host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}
