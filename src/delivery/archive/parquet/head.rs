//! What says that a folder or bucket is an archive, and whose deliveries it keeps.

use serde::{Deserialize, Serialize};

use super::{
    super::{ArchivedEnvironment, StoreError, digest::salted},
    bucket::{Bucket, Version, Written},
    ledger::FORMAT,
};

/// The object that says it, at the archive's root.
pub(super) const NAME: &str = "hookwright-archive.json";
/// What it calls itself.
const KIND: &str = "hookwright-archive";

/// What says that it is an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    kind: String,
    pub(super) format_version: i64,
    salt: Salt,
    /// How often it was opened to write to.
    pub(super) opened: u64,
    environments: Vec<Kept>,
}

/// What digests are made with, so that nobody can guess what they are of. Written as hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct Salt(Vec<u8>);

impl TryFrom<String> for Salt {
    type Error = base16ct::Error;

    fn try_from(digits: String) -> Result<Self, Self::Error> {
        base16ct::lower::decode_vec(digits).map(Self)
    }
}

impl From<Salt> for String {
    fn from(Salt(bytes): Salt) -> Self {
        base16ct::lower::encode_string(&bytes)
    }
}

/// An environment that an archive keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) name: String,
    pub(super) provider: String,
    pub(super) env_type: String,
    /// A salted digest.
    pub(super) account: String,
}

/// What is at a place.
pub(super) enum Found {
    /// Nothing.
    Absent,
    /// Something else.
    Other,
    /// An archive of another format.
    Format(i64),
    /// An archive.
    Archive(Head, Version),
}

impl Head {
    /// That of a new archive.
    pub(super) fn new(salt: &[u8]) -> Self {
        Self {
            kind: KIND.to_owned(),
            format_version: FORMAT,
            salt: Salt(salt.to_vec()),
            opened: 0,
            environments: Vec::new(),
        }
    }

    /// Looks what there is.
    pub(super) async fn find(bucket: &Bucket) -> Result<Found, StoreError> {
        let Some((bytes, version)) = bucket.get(NAME).await? else {
            return Ok(Found::Absent);
        };
        Ok(match serde_json::from_slice::<Self>(&bytes) {
            Ok(head) if head.kind != KIND => Found::Other,
            Ok(head) if head.format_version != FORMAT => Found::Format(head.format_version),
            Ok(head) => Found::Archive(head, version),
            Err(_) => Found::Other,
        })
    }

    /// Writes it, where nobody wrote meanwhile.
    pub(super) async fn write(
        &self,
        bucket: &Bucket,
        version: Version,
    ) -> Result<Written, StoreError> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        bucket.put_if(NAME, version, bytes.into()).await
    }

    /// A salted digest, in hexadecimal digits.
    pub(super) fn digest(&self, text: &str) -> String {
        base16ct::lower::encode_string(&salted(&self.salt.0, text))
    }

    /// How an environment is kept.
    pub(super) fn kept(&self, environment: &ArchivedEnvironment) -> Kept {
        Kept {
            name: environment.name.to_string(),
            provider: environment.provider.id.to_owned(),
            env_type: environment.env_type.to_string(),
            account: self.digest(&environment.account),
        }
    }

    /// The number of the environment of this name, and how it is kept.
    pub(super) fn find_environment(&self, name: &str) -> Option<(usize, &Kept)> {
        let mut all = self.environments.iter().enumerate();
        all.find(|(_, kept)| kept.name == name)
    }

    /// Adds an environment; its number is the next.
    pub(super) fn add(&mut self, environment: Kept) {
        self.environments.push(environment);
    }

    /// The environments.
    pub(super) fn environments(&self) -> &[Kept] {
        &self.environments
    }
}
