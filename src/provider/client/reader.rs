//! The client that can read.

use std::{
    collections::{HashMap, hash_map::Entry},
    fmt,
    sync::Arc,
};

use http::Method;
use serde_json::Value;
use url::Url;

use super::{
    Api,
    exchange::{Exchange, not_sendable},
    pages::{self, Read, ReadAll},
};
use crate::{
    delivery::{Cursor, DeliveryPage, DeliveryQuery},
    model::{AccountEvents, LiveWebhook, Secret, WebhookId},
    net::{self, Attempt, Failed, Sending, Transport},
    provider::{
        InvalidRequest, ProviderError, ProviderErrorKind, ReadDeliveries, ReadWebhooks,
        response::Reading, wire,
    },
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
        let Some(mut url) = api.requests.deliveries_url(query) else {
            return Err(without_history(api));
        };
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
    /// Reads the event types of the account; `None` where they are the provider's own.
    ///
    /// # Errors
    ///
    /// Any page that cannot be read.
    pub async fn event_types(&self) -> Result<Option<AccountEvents>, ProviderError> {
        let api = &*self.api;
        let Some(first) = api.requests.event_types_url() else {
            return Ok(None);
        };
        let read = |reading: &Reading<'_>, value: Value| reading.event_type_in(&value);
        let all = pages::read_all(api, first, read).await?;
        Ok(Some(all.items.into_iter().collect()))
    }

    /// Reads the key that signs a webhook's deliveries.
    ///
    /// # Errors
    ///
    /// Also where the provider shows none.
    pub(crate) async fn signing_secret(&self, id: &WebhookId) -> Result<Secret, ProviderError> {
        let api = &*self.api;
        let none = || InvalidRequest::NoSecret(api.profile.title);
        let url = api.requests.secret_url(id);
        let url = url.and_then(|url| url.ok_or_else(none));
        let url = url.map_err(|reason| not_sendable(api, Method::GET, reason))?;
        Exchange::get(api, &url)?
            .run(|reading, answer| reading.key(answer))
            .await
    }

    /// The URL of a cursor, which may come from a file and so is not trusted to be the API's.
    fn at(&self, first: &Url, cursor: &Cursor) -> Result<Url, ProviderError> {
        let api = &*self.api;
        if let Some(url) = api.within(first, cursor.as_str()) {
            return Ok(url);
        }
        let kind = pages::foreign_page(&api.reading(), cursor.as_str());
        Err(pages::of_page(api, first, kind))
    }
}

impl<T> fmt::Debug for Reader<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reader").field(&self.api).finish()
    }
}

/// An error for a request history that the provider does not have.
pub(super) fn without_history<T>(api: &Api<T>) -> ProviderError {
    let reason = InvalidRequest::NoHistory(api.profile.title);
    not_sendable(api, Method::GET, reason)
}

/// One webhook.
pub(super) async fn retrieve<T: Transport>(
    api: &Api<T>,
    id: &WebhookId,
) -> Result<LiveWebhook, ProviderError> {
    let request = api.requests.retrieve(id);
    let request = request.map_err(|reason| not_sendable(api, Method::GET, reason))?;
    Exchange::new(api, request)
        .run(|reading, answer| reading.webhook(answer))
        .await
}

/// All webhooks of the API's environment. A list that contradicts itself is read again, and refused where
/// it stays so.
pub(super) async fn list<T: Transport>(api: &Api<T>) -> Result<Vec<LiveWebhook>, ProviderError> {
    let url = api.requests.list_url();
    let mut listing = Listing {
        api,
        exchange: Exchange::get(api, &url)?,
        url,
    };
    match net::repeat(&mut listing).await {
        Ok(read) => read,
        Err(Failed { failure, gave_up }) => Err(listing.exchange.error(failure, gave_up)),
    }
}

/// A list that is read as a whole, and again where it contradicts itself.
struct Listing<'a, T> {
    api: &'a Api<T>,
    url: Url,
    exchange: Exchange<'a, T>,
}

impl<T: Transport> Attempt for Listing<'_, T> {
    /// A page that cannot be read was asked for often enough.
    type Done = Result<Vec<LiveWebhook>, ProviderError>;
    type Failure = ProviderErrorKind;

    fn sending(&mut self) -> &mut Sending {
        self.exchange.sending()
    }

    fn is_repeatable(&self) -> bool {
        true
    }

    async fn attempt(&mut self) -> Result<Self::Done, ProviderErrorKind> {
        let (api, first) = (self.api, self.url.clone());
        let read = pages::read_all(api, first, |reading, value| reading.webhook_in(value)).await;
        let read = match read {
            Ok(read) => read,
            Err(error) => return Ok(Err(error)),
        };
        let mut webhooks = each_once(read).map_err(ProviderErrorKind::Contradiction)?;
        // Whether the list holds one environment or all is documented nowhere.
        webhooks.retain(|webhook| api.requests.dialect().is_of(webhook, api.env_type));
        Ok(Ok(webhooks))
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
