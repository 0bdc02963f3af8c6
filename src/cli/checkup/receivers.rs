//! Whether receivers, and the API itself, are reached, and how their connections are encrypted.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use jiff::Timestamp;

use crate::{
    cli::connect::Connected,
    delivery::Tls,
    manifest::Target,
    model::EndpointUrl,
    probe::{PostError, Poster, Reach},
    report::Check,
};

const NAME: &str = "receivers";
const API: &str = "tls";

/// How receivers are reached and encrypted: one check for each that is not as it should be, or one for
/// all. No event is sent.
pub(super) async fn all(one: &Connected, poster: &Poster, now: Timestamp) -> Vec<Check> {
    let urls: BTreeSet<&EndpointUrl> = one
        .resolved
        .desired
        .webhooks
        .values()
        .filter(|webhook| webhook.enabled)
        .map(|webhook| &webhook.url)
        .collect();
    let mut origins = BTreeMap::new();
    for url in urls {
        origins.entry(origin(url)).or_insert(url);
    }
    let looks = origins.values().map(|url| async move {
        let looked = poster.inspect(url.text().expose()).await;
        receiver(&host(url), looked, now)
    });
    let wrong: Vec<Check> = join_all(looks).await.into_iter().flatten().collect();
    match (wrong.is_empty(), origins.len()) {
        (true, 0) => Vec::new(),
        (true, 1) => vec![Check::passed(NAME, "the only host is reached")],
        (true, hosts) => vec![Check::passed(
            NAME,
            format!("all {hosts} hosts are reached"),
        )],
        (false, _) => wrong,
    }
}

/// The host, and the port where it is not the scheme's own: one machine can have several receivers.
fn host(url: &EndpointUrl) -> String {
    let host = url.host().unwrap_or_default();
    let parsed = url::Url::parse(url.normal()).ok();
    match parsed.and_then(|url| url.port()) {
        Some(port) => format!("{host}:{port}"),
        None => host,
    }
}

/// Scheme, host and port.
fn origin(url: &EndpointUrl) -> String {
    url::Url::parse(url.normal()).map_or_else(
        |_| url.normal().to_owned(),
        |url| url.origin().ascii_serialization(),
    )
}

/// How the API's own connection is encrypted. Looked at directly: where a proxy stands in between, that it
/// cannot be is no fault.
pub(super) async fn api(one: &Connected, poster: &Poster, now: Timestamp) -> Option<Check> {
    let Target::Url(url) = &one.resolved.target else {
        return None;
    };
    let looked = poster.reaching(Reach::Any).inspect(url.expose()).await;
    Some(match looked {
        Ok(Some(tls)) if ends_soon(&tls, now) => Check::warned(
            API,
            described(&tls, now),
            "ask the provider whether it is about to renew its certificate",
        ),
        Ok(Some(tls)) => Check::passed(API, described(&tls, now)),
        Ok(None) if one.api.base_url().is_loopback() => {
            Check::passed(API, "none, and none is needed on this machine")
        }
        Ok(None) => Check::warned(
            API,
            format!(
                "none: the {} travels unencrypted",
                one.view.profile.secret().title
            ),
            "use `https` for whatever is not a simulator",
        ),
        Err(error) => Check::warned(
            API,
            format!("not seen: {}", error.with_causes()),
            "where a proxy or an authority of your own stands in between, this is no fault",
        ),
    })
}

fn ends_soon(tls: &Tls, now: Timestamp) -> bool {
    tls.certificate.is_some_and(|it| it.ends_soon(now))
}

fn described(tls: &Tls, now: Timestamp) -> String {
    match tls.certificate {
        Some(certificate) => format!(
            "{}, certificate until {} ({} days left)",
            tls.version,
            certificate.not_after.strftime("%Y-%m-%d"),
            certificate.days_left(now)
        ),
        None => tls.version.to_owned(),
    }
}

/// What is not as it should be with a receiver.
fn receiver(host: &str, looked: Result<Option<Tls>, PostError>, now: Timestamp) -> Option<Check> {
    match looked {
        Ok(Some(tls)) if ends_soon(&tls, now) => Some(Check::warned(
            NAME,
            format!("`{host}`: {}", described(&tls, now)),
            "renew the certificate: from then on events are lost",
        )),
        Ok(_) => None,
        Err(error @ PostError::Tls(_)) => Some(Check::failed(
            NAME,
            format!("`{host}`: {}", error.with_causes()),
            "mend the certificate: the provider does not deliver there",
        )),
        Err(error @ PostError::OutOfReach { .. }) => Some(Check::warned(
            NAME,
            format!("`{host}`: {}", error.with_causes()),
            "the provider cannot reach it; `--allow-private` looks at it all the same",
        )),
        Err(error) => Some(Check::warned(
            NAME,
            format!("`{host}`: {}", error.with_causes()),
            "see that the provider reaches it; a firewall that lets only the provider in is no fault",
        )),
    }
}
