//! Reading a list page by page, only within the API and only to an end.

use std::collections::HashSet;

use http::Method;
use serde_json::Value;
use url::Url;

use super::{
    Api,
    exchange::{Exchange, not_sendable},
};
use crate::{
    net::Transport,
    provider::{ProviderError, ProviderErrorKind, response::Reading, wire::Page},
};

/// More pages than any account's list can have.
const MOST_PAGES: usize = 10_000;

/// A page, and where the next one is.
pub(super) struct Read<I> {
    pub(super) items: Vec<I>,
    pub(super) next: Option<Url>,
}

/// Reads the page at `url`, which is the API's own.
pub(super) async fn read_page<T: Transport, I>(
    api: &Api<T>,
    url: &Url,
    item: impl Fn(&Reading<'_>, Value) -> Option<I> + Send,
) -> Result<Read<I>, ProviderError> {
    let request = api
        .requests
        .follow(url)
        .map_err(|reason| not_sendable(Method::GET, url.path(), reason))?;
    let mut exchange = Exchange::new(api, request);
    let Page { results, next } = exchange.run(|reading, answer| reading.page(answer)).await?;
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
        Some(next) => match api.requests.base().same_origin(url, &next) {
            Some(next) => Some(next),
            None => return Err(exchange.error(foreign_page(&reading, &next), None)),
        },
    };
    Ok(Read { items, next })
}

/// Reads the page at `url` and all that follow.
pub(super) async fn read_all<T: Transport, I>(
    api: &Api<T>,
    first: Url,
    item: impl Fn(&Reading<'_>, Value) -> Option<I> + Send + Copy,
) -> Result<Vec<I>, ProviderError> {
    let mut seen = HashSet::new();
    let mut all = Vec::new();
    let mut next = Some(first);
    while let Some(url) = next {
        let stopped = if seen.contains(&url) {
            Some(ProviderErrorKind::RepeatedPage(seen.len()))
        } else if seen.len() >= MOST_PAGES {
            Some(ProviderErrorKind::TooManyPages(MOST_PAGES))
        } else {
            None
        };
        if let Some(kind) = stopped {
            let request = api
                .requests
                .follow(&url)
                .map_err(|reason| not_sendable(Method::GET, url.path(), reason))?;
            return Err(Exchange::new(api, request).error(kind, None));
        }
        let read = read_page(api, &url, item).await?;
        seen.insert(url);
        all.extend(read.items);
        next = read.next;
    }
    Ok(all)
}

/// An error that names the page, without what its query may hold.
pub(super) fn foreign_page(reading: &Reading<'_>, next: &str) -> ProviderErrorKind {
    let end = next.find(['?', '#']).unwrap_or(next.len());
    ProviderErrorKind::ForeignPage(reading.excerpt(&next[..end]))
}
