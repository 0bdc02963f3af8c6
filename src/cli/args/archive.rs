//! Where an archive is, as an argument.

use std::{fmt, path::PathBuf};

use url::Url;

use crate::model::ExactUrl;

/// The schemes of folders and buckets.
const SCHEMES: [&str; 4] = ["file", "s3", "gs", "az"];

/// Where an archive is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ArchivePlace {
    /// An SQLite file.
    File(PathBuf),
    /// A folder or bucket of Parquet files.
    Url(Url),
    /// A URL that has more than a place. It is not kept, nor shown: what is more may be a credential.
    WithMore,
}

impl fmt::Display for ArchivePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Url(url) => url.fmt(f),
            Self::WithMore => f.write_str("•••"),
        }
    }
}

/// A file, or the URL of a folder or bucket.
pub(super) fn archive(text: &str) -> Result<ArchivePlace, String> {
    let Some((scheme, _)) = text.split_once("://") else {
        return Ok(ArchivePlace::File(text.into()));
    };
    if !SCHEMES.contains(&scheme) {
        return Err(
            "it is a file, or a folder or bucket: `file:///FOLDER`, `s3://BUCKET/FOLDER`, `gs://BUCKET/FOLDER`, `az://CONTAINER/FOLDER`"
                .to_owned(),
        );
    }
    // What is wrong is not repeated: it may be a credential.
    let url = match scheme {
        "file" => Url::parse(text).map_err(|error| error.to_string())?,
        _ => ExactUrl::new(text)
            .map_err(|error| error.to_string())?
            .url()
            .clone(),
    };
    let is_only_a_place = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if !is_only_a_place {
        return Ok(ArchivePlace::WithMore);
    }
    match (scheme, url.host_str()) {
        ("file", None) | ("s3" | "gs" | "az", Some(_)) => Ok(ArchivePlace::Url(url)),
        ("file", Some(_)) => Err("write an absolute folder: `file:///FOLDER`".to_owned()),
        _ => Err(format!("it names no bucket: `{scheme}://BUCKET/FOLDER`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_are_files_or_urls() {
        let file = |text: &str| ArchivePlace::File(text.into());
        for text in ["a.db", "./s3", "C:\\a.db", "s3:/a"] {
            assert_eq!(archive(text), Ok(file(text)));
        }
        for text in [
            "file:///tmp/a",
            "s3://bucket",
            "s3://bucket/a/b",
            "gs://b/a",
            "az://c/a",
        ] {
            let place = archive(text).unwrap();
            assert!(matches!(place, ArchivePlace::Url(_)), "{text}");
            assert_eq!(place.to_string(), text);
        }
        for text in ["http://bucket/a", "s3:///a", "file://host/a"] {
            archive(text).unwrap_err();
        }
        for text in [
            "s3://id:c4nary@bucket/a",
            "s3://bucket/a?token=c4nary",
            "s3://bucket/a#c4nary",
        ] {
            assert_eq!(archive(text), Ok(ArchivePlace::WithMore));
        }
    }
}
