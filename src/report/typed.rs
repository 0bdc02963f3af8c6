//! What people are told to type: it works as it stands, in the folder of the run.

use std::borrow::Cow;

/// A word of a command line, quoted for a shell where that is needed.
pub fn word(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(format!("'{}'", text.replace('\'', "'\\''")))
    }
}

/// The flags by which a command line chooses these environments of these files; no file is the default
/// one, and no environment is all of them.
pub fn flags<F: AsRef<str>, E: AsRef<str>>(
    files: impl IntoIterator<Item = F>,
    environments: impl IntoIterator<Item = E>,
) -> String {
    let files = files.into_iter();
    let files = files.map(|file| format!("-f {}", word(file.as_ref())));
    let environments = environments.into_iter();
    let environments = environments.map(|name| format!("-e {}", word(name.as_ref())));
    files.chain(environments).collect::<Vec<_>>().join(" ")
}

/// A command line of this program; empty parts are left out.
pub fn line<'t>(parts: impl IntoIterator<Item = &'t str>) -> String {
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    parts.fold("hookwright".to_owned(), |line, part| line + " " + part)
}

/// The same, as it stands in a sentence.
pub fn command<'t>(parts: impl IntoIterator<Item = &'t str>) -> String {
    format!("`{}`", line(parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_would_take_them_apart() {
        for (text, typed) in [
            ("sandbox", "sandbox"),
            ("ops/m.yaml", "ops/m.yaml"),
            ("a b", "'a b'"),
            ("it's", "'it'\\''s'"),
            ("$(x)", "'$(x)'"),
            ("", "''"),
        ] {
            assert_eq!(word(text), typed);
        }
    }

    #[test]
    fn flags_choose_files_and_environments() {
        assert_eq!(flags([""; 0], [""; 0]), "");
        assert_eq!(flags(["m.yaml"], ["a", "b"]), "-f m.yaml -e a -e b");
        assert_eq!(command(["plan", "", "-e a"]), "`hookwright plan -e a`");
    }
}
