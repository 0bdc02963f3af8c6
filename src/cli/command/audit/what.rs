//! What a file is that is no audit log, for the error that says so.

use std::path::Path;

use serde_json::Value;

/// What some programs begin their files with.
const BEGINNINGS: [(&[u8], &str); 7] = [
    (
        b"SQLite format 3\0",
        "an SQLite file, as `history sync` writes archives",
    ),
    (b"PAR1", "a Parquet file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"\xfd7zXZ", "an xz archive"),
];

/// The kind that a plan file says it is.
const PLAN: &str = "hookwright-plan";

/// What a file is, as far as its beginning tells.
pub(super) fn what(path: &Path, head: &[u8]) -> String {
    if let Some((_, what)) = BEGINNINGS.iter().find(|(begin, _)| head.starts_with(begin)) {
        return (*what).to_owned();
    }
    if head.get(257..262) == Some(b"ustar") {
        return "a tar archive".to_owned();
    }
    let cut = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The last character may be cut in two.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return "binary".to_owned(),
    };
    if cut.contains('\0') {
        return "binary".to_owned();
    }
    let text = cut.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return "only white space".to_owned();
    }
    if text.starts_with(['{', '[']) {
        return json(text);
    }
    let is_manifest = |line: &str| {
        ["version:", "environments:", "webhooks:"]
            .iter()
            .any(|key| line.starts_with(key))
    };
    if text.lines().any(is_manifest) {
        return "a manifest".to_owned();
    }
    let is_yaml = path
        .extension()
        .is_some_and(|extension| extension == "yaml" || extension == "yml");
    if is_yaml { "YAML" } else { "text" }.to_owned()
}

/// What JSON is: one document, or lines of them.
fn json(text: &str) -> String {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let Some(Ok(first)) = values.next() else {
        // The document is longer than what was read of it, or it is none.
        let is_plan = text.get(..1_024).unwrap_or(text).contains(PLAN);
        return if is_plan {
            "a plan file"
        } else {
            "JSON, but not of an audit log"
        }
        .to_owned();
    };
    if first.get("kind").and_then(Value::as_str) == Some(PLAN) {
        return "a plan file".to_owned();
    }
    if first.get("outcome").is_some() && first.get("format_version").is_some() {
        return "the JSON output of a command".to_owned();
    }
    if let Some(kind) = first.get("kind").and_then(Value::as_str)
        && kind.len() < 40
        && kind
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    {
        return format!("JSON of the kind `{kind}`");
    }
    if first.get("webhooks").is_some() && first.get("version").is_some() {
        return "a manifest".to_owned();
    }
    let is_lines = values.next().is_some();
    if is_lines {
        "JSON lines of another kind"
    } else {
        "JSON of another kind"
    }
    .to_owned()
}
