//! Reading a list page by page, only within the API and only to an end.

use std::collections::{BTreeSet, HashSet};

use serde_json::Value;
use url::Url;

use super::{Api, exchange::Exchange};
use crate::{
    net::Transport,
    provider::{ProviderError, ProviderErrorKind, dialect::Page, response::Reading},
};

/// A page, and where the next one is.
pub(super) struct Read<I> {
    pub(super) items: Vec<I>,
    pub(super) next: Option<Url>,
    /// How many bytes the answer had.
    pub(super) bytes: usize,
    pub(super) count: Option<u64>,
}

/// A whole list, and what its pages say of its length.
pub(super) struct ReadAll<I> {
    pub(super) items: Vec<I>,
    pub(super) counts: BTreeSet<u64>,
}

/// Reads the page at `url`, which is the API's own.
pub(super) async fn read_page<T: Transport, I>(
    api: &Api<T>,
    url: &Url,
    item: impl Fn(&Reading<'_>, Value) -> Option<I> + Send,
) -> Result<Read<I>, ProviderError> {
    let mut exchange = Exchange::get(api, url)?;
    let read = exchange.run(|reading, answer| Ok((reading.page(answer)?, answer.body().len())));
    let (page, bytes) = read.await?;
    let Page {
        results,
        next,
        cursor,
        count,
    } = page;
    let reading = api.reading();
    let items = results.into_iter().map(|value| item(&reading, value));
    let Some(items) = items.collect() else {
        // Leaving out what cannot be read would make it look absent, and be created again.
        let kind = ProviderErrorKind::MalformedAnswer {
            status: http::StatusCode::OK,
            problem: "an item of the list has no id that can be read, or is no object".to_owned(),
        };
        return Err(exchange.error(kind, None));
    };
    let next = match next {
        None => None,
        Some(next) => match api.within(url, &next) {
            Some(next) => Some(next),
            None => return Err(exchange.error(foreign_page(&reading, &next), None)),
        },
    };
    let next = next.or_else(|| cursor.map(|(name, value)| with_parameter(url, name, &value)));
    Ok(Read {
        items,
        next,
        bytes,
        count,
    })
}

/// The same URL, with this parameter in its query, and no other of its name.
fn with_parameter(url: &Url, name: &str, value: &str) -> Url {
    let mut other = url.clone();
    other.query_pairs_mut().clear();
    let kept = url.query_pairs().filter(|(known, _)| known != name);
    other
        .query_pairs_mut()
        .extend_pairs(kept)
        .append_pair(name, value);
    other
}

/// Reads the page at `url` and all that follow.
pub(super) async fn read_all<T: Transport, I>(
    api: &Api<T>,
    first: Url,
    item: impl Fn(&Reading<'_>, Value) -> Option<I> + Send + Copy,
) -> Result<ReadAll<I>, ProviderError> {
    let mut seen = HashSet::new();
    let mut all = ReadAll {
        items: Vec::new(),
        counts: BTreeSet::new(),
    };
    let mut bytes = 0;
    let mut next = Some(first);
    while let Some(url) = next {
        if seen.contains(&url) {
            let kind = ProviderErrorKind::RepeatedPage(seen.len());
            return Err(of_page(api, &url, kind));
        }
        let read = read_page(api, &url, item).await?;
        bytes += read.bytes;
        all.items.extend(read.items);
        all.counts.extend(read.count);
        next = read.next;
        let pages = seen.len() + 1 + usize::from(next.is_some());
        if let Err(kind) = api.list_limit.check(pages, all.items.len(), bytes) {
            return Err(of_page(api, &url, kind));
        }
        seen.insert(url);
    }
    Ok(all)
}

/// An error about a page, where no request failed.
pub(super) fn of_page<T: Transport>(
    api: &Api<T>,
    url: &Url,
    kind: ProviderErrorKind,
) -> ProviderError {
    match Exchange::get(api, url) {
        Ok(exchange) => exchange.error(kind, None),
        Err(error) => error,
    }
}

/// An error that names the page, without what its query may hold.
pub(super) fn foreign_page(reading: &Reading<'_>, next: &str) -> ProviderErrorKind {
    ProviderErrorKind::ForeignPage(reading.address(next))
}
