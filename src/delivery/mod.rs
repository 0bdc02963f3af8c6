//! Deliveries: how providers sign them, their records of them, and what may be asked of these.
//!
//! What is wanted of them ([`DeliveryFilter`]), who they went to ([`Receivers`]), what they come to
//! ([`Stats`]), which events were lost ([`LostEvents`]) and are sent again ([`replay`]), of which time nothing is
//! known ([`missing`]):
//! all plain values. `archive` keeps them, and alone knows how. Fetching them is
//! [`crate::provider`]'s. This module must not know HTTP, the clock or the terminal.

mod answer;
#[cfg(feature = "archive")]
pub mod archive;
mod filter;
mod gaps;
mod identity;
mod kept;
mod object;
mod personal;
mod probed;
mod query;
mod radius;
mod receiver;
mod record;
pub mod replay;
pub mod signature;
mod span;
mod stats;

pub use answer::{Answered, Certificate, Redirect, Tls};
pub use filter::{DeliveryFilter, InvalidStatusFilter, StatusFilter};
pub use gaps::{LostEvent, LostEvents, WhyLost};
pub use identity::DeliveryIdentity;
pub use kept::KeptSummary;
pub use object::ObjectId;
pub use personal::without_personal;
pub use probed::{Attempt, Probed, Signed, Verdict};
pub use query::{Cursor, DeliveryPage, DeliveryQuery};
pub use radius::{Counter, Fates, Load, Radius};
pub use receiver::{Receiver, Receivers};
pub use record::Delivery;
pub use span::{REMEMBERED, Span, missing};
pub use stats::{Bucket, Counted, EventStats, FailureReason, GroupId, Stats, WebhookStats};
