//! Writing a file as a whole: whoever reads it meanwhile, or after a crash, sees the old content or the new one.

use std::{
    fs::{self, File, Metadata, Permissions},
    io::{self, BufWriter, Read, Write},
    path::{Path, PathBuf},
};

/// What a new file may take the place of.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Over<'c> {
    /// Nothing: what is there stays.
    Nothing,
    /// A file with this very content, which the new one was made from. A link is followed to it.
    Content(&'c [u8]),
    /// Whatever file is there. A link is replaced, and never followed: who asks for a file of its own says nothing of
    /// others.
    Anything,
}

/// Who may read what is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Its owner.
    Owner,
    /// Whoever could read what it takes the place of; for a new file, whoever may read new files.
    AsBefore,
}

/// Why a file was not written. It is as it was.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    /// Another content is there than the new one was made from.
    #[error("it was changed meanwhile")]
    Changed,
    /// Something else than a file is there.
    #[error("it is not a file")]
    NotAFile,
    /// Something is there.
    #[error("it is there already")]
    Exists,
    /// Its folder takes no new file.
    #[error("its folder cannot be written: {0}")]
    Folder(io::Error),
    /// The operating system says no.
    #[error(transparent)]
    Failed(#[from] io::Error),
}

/// Whether a file can be written that takes the place of whatever file is there: nothing is changed.
///
/// # Errors
///
/// What else is there, or that the folder takes no new file.
pub(crate) fn prove(path: &Path) -> Result<(), WriteError> {
    match fs::symlink_metadata(path) {
        // What it leads to may be anything; it would be replaced, and whoever made it meant something else.
        Ok(found) if !found.is_file() => return Err(WriteError::NotAFile),
        _ => replaced(path, Over::Anything)?,
    };
    let new = tempfile::Builder::new()
        .prefix(".hookwright-")
        .tempfile_in(folder(path));
    new.map(drop).map_err(WriteError::Folder)
}

/// Writes a file. The new content is on the disk, under a random name in the same folder, before it takes the place of
/// the old one.
///
/// # Errors
///
/// The file is as it was.
pub(crate) fn write(
    path: &Path,
    content: &[u8],
    over: Over<'_>,
    readers: Readers,
) -> Result<(), WriteError> {
    write_with(path, over, readers, |out| out.write_all(content))
}

/// The same of a content that is written bit by bit, as it is too large to be held.
///
/// # Errors
///
/// The file is as it was.
pub(crate) fn write_with(
    path: &Path,
    over: Over<'_>,
    readers: Readers,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), WriteError> {
    let path = match over {
        Over::Content(_) => fs::canonicalize(path)?,
        Over::Nothing | Over::Anything => path.to_owned(),
    };
    let old = replaced(&path, over)?;
    let folder = folder(&path);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".hookwright-");
    #[cfg(unix)]
    if readers == Readers::AsBefore && old.is_none() {
        // What the system takes away from it is the user's choice.
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    }
    let mut new = builder.tempfile_in(&folder)?;
    let mut buffered = BufWriter::new(&mut new);
    content(&mut buffered)?;
    buffered.flush()?;
    drop(buffered);
    if let Some(old) = old.filter(|_| readers == Readers::AsBefore) {
        keep(new.as_file(), &old)?;
    }
    new.as_file().sync_all()?;
    // As late as can be: the file system has no "replace if unchanged".
    if let Over::Content(read) = over
        && !has(&path, read)?
    {
        return Err(WriteError::Changed);
    }
    let placed = match over {
        Over::Nothing => new.persist_noclobber(&path),
        Over::Content(_) | Over::Anything => new.persist(&path),
    };
    placed.map_err(|error| match (over, error.error.kind()) {
        (Over::Nothing, io::ErrorKind::AlreadyExists) => WriteError::Exists,
        _ => error.error.into(),
    })?;
    flush(&folder)?;
    Ok(())
}

/// What is there: a file that may be written, or nothing.
fn replaced(path: &Path, over: Over<'_>) -> Result<Option<Metadata>, WriteError> {
    let old = match fs::symlink_metadata(path) {
        Ok(old) => old,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    if matches!(over, Over::Nothing) {
        return Err(WriteError::Exists);
    }
    if old.is_symlink() {
        // The link's own permissions mean nothing.
        return Ok(None);
    }
    if !old.is_file() {
        return Err(WriteError::NotAFile);
    }
    if old.permissions().readonly() {
        return Err(io::Error::from(io::ErrorKind::PermissionDenied).into());
    }
    Ok(Some(old))
}

pub(crate) fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Gives a new file the permissions of the old one, and its owner, where this user may.
fn keep(new: &File, old: &Metadata) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let own = new.metadata()?;
        if (own.uid(), own.gid()) != (old.uid(), old.gid()) {
            std::os::unix::fs::fchown(new, Some(old.uid()), Some(old.gid())).ok();
        }
    }
    let permissions: Permissions = old.permissions();
    new.set_permissions(permissions)
}

fn has(path: &Path, content: &[u8]) -> io::Result<bool> {
    let file = File::open(path)?;
    let mut found = Vec::with_capacity(content.len() + 1);
    file.take(content.len() as u64 + 1)
        .read_to_end(&mut found)?;
    Ok(found == content)
}

/// Makes a rename, or a new file, survive a power cut. Only Unix lets a folder be flushed, and not every file system does.
pub(crate) fn flush(folder: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        flushed => flushed,
    }
}

#[cfg(test)]
mod tests;
