//! Where an archive is.

use std::{fmt, path::PathBuf};

/// Where an archive is, as people named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// One SQLite file.
    File(PathBuf),
    /// A folder or a bucket of Parquet files. The URL has no credentials, no query and no fragment.
    Url(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Url(url) => url.fmt(f),
        }
    }
}
