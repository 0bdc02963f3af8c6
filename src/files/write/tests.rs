use tempfile::TempDir;

use super::*;

const NEW: &[u8] = b"new\n";

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    (folder, path)
}

#[track_caller]
fn holds(path: &Path, content: &[u8]) {
    assert_eq!(fs::read(path).unwrap(), content);
}

/// What is in a folder, without what is named.
fn others(folder: &TempDir, known: &[&str]) -> Vec<String> {
    fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !known.contains(&name.as_str()))
        .collect()
}

#[test]
fn only_what_was_read_is_replaced() {
    let (folder, path) = folder();
    fs::write(&path, "old").unwrap();
    let over = Over::Content(b"older");
    let error = write(&path, NEW, over, Readers::AsBefore).unwrap_err();
    assert!(matches!(error, WriteError::Changed), "{error}");
    holds(&path, b"old");
    write(&path, NEW, Over::Content(b"old"), Readers::AsBefore).unwrap();
    holds(&path, NEW);
    assert_eq!(others(&folder, &["file"]), [""; 0]);
}

#[test]
fn what_must_not_be_there_is_never_replaced() {
    let (folder, path) = folder();
    write(&path, NEW, Over::Nothing, Readers::AsBefore).unwrap();
    let error = write(&path, b"newer", Over::Nothing, Readers::AsBefore).unwrap_err();
    assert!(matches!(error, WriteError::Exists), "{error}");
    holds(&path, NEW);
    let error = write(folder.path(), NEW, Over::Anything, Readers::AsBefore).unwrap_err();
    assert!(matches!(error, WriteError::NotAFile), "{error}");
}

#[cfg(unix)]
#[test]
fn permissions_stay_and_secrets_are_the_owners() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let (_folder, path) = folder();
    for kept in [0o640, 0o600, 0o755] {
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(kept)).unwrap();
        for over in [Over::Content(b"old"), Over::Anything] {
            write(&path, b"old", over, Readers::AsBefore).unwrap();
            assert_eq!(mode(&path), kept);
        }
    }
    write(&path, NEW, Over::Anything, Readers::Owner).unwrap();
    assert_eq!(mode(&path), 0o600);
    fs::set_permissions(&path, Permissions::from_mode(0o444)).unwrap();
    let error = write(&path, b"old", Over::Anything, Readers::AsBefore).unwrap_err();
    assert_eq!(error.to_string(), "permission denied");
    holds(&path, NEW);
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_to_what_was_read_and_replaced_else() {
    use std::os::unix::fs::symlink;
    let (folder, path) = folder();
    let victim = folder.path().join("victim");
    fs::write(&victim, "precious").unwrap();
    symlink(&victim, &path).unwrap();
    let other = Over::Content(b"a manifest");
    write(&path, NEW, other, Readers::AsBefore).unwrap_err();
    write(&path, NEW, Over::Nothing, Readers::AsBefore).unwrap_err();
    holds(&victim, b"precious");
    write(&path, NEW, Over::Content(b"precious"), Readers::AsBefore).unwrap();
    holds(&victim, NEW);
    assert!(path.is_symlink());
    write(&path, b"own", Over::Anything, Readers::AsBefore).unwrap();
    assert!(!path.is_symlink());
    holds(&path, b"own");
    holds(&victim, NEW);
}
