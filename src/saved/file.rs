//! The file: its version, its content, and what tells that it is whole.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    key::{Key, Purpose},
    origin::Origin,
    record::EnvironmentRecord,
};
use crate::{apply::audit, model::json_with_hidden_escaped, plan::Options};

/// The version of the format that this program writes and reads.
const VERSION: u32 = 1;
/// What says that a file is a plan.
pub const KIND: &str = "hookwright-plan";

/// A plan in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SavedPlan {
    /// The version of this format: 1.
    #[schemars(extend("const" = 1))]
    format_version: u32,
    /// What this is: `hookwright-plan`.
    #[schemars(extend("const" = "hookwright-plan"))]
    kind: String,
    /// What was planned, and from what.
    content: Content,
    /// The SHA-256 digest of the content: what people know the plan by.
    digest: String,
    /// For each environment, what only its access secret can make of the content.
    seals: BTreeMap<String, String>,
}

/// What was planned, and from what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// The version of the program that made it.
    pub hookwright: String,
    /// When it was made, in UTC.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub created_at: Timestamp,
    /// When it stops being applied; null: when something it is bound to moves.
    #[schemars(with = "Option<String>")]
    pub expires_at: Option<Timestamp>,
    /// The commit that the manifest is of.
    pub commit: Option<String>,
    /// What the manifest was.
    pub manifest: ManifestRecord,
    /// What was asked for on the command line.
    pub options: Options,
    /// The environments.
    pub environments: Vec<EnvironmentRecord>,
}

/// What a manifest was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ManifestRecord {
    /// The SHA-256 digest of all its files.
    pub digest: String,
    /// Its files.
    pub files: Vec<ManifestFile>,
}

/// A file of a manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ManifestFile {
    /// The path it was read by.
    pub path: String,
    /// Its SHA-256 digest.
    pub digest: String,
}

impl ManifestRecord {
    /// The record of these files, each a path and a text. The digest is the same in whatever order and
    /// under whatever paths they are read.
    pub fn of<'t>(files: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        let files: Vec<ManifestFile> = files
            .into_iter()
            .map(|(path, text)| ManifestFile {
                path: path.to_owned(),
                digest: audit::digest(text.as_bytes()),
            })
            .collect();
        let mut digests: Vec<&str> = files.iter().map(|file| file.digest.as_str()).collect();
        digests.sort_unstable();
        Self {
            digest: audit::digest(digests.join("\n").as_bytes()),
            files,
        }
    }

    /// The paths that are not as they were: changed, there no more, or new.
    pub fn moved<'m>(&'m self, now: &'m Self) -> Vec<(&'m str, &'static str)> {
        let digests = |record: &'m Self| -> BTreeMap<&'m str, &'m str> {
            let files = record.files.iter();
            files
                .map(|file| (file.path.as_str(), file.digest.as_str()))
                .collect()
        };
        let (before, after) = (digests(self), digests(now));
        let paths: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
        paths
            .into_iter()
            .filter_map(|path| match (before.get(path), after.get(path)) {
                (Some(before), Some(after)) if before == after => None,
                (Some(_), Some(_)) => Some((path, "changed")),
                (Some(_), None) => Some((path, "is not read any more")),
                (None, _) => Some((path, "is new")),
            })
            .collect()
    }
}

/// Why a file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// It ends in the middle.
    #[error("it is cut off")]
    CutOff,
    /// It is something else.
    #[error("it is not a saved plan: {0}")]
    NotAPlan(String),
    /// It is of a version that this program does not know yet.
    #[error("a newer hookwright made it: its format is {found}, and this one reads {VERSION}")]
    Newer {
        /// Its version.
        found: u32,
    },
    /// It is of a version that this program does not know any more.
    #[error("an older hookwright made it: its format is {found}, and this one reads {VERSION}")]
    Older {
        /// Its version.
        found: u32,
    },
    /// Its content is not what its digest or its structure say.
    #[error("it was edited or damaged: {0}")]
    Damaged(String),
}

/// What a key says of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsealed {
    /// The holder of this key's secret made it, as it is.
    Whole,
    /// It was made with another secret.
    OtherSecret,
    /// It was made with this secret, and changed since.
    Edited,
}

/// What every version has.
#[derive(Deserialize)]
struct Head {
    format_version: u32,
    kind: String,
}

impl SavedPlan {
    /// Seals a content for each of its environments; `keys` are in their order.
    pub fn seal(content: Content, keys: &[Key]) -> Self {
        let bytes = canonical(&content);
        let environments = content.environments.iter();
        let seals = environments
            .zip(keys)
            .map(|(one, key)| (one.name.clone(), key.digest(Purpose::Seal, &bytes)))
            .collect();
        Self {
            format_version: VERSION,
            kind: KIND.to_owned(),
            digest: audit::digest(&bytes),
            seals,
            content,
        }
    }

    /// Reads a file. That nobody edited it is not known before [`Self::unseal`].
    ///
    /// # Errors
    ///
    /// A file that is not whole, no plan, or of another version.
    pub fn from_json(text: &str) -> Result<Self, FileError> {
        let head: Head = serde_json::from_str(text).map_err(|err| not_a_plan(&err))?;
        if head.kind != KIND {
            return Err(FileError::NotAPlan("its `kind` is another".to_owned()));
        }
        let found = head.format_version;
        match found.cmp(&VERSION) {
            std::cmp::Ordering::Greater => return Err(FileError::Newer { found }),
            std::cmp::Ordering::Less => return Err(FileError::Older { found }),
            std::cmp::Ordering::Equal => {}
        }
        let file: Self =
            serde_json::from_str(text).map_err(|err| FileError::Damaged(err.to_string()))?;
        if audit::digest(&canonical(&file.content)) != file.digest {
            let why = "its content is not what its digest says".to_owned();
            return Err(FileError::Damaged(why));
        }
        file.content.check().map_err(FileError::Damaged)?;
        Ok(file)
    }

    /// Writes the file's text, bit by bit: it can be many times as large as the plan is in memory.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut escaping = Escaping(out);
        serde_json::to_writer_pretty(&mut escaping, self)?;
        escaping.write_all(b"\n")
    }

    /// Whether the holder of an environment's access secret made the file as it is.
    pub fn unseal(&self, environment: &EnvironmentRecord, key: &Key) -> Unsealed {
        if !key.verify(Purpose::Check, b"", &environment.key_check) {
            return Unsealed::OtherSecret;
        }
        let seal = self.seals.get(&environment.name);
        let bytes = canonical(&self.content);
        if seal.is_some_and(|seal| key.verify(Purpose::Seal, &bytes, seal)) {
            Unsealed::Whole
        } else {
            Unsealed::Edited
        }
    }

    /// What was planned, and from what.
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// What the plan was made of, for those who review it.
    pub fn origin(&self) -> Origin {
        Origin {
            manifest: self.content.manifest.digest.clone(),
            commit: self.content.commit.clone(),
            plan: Some(self.digest.clone()),
            created_at: Some(self.content.created_at),
            expires_at: self.content.expires_at,
        }
    }

    /// The JSON Schema of the file.
    pub fn json_schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}

/// Escapes hidden characters in JSON on its way. serde_json hands over whole characters.
struct Escaping<'w>(&'w mut dyn Write);

impl Write for Escaping<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = std::str::from_utf8(bytes).map_err(io::Error::other)?;
        self.0
            .write_all(json_with_hidden_escaped(text).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The bytes that are sealed: the same for the same content, however the file is laid out.
fn canonical(content: &Content) -> Vec<u8> {
    // What is made of texts, numbers and lists has no reason not to be JSON.
    serde_json::to_vec(content).unwrap_or_default()
}

fn not_a_plan(err: &serde_json::Error) -> FileError {
    if err.is_eof() {
        FileError::CutOff
    } else {
        FileError::NotAPlan(err.to_string())
    }
}
