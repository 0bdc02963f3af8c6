//! Writing a file so that there is always a whole one: the old or the new.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use tempfile::Builder;

/// Replaces what is in a file. Its permissions stay; a symbolic link still leads to it.
///
/// # Errors
///
/// The file is as it was.
pub(crate) fn replace(path: &Path, content: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let permissions = fs::metadata(&path)?.permissions();
    if permissions.readonly() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let mut new = Builder::new().prefix(".hookwright-").tempfile_in(folder)?;
    new.write_all(content.as_bytes())?;
    new.as_file().set_permissions(permissions)?;
    new.as_file().sync_all()?;
    new.persist(path).map_err(|err| err.error)?;
    Ok(())
}
