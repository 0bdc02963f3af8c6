//! The parts of a URL, as rules see them.

use crate::model::{EndpointUrl, MASK, MaskedText};

/// The parts of a URL.
#[derive(Debug, Default)]
pub(super) struct Address {
    pub(super) scheme: String,
    pub(super) host: String,
    /// 0 where it cannot be told.
    pub(super) port: i64,
    pub(super) path: String,
    pub(super) query: String,
}

/// Reads the parts of a URL. Of one that programs read in different ways, or a part of which is masked, they are what stands
/// between its marks.
pub(super) fn parts(url: &str) -> Address {
    let exact = EndpointUrl::from_live(MaskedText::plain(url)).exact();
    if let Some(exact) = exact.filter(|_| !url.contains(MASK)) {
        let exact = exact.url();
        return Address {
            scheme: exact.scheme().to_owned(),
            host: exact.host_str().unwrap_or_default().to_owned(),
            port: exact.port_or_known_default().map_or(0, i64::from),
            path: exact.path().to_owned(),
            query: exact.query().unwrap_or_default().to_owned(),
        };
    }
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (place, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, "/"),
    };
    let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
    let (host, port) = place.rsplit_once(':').unwrap_or((place, ""));
    Address {
        scheme: scheme.to_lowercase(),
        host: host.to_lowercase(),
        port: port.parse().unwrap_or_default(),
        path: path.to_owned(),
        query: query.to_owned(),
    }
}
