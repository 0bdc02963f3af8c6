//! Writing files: all or nothing.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;

/// Writes a file as a whole: whoever reads it meanwhile, or after a crash, sees the old content or the
/// new one. A link is followed, and permissions are kept.
pub(crate) fn replace(path: &Path, text: &str) -> anyhow::Result<()> {
    let shown = path.display();
    write(path, text).with_context(|| format!("failed to write `{shown}`, which is as it was"))
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let path = match fs::canonicalize(path) {
        Err(err) if err.kind() == io::ErrorKind::NotFound => path.to_owned(),
        found => found?,
    };
    if let Some(folder) = path.parent().filter(|it| !it.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let beside = beside(&path);
    let written = fill(&beside, &path, text).and_then(|()| fs::rename(&beside, &path));
    if written.is_err() {
        fs::remove_file(&beside).ok();
    }
    written
}

/// A name of its own for this process, in the same folder and so on the same file system.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.tmp", std::process::id()))
}

fn fill(beside: &Path, path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create(beside)?;
    if let Ok(old) = fs::metadata(path) {
        file.set_permissions(old.permissions())?;
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
