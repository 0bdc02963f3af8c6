//! Which records are one and the same.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::Delivery;

/// What tells one delivery from all others of its environment.
///
/// What the record's own id stands for is documented nowhere, so two records are one only where all
/// they say is equal, the id of the request inside the payload among it. A delivery that is counted
/// twice is a nuisance; one that is lost is a loan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryIdentity {
    /// When the event came to be, in microseconds since 1970; the smallest number where that was
    /// not said.
    pub(super) created: i64,
    /// The rest, digested.
    pub(super) digest: i64,
}

impl DeliveryIdentity {
    /// The identity of a delivery as the provider sent it, with its payload.
    pub fn of(delivery: &Delivery) -> Self {
        let Delivery {
            webhook_id,
            event_type,
            event_created_at,
            status_code,
            error_message,
            webhook_url,
            object,
            payload,
        } = delivery;
        let status = status_code.map(|code| code.to_string());
        let request = payload
            .as_ref()
            .and_then(|payload| payload.get("webhook_id")?.as_str());
        let mut digest = Sha256::new();
        for part in [
            webhook_id.as_deref(),
            Some(event_type.as_str()),
            status.as_deref(),
            error_message.as_deref(),
            Some(webhook_url.normal()),
            object.as_ref().map(|object| object.id()),
            request,
        ] {
            // Lengths keep parts apart; none is not the empty one.
            let length = part.map_or(u64::MAX, |part| part.len() as u64);
            digest.update(length.to_le_bytes());
            digest.update(part.unwrap_or_default());
        }
        let digest = digest.finalize();
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        Self {
            created: microseconds(*event_created_at),
            digest: i64::from_le_bytes(first),
        }
    }

    /// Whether its event came to be before a moment.
    pub fn is_before(self, moment: Timestamp) -> bool {
        self.created < moment.as_microsecond()
    }
}

/// A moment as the archive counts it.
pub(super) fn microseconds(at: Option<Timestamp>) -> i64 {
    at.map_or(i64::MIN, Timestamp::as_microsecond)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{EndpointUrl, EventType, MaskedText};

    #[test]
    fn records_are_one_only_where_all_they_say_is_equal() {
        let payload = json!({"webhook_id": "request-1"});
        let delivery = Delivery {
            webhook_id: Some("r".to_owned()),
            event_type: EventType::new("order-created"),
            event_created_at: None,
            status_code: Some(502),
            error_message: None,
            webhook_url: EndpointUrl::from_live(MaskedText::plain("https://h.example/")),
            object: None,
            payload: Some(Box::new(payload)),
        };
        let same = DeliveryIdentity::of(&delivery);
        assert_eq!(DeliveryIdentity::of(&delivery.clone()), same);
        let changes: [fn(&mut Delivery); 6] = [
            |one| one.webhook_id = None,
            |one| one.status_code = Some(200),
            |one| one.error_message = Some(String::new()),
            |one| one.event_created_at = Some(Timestamp::UNIX_EPOCH),
            |one| one.payload = Some(Box::new(json!({"webhook_id": "request-2"}))),
            |one| one.payload = None,
        ];
        for change in changes {
            let mut other = delivery.clone();
            change(&mut other);
            assert_ne!(DeliveryIdentity::of(&other), same, "{other:?}");
        }
    }
}
