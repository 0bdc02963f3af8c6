//! Requests in process. Time is paused, so waiting costs none.

use std::time::Duration;

use tokio::time::Instant;

use super::*;
use crate::{
    model::EnvType,
    net::{Transport, TransportErrorKind},
    provider::truv::PROFILE as TRUV,
    simulator::{InProcessTransport, SimulatorBuilder},
};

fn builder() -> SimulatorBuilder {
    Simulator::builder(&TRUV, clock())
}

fn with_fault(rule: &str) -> InProcessTransport {
    InProcessTransport::new(builder().fault(rule.parse().unwrap()).build())
}

fn post() -> Request<Bytes> {
    request("POST", WEBHOOKS, Some(&webhook("a", "https://a.example/")))
}

fn count(transport: &InProcessTransport) -> usize {
    transport
        .simulator()
        .webhooks(CLIENT, EnvType::Sandbox)
        .len()
}

#[tokio::test(start_paused = true)]
async fn an_answer_takes_the_latency() {
    let transport = InProcessTransport::new(builder().latency(Duration::from_millis(80)).build());
    let start = Instant::now();
    assert_eq!(status(&transport.send(post()).await.unwrap()), 201);
    assert_eq!(start.elapsed(), Duration::from_millis(80));
    assert_eq!(count(&transport.clone()), 1);
}

#[tokio::test(start_paused = true)]
async fn resets_and_cut_answers_are_interruptions() {
    for (fault, processed) in [("reset", 0), ("reset-after", 1), ("truncated", 1)] {
        let transport = with_fault(&format!("post:1={fault}"));
        let err = transport.send(post()).await.unwrap_err();
        assert_eq!(err.kind, TransportErrorKind::Interrupted, "{fault}");
        assert_eq!(count(&transport), processed, "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn silence_ends_in_a_time_out() {
    for (fault, processed) in [("timeout", 0), ("timeout-after", 1)] {
        let transport = with_fault(&format!("post:1={fault}"));
        let start = Instant::now();
        let err = transport.send(post()).await.unwrap_err();
        assert_eq!(err.kind, TransportErrorKind::Timeout);
        assert_eq!(err.to_string(), "no answer within 30 s");
        assert_eq!(start.elapsed(), Duration::from_secs(30));
        assert_eq!(count(&transport), processed, "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_comes_whole_or_not_in_time() {
    let transport = with_fault("post:*=slow:1000");
    let start = Instant::now();
    assert_eq!(status(&transport.send(post()).await.unwrap()), 201);
    assert!(start.elapsed() >= Duration::from_secs(3));
    let hasty = transport.with_time_out(Duration::from_secs(1));
    let other = request("POST", WEBHOOKS, Some(&webhook("b", "https://b.example/")));
    let err = hasty.send(other).await.unwrap_err();
    assert_eq!(err.kind, TransportErrorKind::Timeout);
    assert_eq!(count(&hasty), 2);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_gives_up_on_the_way_there_changes_nothing() {
    let slow = builder().latency(Duration::from_secs(10)).build();
    let transport = InProcessTransport::new(slow).with_time_out(Duration::from_secs(4));
    transport.send(post()).await.unwrap_err();
    assert_eq!(count(&transport), 0);
    let transport = transport.with_time_out(Duration::from_secs(6));
    transport.send(post()).await.unwrap_err();
    assert_eq!(count(&transport), 1);
}
