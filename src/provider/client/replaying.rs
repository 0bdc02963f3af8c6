//! Asking a provider to send events again, and finding out which ones they are.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use bytes::Bytes;
use http::{HeaderValue, Method, Request};
use url::Url;

use super::{
    Reader, Writer,
    exchange::{Exchange, not_sendable},
    pages::{self, Read},
};
use crate::{
    delivery::{DeliveryQuery, Span},
    model::WebhookId,
    net::Transport,
    provider::{AskForReplays, InvalidRequest, ProviderError, ProviderErrorKind},
};

impl<T: Transport> AskForReplays for Writer<T> {
    async fn recover(&self, id: &WebhookId, span: Span, once: &str) -> Result<(), ProviderError> {
        self.ask(self.api.requests.recover(id, span, &key(once)))
            .await
    }

    async fn resend(&self, id: &WebhookId, event: &str, once: &str) -> Result<(), ProviderError> {
        self.ask(self.api.requests.resend(id, event, &key(once)))
            .await
    }
}

impl<T: Transport> Writer<T> {
    async fn ask(
        &self,
        request: Result<Request<Bytes>, InvalidRequest>,
    ) -> Result<(), ProviderError> {
        let request = request.map_err(|reason| {
            let list = self.api.requests.list_url();
            not_sendable(&self.api, Method::POST, &list, reason)
        })?;
        let mut exchange = Exchange::permitted(&self.api, request, &self.permission);
        if self.api.requests.is_idempotent() {
            return exchange.run(|reading, answer| reading.asked(answer)).await;
        }
        let asked = exchange.attempt(|reading, answer| reading.asked(answer));
        let asked = asked.await;
        asked.map_err(|kind| exchange.error(kind, None))
    }
}

/// Another request's where it is no header's value: repeating it is not harmless then.
fn key(once: &str) -> HeaderValue {
    HeaderValue::from_str(once).unwrap_or_else(|_| {
        let other = uuid::Uuid::new_v4().to_string();
        HeaderValue::from_str(&other).expect("a UUID is a header's value")
    })
}

impl<T: Transport> Reader<T> {
    /// The events that these records of one webhook's history are attempts at, by the ids of the records. What the history has no
    /// more is left out.
    ///
    /// # Errors
    ///
    /// A page that cannot be read; a provider that has no such history.
    pub async fn events_of(
        &self,
        id: &WebhookId,
        records: &BTreeSet<String>,
        query: &DeliveryQuery,
    ) -> Result<BTreeMap<String, String>, ProviderError> {
        let api = &*self.api;
        let Some(first) = api.requests.deliveries_url_of(id, query) else {
            return Err(super::reader::without_history(api));
        };
        let first = first
            .map_err(|reason| not_sendable(api, Method::GET, &api.requests.list_url(), reason))?;
        let (mut found, mut seen, mut next) = (BTreeMap::new(), HashSet::new(), Some(first));
        while let Some(url) = next.take()
            && found.len() < records.len()
        {
            if !seen.insert(url.clone()) {
                return Err(repeated(self, &url, seen.len()));
            }
            let page =
                pages::read_page(api, &url, |reading, value| Some(reading.attempt_in(&value)));
            let Read {
                items, next: after, ..
            } = page.await?;
            let wanted = items.into_iter().flatten();
            found.extend(wanted.filter(|(record, _)| records.contains(record)));
            next = after;
        }
        Ok(found)
    }
}

fn repeated<T: Transport>(reader: &Reader<T>, url: &Url, pages: usize) -> ProviderError {
    let api = &*reader.api;
    match api.requests.follow(url) {
        Ok(request) => {
            Exchange::new(api, request).error(ProviderErrorKind::RepeatedPage(pages), None)
        }
        Err(reason) => not_sendable(api, Method::GET, url, reason),
    }
}
