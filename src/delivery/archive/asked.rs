//! What an archive is given, and what is asked of it.

use crate::{
    delivery::DeliveryFilter,
    model::{EndpointUrl, EnvType, EnvironmentName, Masker, ProviderProfile},
};

/// Whose deliveries an archive keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchivedEnvironment {
    /// The environment's name.
    pub name: EnvironmentName,
    /// Its provider.
    pub provider: &'static ProviderProfile,
    /// The provider's environment.
    pub env_type: EnvType,
    /// The account's client id; the archive keeps a salted digest of it.
    pub account: String,
}

/// An environment in an open archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnvironmentId(pub(super) i64);

/// Whether payloads are kept.
#[derive(Clone, Copy, Debug)]
pub enum Payloads<'m> {
    /// They are not.
    Dropped,
    /// They are, with these sensitive values masked.
    Kept(&'m Masker),
}

/// How many deliveries were kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// New ones.
    pub new: u64,
    /// Those that the archive had.
    pub known: u64,
}

/// Which deliveries of an archive are read, and how.
#[derive(Clone, Copy, Debug)]
pub struct KeptDeliveries<'a> {
    /// Whose.
    pub environment: EnvironmentId,
    /// Which.
    pub filter: &'a DeliveryFilter,
    /// Known URLs: an archive keeps no sensitive part of them.
    pub urls: &'a [EndpointUrl],
    /// Whether payloads are read, where they were kept.
    pub payloads: bool,
}

#[cfg(feature = "parquet")]
impl Kept {
    /// Adds what was kept besides.
    pub(super) fn add(&mut self, more: Self) {
        self.new += more.new;
        self.known += more.known;
    }
}
