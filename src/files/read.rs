//! Reading a file as a whole, if it is no larger than its kind may be.

use std::{
    fmt,
    fs::File,
    io::{self, Read},
    path::Path,
};

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

/// The most that is read of one kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    bytes: u64,
    kind: &'static str,
}

impl Limit {
    /// The files of one manifest, all together. The largest that was ever measured has 62 MB.
    pub(crate) const MANIFEST: Self = Self::new(256 * MIB, "a manifest");
    /// A file that a manifest refers to. The authorities that an operating system trusts have 0.2 MB.
    pub(crate) const REFERRED: Self = Self::new(4 * MIB, "a file that a manifest refers to");
    /// A secret in a file of its own.
    pub(crate) const SECRET: Self = Self::new(64 * KIB, "a secret");
    /// The body of a request, or a text that is to be a comment.
    pub(crate) const BODY: Self = Self::new(64 * MIB, "a text or body");
    pub(crate) const PLAN: Self = Self::new(256 * MIB, "a saved plan");
    /// What a CI system says of the event that a run is for.
    pub(crate) const EVENT: Self = Self::new(32 * MIB, "the event of a CI system");
    /// A list of what version control leaves out.
    pub(crate) const IGNORED: Self = Self::new(4 * MIB, "a `.gitignore`");
    pub(crate) const AUDIT_LINE: Self = Self::new(MIB, "a line of an audit log");
    /// A line of a simulator's journal.
    pub(crate) const JOURNAL_LINE: Self = Self::new(16 * MIB, "a line of a journal");
    /// A file in which the operating system says one thing.
    pub(crate) const SYSTEM: Self = Self::new(64 * KIB, "a file of the system");

    const fn new(bytes: u64, kind: &'static str) -> Self {
        Self { bytes, kind }
    }

    pub(crate) fn bytes(self) -> u64 {
        self.bytes
    }

    /// Less of the same kind: what others of it have left.
    pub(crate) fn without(self, taken: u64) -> Rest {
        Rest {
            bytes: self.bytes.saturating_sub(taken),
            limit: self,
        }
    }

    /// That something has more than this.
    pub(super) fn exceeded(self) -> io::Error {
        io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("it is larger than {self}"),
        )
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bytes, kind } = *self;
        let (number, unit) = match bytes {
            whole if whole % MIB == 0 => (whole / MIB, "MiB"),
            part => (part / KIB, "KiB"),
        };
        write!(f, "{number} {unit}, the most that is read of {kind}")
    }
}

/// What is left of a limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rest {
    bytes: u64,
    limit: Limit,
}

impl From<Limit> for Rest {
    fn from(limit: Limit) -> Self {
        limit.without(0)
    }
}

/// The bytes of a file. Pipes and devices are read, too, as far as the limit goes.
///
/// # Errors
///
/// A file that cannot be read, that is a folder, or that is larger than the limit.
pub(crate) fn read(path: &Path, limit: impl Into<Rest>) -> io::Result<Vec<u8>> {
    bounded(open(path)?, limit)
}

/// The text of a file.
///
/// # Errors
///
/// Those of [`read`], and bytes that are no UTF-8.
pub(crate) fn text(path: &Path, limit: impl Into<Rest>) -> io::Result<String> {
    String::from_utf8(read(path, limit)?).map_err(|_| {
        io::Error::new(
            io::ErrorKind::InvalidData,
            "it is not UTF-8 text".to_owned(),
        )
    })
}

/// All that a reader gives.
///
/// # Errors
///
/// What cannot be read, or is larger than the limit.
pub(crate) fn bounded(reader: impl Read, limit: impl Into<Rest>) -> io::Result<Vec<u8>> {
    let Rest { bytes, limit } = limit.into();
    let mut content = Vec::new();
    reader.take(bytes + 1).read_to_end(&mut content)?;
    if content.len() as u64 > bytes {
        return Err(limit.exceeded());
    }
    Ok(content)
}

pub(super) fn open(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::Error::new(
            io::ErrorKind::IsADirectory,
            "it is a folder",
        ));
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Limit = Limit::new(2 * KIB, "a test");

    #[test]
    fn what_fits_is_read_and_one_byte_more_is_refused_with_the_limit() {
        assert_eq!(bounded(&[7; 2048][..], SMALL).unwrap().len(), 2048);
        let error = bounded(io::repeat(7), SMALL).unwrap_err();
        assert_eq!(
            error.to_string(),
            "it is larger than 2 KiB, the most that is read of a test"
        );
        assert!(bounded(&[7; 2048][..], SMALL.without(1)).is_err());
    }

    #[test]
    fn a_folder_and_bytes_that_are_no_text_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = read(folder.path(), SMALL).unwrap_err();
        assert_eq!(error.to_string(), "it is a folder");
        let file = folder.path().join("file");
        std::fs::write(&file, [0xff]).unwrap();
        let error = text(&file, SMALL).unwrap_err();
        assert_eq!(error.to_string(), "it is not UTF-8 text");
    }

    #[cfg(unix)]
    #[test]
    fn a_device_without_an_end_is_refused() {
        let error = read(Path::new("/dev/zero"), SMALL).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }
}
