//! Events over real sockets: how they travel, and where they may not.

use std::time::Duration;

use bytes::Bytes;
use hookwright::{
    delivery::Answered,
    model::{Destinations, HostPattern, Masker},
    probe::{Post, PostError, Poster, Reach, delivery_headers},
    provider::truv::PROFILE as TRUV,
};
use http::{Method, header};

use crate::support::receiver::{Receiver, redirect, with_status};

#[track_caller]
fn post_within(
    poster: &Poster,
    destinations: &Destinations,
    url: &str,
) -> Result<Answered, PostError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let post = Post {
        url,
        destinations,
        headers: delivery_headers(&TRUV, &vec![("x-webhook-sign", "v1=00".to_owned())]),
        body: Bytes::from_static(b"{\"event_type\":\"order-created\"}"),
    };
    runtime.block_on(poster.post(&post))
}

#[track_caller]
fn post_by(poster: &Poster, url: &str) -> Result<Answered, PostError> {
    post_within(poster, &Destinations::ANYWHERE, url)
}

#[track_caller]
fn post(url: &str) -> Result<Answered, PostError> {
    post_by(&Poster::new(Reach::Loopback), url)
}

#[test]
fn event_is_posted_as_the_provider_documents() {
    let receiver = Receiver::answering(204);
    let answered = post(&receiver.url("/in?token=1")).unwrap();
    assert_eq!(answered.status, 204);
    assert!(answered.redirects.is_empty() && answered.tls.is_none());
    let [request] = &receiver.received()[..] else {
        panic!("one request")
    };
    assert_eq!(request.method(), Method::POST);
    assert_eq!(request.uri(), "/in?token=1");
    assert_eq!(request.body(), "{\"event_type\":\"order-created\"}");
    for (name, value) in [
        ("user-agent", "Truv-Webhook-Service/2.0"),
        ("content-type", "application/json"),
        ("x-webhook-sign", "v1=00"),
        ("content-length", "30"),
    ] {
        assert_eq!(request.headers()[name], value, "{name}");
    }
    let host = request.headers()[header::HOST].to_str().unwrap();
    assert_eq!(host, format!("127.0.0.1:{}", receiver.port()));
}

#[test]
fn redirects_are_followed_and_only_some_keep_the_event() {
    for (status, method) in [
        (301, Method::GET),
        (302, Method::GET),
        (303, Method::GET),
        (307, Method::POST),
        (308, Method::POST),
    ] {
        let receiver = Receiver::start(move |request, _| {
            Some(match request.uri().path() {
                "/old" => redirect(status, "/new?secret=1"),
                _ => with_status(200),
            })
        });
        let answered = post(&receiver.url("/old")).unwrap();
        assert_eq!(answered.status, 200, "{status}");
        let [hop] = &answered.redirects[..] else {
            panic!("{status}: one redirect")
        };
        assert_eq!(hop.to, receiver.url("/new"));
        assert_eq!(hop.with_event, method == Method::POST, "{status}");
        let all = receiver.received();
        assert_eq!((all.len(), all[1].method()), (2, &method), "{status}");
        assert_eq!(all[1].body().is_empty(), method == Method::GET, "{status}");
    }
}

#[test]
fn where_receivers_send_on_to_is_masked_before_it_is_cut() {
    let masker = Masker::new(["t0ken&c4nary?x".to_owned()]);
    let poster = Poster::new(Reach::Loopback).with_masker(masker);
    for (to, shown) in [
        ("/t0ken&c4nary?x", Some("/•••")),
        ("/a/t0ken&amp;c4nary%3fx/b?t=1", Some("/a/•••/b")),
        ("/t0ken&c4nary&#63;x", None),
        ("//t0ken&#38;c4nary&#63;x/", None),
    ] {
        let receiver = Receiver::start(move |request, _| {
            Some(match request.uri().path() {
                "/old" => redirect(307, to),
                _ => with_status(200),
            })
        });
        let posted = post_by(&poster, &receiver.url("/old"));
        match shown {
            Some(shown) => assert_eq!(posted.unwrap().redirects[0].to, receiver.url(shown)),
            // What is left of it would be asked for, and shown.
            None => assert!(matches!(posted.unwrap_err(), PostError::Location), "{to}"),
        }
    }
}

#[test]
fn redirects_without_end_are_given_up() {
    let receiver = Receiver::start(|_, _| Some(redirect(307, "/again")));
    let error = post(&receiver.url("/")).unwrap_err();
    assert!(matches!(error, PostError::TooManyRedirects), "{error}");
    assert_eq!(receiver.received().len(), 11);
}

#[test]
fn redirect_leads_nowhere_that_the_url_may_not_be() {
    for to in [
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://[::ffff:c0a8:1]/",
    ] {
        let receiver = Receiver::start(move |_, _| Some(redirect(307, to)));
        let error = post(&receiver.url("/")).unwrap_err();
        assert!(
            matches!(error, PostError::OutOfReach { .. }),
            "{to}: {error}"
        );
    }
}

#[test]
fn redirect_that_programs_read_differently_is_not_followed() {
    let other = Receiver::answering(200);
    let port = other.port();
    for to in [
        format!("http:\\\\127.0.0.1:{port}/"),
        format!("\\\\127.0.0.1:{port}/"),
        format!("/\\127.0.0.1:{port}/"),
        format!("http:127.0.0.1:{port}/"),
        format!("///127.0.0.1:{port}/"),
        format!("http://0x7f000001:{port}/"),
        format!("http://127.0.0.1:{port}\\@h.example.com/"),
        format!("ftp://127.0.0.1:{port}/"),
        format!("http://127.0.0.1:{port}/a b"),
    ] {
        let location = to.clone();
        let receiver = Receiver::start(move |_, _| Some(redirect(307, &location)));
        let error = post(&receiver.url("/")).unwrap_err();
        assert!(matches!(error, PostError::Location), "{to}: {error}");
        assert_eq!(
            error.to_string(),
            "it was redirected to what is no plain URL, and nothing was sent there"
        );
    }
    assert!(other.received().is_empty());
}

#[test]
fn redirect_leads_only_where_events_may_go() {
    let other = Receiver::answering(200);
    let host = |glob| Some(vec![HostPattern::new(glob).unwrap()]);
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = format!("http://localhost:{}/", other.port());
        let receiver = Receiver::start(move |_, _| Some(redirect(status, &elsewhere)));
        let destinations = Destinations {
            hosts: host("127.0.0.*"),
            allow_http: true,
        };
        let poster = Poster::new(Reach::Loopback);
        let error = post_within(&poster, &destinations, &receiver.url("/")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "it was redirected to `localhost`, which `allowed_hosts` does not allow, and nothing was sent there"
        );
        let public =
            Receiver::start(move |_, _| Some(redirect(status, "http://hooks.example.com/")));
        let destinations = Destinations {
            hosts: None,
            allow_http: false,
        };
        let poster = Poster::new(Reach::Any);
        let error = post_within(&poster, &destinations, &public.url("/")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "it was redirected to an address without encryption, and nothing was sent there"
        );
    }
    assert!(other.received().is_empty());
}

#[test]
fn own_machine_is_no_public_address() {
    let receiver = Receiver::answering(200);
    let public = Poster::new(Reach::Public);
    for host in ["127.0.0.1", "localhost", "[::ffff:7f00:1]"] {
        let url = format!("http://{host}:{}/", receiver.port());
        let error = post_by(&public, &url).unwrap_err();
        assert!(
            matches!(error, PostError::OutOfReach { .. }),
            "{host}: {error}"
        );
    }
    assert!(receiver.received().is_empty());
}

#[test]
fn silent_receiver_is_not_waited_for_longer_than_the_provider_does() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let poster = Poster::new(Reach::Loopback).with_timeout(Duration::from_millis(20));
    let error = post_by(&poster, &url).unwrap_err();
    assert_eq!(error.to_string(), "no answer came within 0.02 s");
}

#[test]
fn what_is_no_answer_is_told_apart() {
    let hangs_up = Receiver::start(|_, _| None);
    let error = post(&hangs_up.url("/")).unwrap_err();
    assert!(matches!(error, PostError::Interrupted(_)), "{error}");

    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", closed.local_addr().unwrap());
    drop(closed);
    let error = post(&url).unwrap_err();
    assert!(matches!(error, PostError::Connect(_)), "{error}");

    let plain = Receiver::answering(200);
    let error = post(&plain.url("/").replace("http:", "https:")).unwrap_err();
    assert!(matches!(error, PostError::Tls(_)), "{error}");

    let error = post("no URL").unwrap_err();
    assert!(matches!(error, PostError::Url), "{error}");
}
