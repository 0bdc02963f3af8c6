//! The client that can read.

use std::{
    collections::{HashMap, hash_map::Entry},
    fmt,
    sync::Arc,
};

use http::Method;
use url::Url;

use super::{
    Api,
    exchange::{Exchange, not_sendable},
    pages::{self, Read, ReadAll},
};
use crate::{
    delivery::{Cursor, DeliveryPage, DeliveryQuery},
    model::{LiveWebhook, WebhookId},
    net::Transport,
    provider::{ProviderError, ProviderErrorKind, ReadDeliveries, ReadWebhooks, wire},
};

/// Reads webhooks and deliveries. It cannot write.
pub struct Reader<T> {
    pub(super) api: Arc<Api<T>>,
}

impl<T> Reader<T> {
    /// A reader of this API.
    pub fn new(api: Arc<Api<T>>) -> Self {
        Self { api }
    }
}

impl<T: Transport> ReadWebhooks for Reader<T> {
    async fn list(&self) -> Result<Vec<LiveWebhook>, ProviderError> {
        list(&self.api).await
    }

    async fn retrieve(&self, id: &WebhookId) -> Result<LiveWebhook, ProviderError> {
        retrieve(&self.api, id).await
    }
}

impl<T: Transport> ReadDeliveries for Reader<T> {
    async fn page(
        &self,
        query: &DeliveryQuery,
        cursor: Option<&Cursor>,
    ) -> Result<DeliveryPage, ProviderError> {
        let api = &*self.api;
        let mut url = api.requests.deliveries_url(query);
        if let Some(cursor) = cursor {
            url = self.at(&url, cursor)?;
        }
        let Read { items, next, .. } =
            pages::read_page(api, &url, |reading, value| reading.delivery_in(value)).await?;
        Ok(DeliveryPage {
            deliveries: items,
            next: next.map(Cursor::new),
        })
    }
}

impl<T: Transport> Reader<T> {
    /// The URL of a cursor, which may come from a file and so is not trusted to be the API's.
    fn at(&self, first: &Url, cursor: &Cursor) -> Result<Url, ProviderError> {
        let api = &*self.api;
        if let Some(url) = api.within(first, cursor.as_str()) {
            return Ok(url);
        }
        let request = api
            .requests
            .follow(first)
            .map_err(|reason| not_sendable(Method::GET, first.path(), reason))?;
        let kind = pages::foreign_page(&api.reading(), cursor.as_str());
        Err(Exchange::new(api, request).error(kind, None))
    }
}

impl<T> fmt::Debug for Reader<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reader").field(&self.api).finish()
    }
}

/// One webhook.
pub(super) async fn retrieve<T: Transport>(
    api: &Api<T>,
    id: &WebhookId,
) -> Result<LiveWebhook, ProviderError> {
    let requests = &api.requests;
    let request = requests
        .retrieve(id)
        .map_err(|reason| not_sendable(Method::GET, requests.list_url().path(), reason))?;
    Exchange::new(api, request)
        .run(|reading, answer| reading.webhook(answer))
        .await
}

/// All webhooks of the API's environment. A list that contradicts itself is read again, and refused where
/// it stays so.
pub(super) async fn list<T: Transport>(api: &Api<T>) -> Result<Vec<LiveWebhook>, ProviderError> {
    let url = api.requests.list_url();
    let request = api
        .requests
        .follow(&url)
        .map_err(|reason| not_sendable(Method::GET, url.path(), reason))?;
    let mut exchange = Exchange::new(api, request);
    loop {
        exchange.attempted();
        let read = pages::read_all(api, url.clone(), |reading, value| reading.webhook_in(value));
        match each_once(read.await?) {
            Ok(mut webhooks) => {
                // Whether the list holds one environment or all is documented nowhere.
                webhooks.retain(|webhook| api.requests.dialect().is_of(webhook, api.env_type));
                return Ok(webhooks);
            }
            Err(problem) => {
                let kind = ProviderErrorKind::Contradiction(problem);
                exchange.wait_or_fail(kind).await?;
            }
        }
    }
}

/// Each webhook of a list once, or why the list cannot be believed. One that shifts while it is paged
/// through shows a webhook twice, which does no harm where both are one.
fn each_once(read: ReadAll<LiveWebhook>) -> Result<Vec<LiveWebhook>, String> {
    let ReadAll { items, counts } = read;
    let listed = items.len() as u64;
    let mut places: HashMap<WebhookId, usize> = HashMap::with_capacity(items.len());
    let mut webhooks: Vec<LiveWebhook> = Vec::with_capacity(items.len());
    for webhook in items {
        match places.entry(webhook.id.clone()) {
            Entry::Vacant(place) => {
                place.insert(webhooks.len());
                webhooks.push(webhook);
            }
            Entry::Occupied(place) if webhooks[*place.get()] == webhook => {}
            Entry::Occupied(_) => {
                let id = wire::excerpt(webhook.id.shown());
                return Err(format!(
                    "webhook {id} is in it twice, and each time another"
                ));
            }
        }
    }
    let each = webhooks.len() as u64;
    match counts.iter().find(|count| ![each, listed].contains(count)) {
        Some(count) => Err(format!(
            "it says that it has {count} webhooks, and shows {each}"
        )),
        None => Ok(webhooks),
    }
}
