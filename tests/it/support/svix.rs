//! Svix: its account, what others ask of it, and what is checked of its deliveries.

use bytes::Bytes;
use hookwright::{
    net::Transport as _, provider::svix::PROFILE as SVIX, simulator::InProcessTransport,
};
use http::Request;
use serde_json::Value;

use super::{Api, credentials};

/// The token and the application that its simulator takes.
pub(crate) fn account() -> (String, String) {
    let (_, credentials) = credentials(&SVIX);
    let application = credentials.get("application").unwrap().expose().to_owned();
    (credentials.secret().expose().to_owned(), application)
}

/// Sends a request of somebody else's to the account; what it was answered.
pub(crate) fn ask(api: &Api, method: &str, path: &str, body: &Value) -> u16 {
    let (token, _) = account();
    let request = Request::builder()
        .method(method)
        .uri(format!("http://localhost/api/v1/{path}"))
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .body(body.to_string().into())
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let transport = InProcessTransport::new(api.simulator.clone());
    let answer = runtime.block_on(transport.send(request)).unwrap();
    answer.status().as_u16()
}

/// The arguments that check the signature of a delivery with the key in a file, and its body, which they read.
pub(crate) fn verification(delivered: &Request<Bytes>, key: &str) -> (Vec<String>, String) {
    let command = ["verify-signature", "--provider", "svix", "--secret-file"];
    let mut arguments: Vec<String> = command.map(str::to_owned).to_vec();
    arguments.push(key.to_owned());
    for name in ["svix-id", "svix-timestamp", "svix-signature"] {
        let value = delivered.headers()[name].to_str().unwrap();
        arguments.extend(["--header".to_owned(), format!("{name}: {value}")]);
    }
    let body = String::from_utf8_lossy(delivered.body()).into_owned();
    (arguments, body)
}
