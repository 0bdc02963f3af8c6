//! Why a request cannot be made.

use crate::model::EnvType;

/// Why a request cannot be made; nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRequest {
    /// A credential has characters that no header can carry.
    #[error("the {0} has characters that an HTTP header cannot carry, such as a line break")]
    Credentials(&'static str),
    /// A credential that the provider's requests need was not given.
    #[error("the credentials have no `{0}`")]
    NoCredential(String),
    /// A credential that a path needs would make the path mean something else.
    #[error("`{0}` has characters that a path cannot carry, such as `/`, `?` or a space")]
    Path(&'static str),
    /// This version has no client of such a provider.
    #[error("this version cannot speak to {0}")]
    Provider(&'static str),
    /// The provider has no environment of this kind.
    #[error("{provider} has no {env_type} environment")]
    Environment {
        /// The provider.
        provider: &'static str,
        /// The kind of environment.
        env_type: EnvType,
    },
    /// The provider cannot be asked for deliveries.
    #[error("{0} has no request history that could be asked for")]
    NoHistory(&'static str),
    /// The provider shows no key of a webhook that is there.
    #[error("{0} shows no signing secret of a webhook that is there")]
    NoSecret(&'static str),
    /// The key of a new webhook could not be kept.
    #[error("its signing secret could not be kept, so nothing was created; {0}")]
    Sink(String),
    /// The provider takes no key that its user chose.
    #[error("the provider takes no signing secret that you choose")]
    ChosenSecret,
    /// The provider's API does not rotate secrets.
    #[error("the provider's API does not rotate signing secrets")]
    NoRotation,
    /// The provider's API does not send events again.
    #[error("the provider's API does not send events again")]
    NoReplay,
    /// An id that would make the request mean another resource.
    #[error("`{0}` cannot be an event's id")]
    Event(String),
    /// The key of a rotation could not be kept.
    #[error("the new signing secret could not be kept, so nothing was rotated; {0}")]
    SinkOfRotation(String),
    /// What is noted at a webhook is not what it should be.
    #[error("the webhook's metadata cannot be read, and would be lost")]
    Metadata,
    /// An id that would make the request mean another resource.
    #[error("`{0}` cannot be a webhook's id")]
    Id(String),
    /// An update that changes nothing.
    #[error("the update changes nothing")]
    NothingToChange,
    /// A URL that no request can be sent to.
    #[error("the provider's URL cannot be requested")]
    Url,
}
