//! Whoever is to be notified: once for each change.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use hookwright::model::EnvType;
use http::Response;

use super::{ORDERS, Service, api, declared};
use crate::support::proxy::Listening;

#[test]
fn a_change_is_told_once_and_so_is_its_end() {
    let api = api();
    let url = "https://hooks.example.com/orders";
    let id = api.seed(EnvType::Sandbox, "orders", url, &["order-created"]);
    let told = Arc::new(Mutex::new(Vec::<String>::new()));
    let heard = told.clone();
    let channel = Listening::start(Arc::new(move |request: http::Request<Bytes>| {
        let body = String::from_utf8_lossy(request.body()).into_owned();
        heard.lock().unwrap().push(body);
        Ok(Response::new(Bytes::from_static(b"ok")))
    }));
    let address = format!("http://{}/services/c4nary-of-the-channel", channel.address);
    let workspace = api
        .workspace(&declared("mode: detect", ORDERS))
        .env("HOOKWRIGHT_NOTIFY_URL", &address);
    let mut service = Service::start(&workspace, &[]);
    service.wait_for("InSync is true (InSync)");
    api.simulator
        .edit(&id, |webhook| webhook.enabled = false)
        .unwrap();
    service.wait_for("EndpointsHealthy is false");
    let before = api.count("GET");
    while api.count("GET") < before + 2 {
        std::thread::yield_now();
    }
    api.simulator
        .edit(&id, |webhook| webhook.enabled = true)
        .unwrap();
    service.wait_for("EndpointsHealthy is true (Enabled)");
    let said = service.stop();
    let told = told.lock().unwrap().clone();
    let about = |text: &str| told.iter().filter(|body| body.contains(text)).count();
    assert_eq!(
        about("EndpointsHealthy is false (DisabledAtProvider)"),
        1,
        "{told:#?}"
    );
    assert_eq!(about("EndpointsHealthy is true (Enabled)"), 1, "{told:#?}");
    assert_eq!(told.len(), 2, "{told:#?}");
    assert!(!said.contains("c4nary"), "{said}");
}
