//! Waits, with a clock that stands still but for them.

use std::{collections::VecDeque, sync::Mutex, time::Duration};

use tokio::time::Instant;

use super::*;
use crate::{
    forge::{Comment, Forge},
    net::{BaseUrl, Jitter, TransportError},
};

/// Gives these answers, one after the other.
struct Script(Mutex<VecDeque<http::response::Builder>>);

impl Transport for Script {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let next = self.0.lock().unwrap().pop_front();
        let body = match request.uri().path() {
            "/user" => "{\"id\": 1}",
            path if path.ends_with("/comments") && *request.method() == http::Method::GET => "[]",
            _ => "{\"id\": 1}",
        };
        let response = next.unwrap_or_else(http::Response::builder);
        Ok(response.body(Bytes::from_static(body.as_bytes())).unwrap())
    }
}

fn client(answers: Vec<http::response::Builder>) -> Client<Script> {
    let repository = Repository {
        forge: Forge::GitHub,
        api: BaseUrl::new("https://api.example.com", false).unwrap(),
        path: "acme/hooks".to_owned(),
    };
    let script = Script(Mutex::new(answers.into()));
    let retry = RetryPolicy {
        jitter: Jitter::Off,
        ..RetryPolicy::default()
    };
    Client::new(repository, &Secret::new("token"), script)
        .unwrap()
        .with_retry(retry)
}

async fn post(answers: Vec<http::response::Builder>) -> (Result<Posted, ForgeError>, Duration) {
    let started = Instant::now();
    let comment = Comment::Text {
        markdown: "a plan".to_owned(),
        commit: None,
    };
    let name = CommentName::new("plan").unwrap();
    let posted = client(answers).post(7, &name, &comment).await;
    (posted, started.elapsed())
}

fn answer(status: u16) -> http::response::Builder {
    http::Response::builder().status(status)
}

#[tokio::test(start_paused = true)]
async fn waits_are_as_long_as_the_forge_asks() {
    let limited = answer(429).header("retry-after", "42");
    let (posted, waited) = post(vec![limited]).await;
    assert_eq!(posted.unwrap().done, Done::Created);
    assert_eq!(waited, Duration::from_secs(42));
}

#[tokio::test(start_paused = true)]
async fn waits_last_until_the_limit_is_reset() {
    let limited = answer(403)
        .header("x-ratelimit-remaining", "0")
        .header("date", "Thu, 01 Jan 2026 00:00:00 GMT")
        .header("x-ratelimit-reset", "1767225690");
    let (posted, waited) = post(vec![limited]).await;
    assert_eq!(posted.unwrap().done, Done::Created);
    assert_eq!(waited, Duration::from_secs(90));
}

#[tokio::test(start_paused = true)]
async fn a_limit_without_a_length_is_a_minute() {
    let (posted, waited) = post(vec![answer(429)]).await;
    assert_eq!(posted.unwrap().done, Done::Created);
    assert_eq!(waited, Duration::from_secs(60));
}

#[tokio::test(start_paused = true)]
async fn attempts_are_bounded() {
    let (posted, waited) = post(std::iter::repeat_with(|| answer(503)).take(9).collect()).await;
    let error = posted.unwrap_err();
    assert_eq!(error.attempts, 5);
    assert_eq!(waited, Duration::from_millis(200 + 400 + 800 + 1600));
}
