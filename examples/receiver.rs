//! A receiver of webhooks that verifies signatures: it listens on `PORT`, and has the access secret in `ACCESS_SECRET`.
#![expect(clippy::disallowed_methods, reason = "it is a program of its own")]

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

async fn receive(headers: HeaderMap, body: Bytes) -> StatusCode {
    let secret = std::env::var("ACCESS_SECRET").expect("ACCESS_SECRET is set");
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("keys have any length");
    mac.update(&body);
    let given = headers
        .get("x-webhook-sign")
        .and_then(|value| value.to_str().ok());
    let digest = given.and_then(|value| hex::decode(value.strip_prefix("v1=")?).ok());
    match digest.is_some_and(|digest| mac.verify_slice(&digest).is_ok()) {
        true => StatusCode::NO_CONTENT,
        false => StatusCode::UNAUTHORIZED,
    }
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let port = std::env::var("PORT").expect("PORT is set");
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    axum::serve(listener, Router::new().fallback(post(receive))).await
}
