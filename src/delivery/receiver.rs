//! Who deliveries go to.
//!
//! A delivery names no webhook: what joins the two is the URL.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::DeliveryFilter;
use crate::model::{
    DesiredState, EndpointUrl, EventSet, LiveWebhook, MaskedText, WebhookKey, WebhookName,
};

/// What deliveries go to: a webhook, or a URL of which no more is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receiver {
    /// The webhook's key; `None` where it is not declared.
    pub key: Option<WebhookKey>,
    /// Its name; `None` where no webhook is known at the URL.
    pub name: Option<WebhookName>,
    /// Where it is.
    pub url: EndpointUrl,
    /// Which events are sent to it: those of the live webhook, or, where none was read, those declared.
    pub subscribed: EventSet,
    /// Whether events are sent to it, as far as that is known.
    pub enabled: Option<bool>,
    /// Since when it is there, as far as that is known.
    pub created_at: Option<Timestamp>,
}

/// The receivers of one environment, by number; receivers that turn up are added.
#[derive(Clone, Debug, Default)]
pub struct Receivers {
    all: Vec<Receiver>,
    by_url: BTreeMap<EndpointUrl, usize>,
}

impl Receivers {
    /// The declared webhooks, and with a list of what is live, those that are only live.
    ///
    /// Deliveries to a webhook's former URLs are its own, unless another webhook is there now.
    pub fn new(desired: &DesiredState, live: Option<&[LiveWebhook]>) -> Self {
        let mut receivers = Self::default();
        for (key, webhook) in &desired.webhooks {
            let known = live.is_none();
            receivers
                .by_url
                .insert(webhook.url.clone(), receivers.all.len());
            receivers.all.push(Receiver {
                key: Some(key.clone()),
                name: Some(webhook.name.clone()),
                url: webhook.url.clone(),
                subscribed: if known {
                    webhook.events.clone()
                } else {
                    EventSet::new()
                },
                enabled: known.then_some(webhook.enabled),
                created_at: None,
            });
        }
        for webhook in live.unwrap_or_default() {
            let index = receivers.at(&webhook.url);
            let receiver = &mut receivers.all[index];
            receiver.name.get_or_insert_with(|| webhook.name.clone());
            receiver.subscribed.extend(
                webhook
                    .events
                    .iter()
                    .flat_map(|events| events.iter().cloned()),
            );
            receiver.enabled = receiver.enabled.or(webhook.enabled);
            receiver.created_at = receiver.created_at.or(webhook.created_at);
        }
        for (number, webhook) in desired.webhooks.values().enumerate() {
            for former in &webhook.moved_from {
                receivers.by_url.entry(former.clone()).or_insert(number);
            }
        }
        receivers
    }

    /// The receiver at a URL, which is added where it is not known.
    pub fn at(&mut self, url: &EndpointUrl) -> usize {
        if let Some(known) = self.by_url.get(url) {
            return *known;
        }
        let number = self.all.len();
        self.by_url.insert(url.clone(), number);
        self.all.push(Receiver {
            key: None,
            name: None,
            url: url.clone(),
            subscribed: EventSet::new(),
            enabled: None,
            created_at: None,
        });
        number
    }

    /// The known receiver at a URL.
    pub fn find(&self, url: &EndpointUrl) -> Option<&Receiver> {
        self.by_url.get(url).map(|number| &self.all[*number])
    }

    /// Leaves of what is subscribed only what a filter asks for, so that nothing else counts as silent.
    pub fn narrow(&mut self, filter: &DeliveryFilter) {
        for receiver in &mut self.all {
            let is_wanted = filter.matches_receiver(&receiver.url);
            let events = receiver.subscribed.iter();
            receiver.subscribed = events
                .filter(|event| is_wanted && filter.matches_type(event))
                .cloned()
                .collect();
        }
    }

    /// All of them, in the order of their numbers: the declared ones by key, then the others.
    pub fn all(&self) -> &[Receiver] {
        &self.all
    }

    /// Every URL that is known of.
    pub fn urls(&self) -> impl Iterator<Item = &EndpointUrl> {
        self.by_url.keys()
    }
}

impl Receiver {
    /// What people call it: its key, else its name, else its URL.
    pub fn title(&self) -> MaskedText {
        match (&self.key, &self.name) {
            (Some(key), _) => MaskedText::plain(key.as_str()),
            (None, Some(name)) => name.text().clone(),
            (None, None) => self.url.text().clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DesiredWebhook, EventType, WebhookId};

    fn url(text: &str) -> EndpointUrl {
        EndpointUrl::from_live(MaskedText::plain(text))
    }

    fn name(text: &str) -> WebhookName {
        WebhookName::from_live(MaskedText::plain(text))
    }

    fn desired(at: &str, former: &[&str]) -> DesiredWebhook {
        DesiredWebhook {
            name: name("declared"),
            url: url(at),
            events: [EventType::new("order-created")].into(),
            enabled: true,
            moved_from: former.iter().map(|former| url(former)).collect(),
            adopt: false,
            create_only: BTreeMap::new(),
            secret_to: None,
            secret_from: None,
            rotate: None,
            replace: false,
        }
    }

    fn live(at: &str, event: &str) -> LiveWebhook {
        LiveWebhook {
            id: WebhookId::new("1"),
            name: name("live"),
            url: url(at),
            events: Some([EventType::new(event)].into()),
            mark: None,
            is_secret_lost: false,
            rotated: None,
            create_only: BTreeMap::new(),
            env_type: None,
            enabled: Some(false),
            created_at: None,
            updated_at: None,
            unreadable: Vec::new(),
            other: BTreeMap::new(),
        }
    }

    #[test]
    fn former_urls_are_the_webhooks_own_unless_another_is_there() {
        let state = DesiredState {
            webhooks: [
                (
                    WebhookKey::new("a"),
                    desired("https://h/a", &["https://h/old", "https://h/b"]),
                ),
                (WebhookKey::new("b"), desired("https://h/b", &[])),
            ]
            .into(),
            ..DesiredState::default()
        };
        let mut receivers = Receivers::new(&state, None);
        let title = |receivers: &Receivers, at: &str| {
            let found = receivers.find(&url(at));
            found.map(|receiver| receiver.title().to_string())
        };
        assert_eq!(title(&receivers, "https://h/old").as_deref(), Some("a"));
        assert_eq!(title(&receivers, "https://h/b").as_deref(), Some("b"));
        assert_eq!(title(&receivers, "https://h/c"), None);
        assert_eq!(receivers.at(&url("https://h/c")), 2);
        assert_eq!(receivers.at(&url("https://h/c")), 2);
        assert_eq!(
            title(&receivers, "https://h/c").as_deref(),
            Some("https://h/c")
        );
    }

    #[test]
    fn what_is_live_says_what_is_subscribed() {
        let state = DesiredState {
            webhooks: [
                (WebhookKey::new("a"), desired("https://h/a", &[])),
                (WebhookKey::new("b"), desired("https://h/b", &[])),
            ]
            .into(),
            ..DesiredState::default()
        };
        let all = [
            live("https://h/a", "link-deleted"),
            live("https://h/x", "link-deleted"),
        ];
        let receivers = Receivers::new(&state, Some(&all));
        let subscribed: Vec<Vec<&str>> = receivers
            .all()
            .iter()
            .map(|one| one.subscribed.iter().map(EventType::as_str).collect())
            .collect();
        assert_eq!(
            subscribed,
            [vec!["link-deleted"], Vec::new(), vec!["link-deleted"]]
        );
        assert_eq!(receivers.all()[0].enabled, Some(false));
        assert_eq!(receivers.all()[1].enabled, None);
        assert_eq!(receivers.all()[2].title().to_string(), "live");
    }
}
