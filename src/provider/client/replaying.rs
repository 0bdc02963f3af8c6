//! Asking a provider to send events again, and finding out which ones they are.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use http::{HeaderValue, Method};

use super::{
    Reader, Writer,
    exchange::not_sendable,
    pages::{self, Read},
    writer::new_key,
};
use crate::{
    delivery::{DeliveryQuery, Span},
    model::WebhookId,
    net::Transport,
    provider::{AskForReplays, InvalidRequest, ProviderError, ProviderErrorKind, dialect::Call},
};

impl<T: Transport> AskForReplays for Writer<T> {
    async fn recover(&self, id: &WebhookId, span: Span, once: &str) -> Result<(), ProviderError> {
        let call = self.api.requests.dialect().recover(id, span);
        self.ask(call, once).await
    }

    async fn resend(&self, id: &WebhookId, event: &str, once: &str) -> Result<(), ProviderError> {
        let call = self.api.requests.dialect().resend(id, event);
        self.ask(call, once).await
    }
}

impl<T: Transport> Writer<T> {
    async fn ask(
        &self,
        call: Result<Call, InvalidRequest>,
        once: &str,
    ) -> Result<(), ProviderError> {
        // Another request's key where it is no header's value: repeating it is not harmless then.
        let key = HeaderValue::from_str(once).unwrap_or_else(|_| new_key());
        let request = call.and_then(|call| self.api.requests.once(call, &key));
        let mut exchange = self.exchange(Method::POST, request)?;
        if self.api.requests.is_idempotent() {
            return exchange.run(|reading, answer| reading.asked(answer)).await;
        }
        let asked = exchange.attempt(|reading, answer| reading.asked(answer));
        let asked = asked.await;
        asked.map_err(|kind| exchange.error(kind, None))
    }
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
        let first = first.map_err(|reason| not_sendable(api, Method::GET, reason))?;
        let (mut found, mut seen, mut next) = (BTreeMap::new(), HashSet::new(), Some(first));
        while let Some(url) = next.take()
            && found.len() < records.len()
        {
            if !seen.insert(url.clone()) {
                let kind = ProviderErrorKind::RepeatedPage(seen.len());
                return Err(pages::of_page(api, &url, kind));
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
