//! What says that a folder or bucket is an archive, and whose deliveries it keeps.

use serde::{Deserialize, Serialize};

use super::{
    super::{ArchivedEnvironment, StoreError, digest::salted, moved::MovedEnvironment},
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
    /// Those of archives that were moved into this one, whose digests of URLs are kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    imported: Vec<Salt>,
    /// How often it was opened to write to.
    pub(super) opened: u64,
    environments: Vec<Kept>,
}

/// What digests are made with, so that nobody can guess what they are of. Written as hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct Salt(Vec<u8>);

impl Salt {
    fn digest(&self, text: &str) -> String {
        base16ct::lower::encode_string(&salted(&self.0, text))
    }
}

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
    account: String,
    /// The salt that it was made with, where it is not the archive's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    salt: Option<Salt>,
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
            imported: Vec::new(),
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
        bucket.put_if(NAME, version, self).await
    }

    /// A salted digest, in hexadecimal digits.
    pub(super) fn digest(&self, text: &str) -> String {
        self.salt.digest(text)
    }

    /// The digests that this archive may keep of a text.
    pub(super) fn digests(&self, text: &str) -> impl Iterator<Item = String> {
        let salts = std::iter::once(&self.salt).chain(&self.imported);
        salts.map(move |salt| salt.digest(text))
    }

    /// How an environment is kept.
    pub(super) fn kept(&self, environment: &ArchivedEnvironment) -> Kept {
        Kept {
            name: environment.name.to_string(),
            provider: environment.provider.id.to_owned(),
            env_type: environment.env_type.to_string(),
            account: self.digest(&environment.account),
            salt: None,
        }
    }

    /// Whether what is kept is this environment.
    pub(super) fn is(&self, kept: &Kept, environment: &ArchivedEnvironment) -> bool {
        let salt = kept.salt.as_ref().unwrap_or(&self.salt);
        let wanted = Kept {
            account: salt.digest(&environment.account),
            salt: kept.salt.clone(),
            ..self.kept(environment)
        };
        *kept == wanted
    }

    /// How an environment is kept that is moved from an archive with this salt.
    pub(super) fn moved(&self, environment: &MovedEnvironment, salt: &[u8]) -> Kept {
        let MovedEnvironment {
            name,
            provider,
            env_type,
            account,
        } = environment.clone();
        Kept {
            name,
            provider,
            env_type,
            account,
            salt: Some(Salt(salt.to_vec())).filter(|salt| *salt != self.salt),
        }
    }

    /// Notes that digests were made with this salt, too. Whether that is new.
    pub(super) fn add_salt(&mut self, salt: &[u8]) -> bool {
        let salt = Salt(salt.to_vec());
        let is_new = salt != self.salt && !self.imported.contains(&salt);
        if is_new {
            self.imported.push(salt);
        }
        is_new
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

    pub(super) fn environments(&self) -> &[Kept] {
        &self.environments
    }
}

impl Kept {
    /// Whether both are one environment; `None` where that cannot be told from digests with different salts.
    pub(super) fn is_one_with(&self, other: &Self) -> Option<bool> {
        let Self {
            name,
            provider,
            env_type,
            account,
            salt,
        } = other;
        if (&self.name, &self.provider, &self.env_type) != (name, provider, env_type) {
            return Some(false);
        }
        (self.salt == *salt).then_some(self.account == *account)
    }
}
