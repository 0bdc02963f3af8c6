//! Who may ask for what, before anything is looked at.

use std::net::IpAddr;

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, Response, StatusCode, Uri, header, uri::Authority},
    middleware::Next,
};

use super::{answer::Refused, service::Service};

/// Lets a request pass, or says why not. Probes and metrics do not come here.
pub(super) async fn guard(
    State(service): State<Service>,
    request: Request,
    next: Next,
) -> Response<Body> {
    match is_let(&service, request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refused) => refused.answer(&*service.views),
    }
}

fn is_let(service: &Service, uri: &Uri, headers: &HeaderMap) -> Result<(), Refused> {
    if service.listens_on_loopback {
        return match is_addressed_to_loopback(uri, headers) {
            true => Ok(()),
            false => Err(Refused::new(
                StatusCode::FORBIDDEN,
                format!(
                    "{} is not shown: the request's `Host` is no name of this machine's loopback, and the service listens there alone",
                    uri.path()
                ),
                "ask for it as `localhost` or `127.0.0.1`; a proxy in front of it must set `Host` so",
            )),
        };
    }
    match service.secret {
        Some(_) => Ok(()),
        None => Err(Refused::new(
            StatusCode::FORBIDDEN,
            format!(
                "{} is not shown: the service listens on an address that others reach, and has no secret",
                uri.path()
            ),
            "start it with `--shared-secret-file`, or with `--listen` on a loopback address",
        )),
    }
}

/// Whether a browser that was led here under another name would be told apart: its requests say that name.
fn is_addressed_to_loopback(uri: &Uri, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return false;
    };
    let host = host.to_str().ok();
    let host = host.and_then(|host| host.parse::<Authority>().ok());
    let named = [host.as_ref(), uri.authority()];
    host.is_some() && named.into_iter().flatten().all(is_loopback)
}

fn is_loopback(authority: &Authority) -> bool {
    let host = authority.host();
    let address = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    host.eq_ignore_ascii_case("localhost")
        || address
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_loopback_are_taken() {
        let is = |host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().unwrap());
            is_addressed_to_loopback(&Uri::from_static("/"), &headers)
        };
        for host in [
            "localhost",
            "LOCALHOST:9464",
            "127.0.0.1",
            "127.9.9.9:80",
            "[::1]",
            "[::1]:9464",
        ] {
            assert!(is(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "0.0.0.0",
            "10.0.0.1:9464",
            "[::]",
            "localhost/evil",
            "a b",
        ] {
            assert!(!is(host), "{host}");
        }
        let uri = Uri::from_static("http://evil.example/");
        let mut headers = HeaderMap::new();
        assert!(!is_addressed_to_loopback(&Uri::from_static("/"), &headers));
        headers.insert(header::HOST, "localhost".parse().unwrap());
        assert!(!is_addressed_to_loopback(&uri, &headers));
        headers.append(header::HOST, "evil.example".parse().unwrap());
        assert!(!is_addressed_to_loopback(&Uri::from_static("/"), &headers));
    }
}
