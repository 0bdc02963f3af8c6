//! A request history that a provider has only webhook by webhook, as one: the latest first.

use std::collections::{HashSet, VecDeque};

use http::Method;
use url::Url;

use crate::{
    delivery::{Delivery, DeliveryQuery},
    net::Transport,
    provider::{
        ProviderError, ProviderErrorKind, ReadWebhooks, Reader,
        client::{
            exchange::not_sendable,
            pages::{self, Read},
        },
    },
};

/// How many deliveries are given at once, at most.
const PIECE: usize = 250;

/// The histories of all webhooks that there are, merged.
#[derive(Debug, Default)]
pub(super) struct Merged {
    /// `None` until the webhooks were listed.
    branches: Option<Vec<Branch>>,
}

/// The history of one webhook.
#[derive(Debug)]
struct Branch {
    /// Where its next page is.
    next: Option<Url>,
    /// The pages that were read.
    seen: HashSet<Url>,
    /// What was read and not yet given, the latest first.
    read: VecDeque<Delivery>,
}

impl Merged {
    /// The next deliveries of all webhooks; `None` after the last.
    pub(super) async fn next<T: Transport>(
        &mut self,
        reader: &Reader<T>,
        query: &DeliveryQuery,
    ) -> Result<Option<Vec<Delivery>>, ProviderError> {
        if self.branches.is_none() {
            self.branches = Some(branches(reader, query).await?);
        }
        let branches = self.branches.get_or_insert_default();
        for branch in branches.iter_mut() {
            branch.fill(reader).await?;
        }
        let mut piece = Vec::new();
        while piece.len() < PIECE
            && !branches.iter().any(Branch::is_behind)
            && let Some(latest) = take_latest(branches)
        {
            piece.push(latest);
        }
        Ok((!piece.is_empty()).then_some(piece))
    }

    /// Whether there is no more.
    pub(super) fn has_ended(&self) -> bool {
        let mut branches = self.branches.iter().flatten();
        self.branches.is_some()
            && branches.all(|branch| branch.read.is_empty() && branch.next.is_none())
    }
}

/// Where the histories of all webhooks begin.
async fn branches<T: Transport>(
    reader: &Reader<T>,
    query: &DeliveryQuery,
) -> Result<Vec<Branch>, ProviderError> {
    let webhooks = reader.list().await?;
    let (api, mut all) = (&*reader.api, Vec::with_capacity(webhooks.len()));
    for webhook in webhooks {
        let Some(url) = api.requests.deliveries_url_of(&webhook.id, query) else {
            continue;
        };
        let url = url.map_err(|reason| not_sendable(api, Method::GET, reason))?;
        all.push(Branch {
            next: Some(url),
            seen: HashSet::new(),
            read: VecDeque::new(),
        });
    }
    Ok(all)
}

/// The latest of what was read.
fn take_latest(branches: &mut [Branch]) -> Option<Delivery> {
    let latest = branches
        .iter_mut()
        .filter(|branch| !branch.read.is_empty())
        .max_by_key(|branch| branch.read.front().and_then(|first| first.event_created_at))?;
    latest.read.pop_front()
}

impl Branch {
    /// Whether nothing is known of what comes next, though there may be more.
    fn is_behind(&self) -> bool {
        self.read.is_empty() && self.next.is_some()
    }

    /// Reads on until something is there, or nothing is left.
    async fn fill<T: Transport>(&mut self, reader: &Reader<T>) -> Result<(), ProviderError> {
        let api = &*reader.api;
        while self.read.is_empty()
            && let Some(url) = self.next.take()
        {
            if !self.seen.insert(url.clone()) {
                let kind = ProviderErrorKind::RepeatedPage(self.seen.len());
                return Err(pages::of_page(api, &url, kind));
            }
            let page = pages::read_page(api, &url, |reading, value| reading.delivery_in(value));
            match page.await {
                Ok(Read { items, next, .. }) => {
                    self.read.extend(items);
                    self.next = next;
                }
                // It was deleted meanwhile, and its history with it.
                Err(error) if matches!(error.kind(), ProviderErrorKind::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
