//! The contract of the provider's traits, kept by the simulator in process and over loopback.

use std::{num::NonZeroU32, sync::Arc};

use hookwright::{
    model::{EnvType, ProviderProfile},
    net::{BaseUrl, HttpConfig, HttpTransport, RateLimiter, Transport},
    provider::{Api, Reader, Writer, conformance::Ground, truv::PROFILE as TRUV},
    simulator::{InProcessTransport, Quirks},
};

use crate::support::{self, CLIENT_ID};

fn ground<T: Transport>(
    profile: &'static ProviderProfile,
    base_url: &str,
    transport: T,
) -> Ground<Reader<T>, Writer<T>> {
    let (env_type, credentials) = support::credentials(profile);
    let base_url = BaseUrl::new(base_url, false).unwrap();
    let limiter = RateLimiter::per_minute(NonZeroU32::MAX);
    let api = Api::new(base_url, profile, env_type, &credentials, transport)
        .unwrap()
        .with_limiter(Arc::new(limiter));
    let api = Arc::new(api);
    Ground {
        reader: Reader::new(api.clone()),
        writer: Writer::new(api),
        profile,
        env_type,
        prefix: "conformance-".to_owned(),
        url: "https://conformance.example.com/".to_owned(),
    }
}

async fn check(profile: &'static ProviderProfile, base_url: &str, transport: impl Transport) {
    let verdicts = ground(profile, base_url, transport).check().await.unwrap();
    assert!(verdicts.len() > 5);
    for verdict in verdicts {
        assert_eq!(verdict.result, Ok(()), "{}", verdict.rule);
    }
}

#[tokio::test]
async fn the_simulator_keeps_it_in_process() {
    for profile in ProviderProfile::all() {
        for quirks in [
            "",
            "page-size=3",
            "list-scope=account,list-shape=array",
            "id-shape=hex",
        ] {
            let quirks: Quirks = quirks.parse().unwrap();
            let api = support::Api::of(profile, |builder| builder.quirks(quirks));
            let transport = InProcessTransport::new(api.simulator.clone());
            let base_url = format!("http://localhost{}", profile.base_path());
            check(profile, &base_url, transport).await;
        }
    }
}

#[tokio::test]
async fn the_simulator_keeps_it_over_loopback() {
    for profile in ProviderProfile::all() {
        let api = support::Api::of(profile, |builder| builder);
        let base_url = BaseUrl::new(&api.base_url(), false).unwrap();
        let transport = HttpTransport::new(&base_url, &HttpConfig::default()).unwrap();
        check(profile, &api.base_url(), transport).await;
    }
}

#[tokio::test]
async fn a_broken_contract_is_seen() {
    let quirks: Quirks = "duplicate-urls=accepted".parse().unwrap();
    let api = support::Api::of(&TRUV, |builder| builder.quirks(quirks));
    let transport = InProcessTransport::new(api.simulator.clone());
    let ground = ground(&TRUV, "http://localhost/v1/", transport);
    let verdicts = ground.check().await.unwrap().into_iter();
    let broken: Vec<_> = verdicts
        .filter_map(|verdict| verdict.result.err())
        .collect();
    assert_eq!(broken, ["a second one was created"]);
    let left = api.simulator.webhooks(CLIENT_ID, EnvType::Development);
    assert!(left.is_empty());
}
