//! What a receiver answered, in words.

use super::clean;

/// A status, and what is known of why; what both say is said once.
///
/// A provider's error may repeat the status, and where there was no answer, the error alone says so.
pub(in crate::report) fn answered(status: Option<u16>, error: Option<&str>) -> String {
    let error = error.map(str::trim).filter(|error| !error.is_empty());
    match (status.map(|status| status.to_string()), error) {
        (None, None) => "no answer".to_owned(),
        (None, Some(error)) => clean(error).into_owned(),
        (Some(status), None) => status,
        (Some(status), Some(error)) if begins_with(error, &status) => clean(error).into_owned(),
        (Some(status), Some(error)) => clean(&format!("{status}: {error}")).into_owned(),
    }
}

/// Whether a text begins with this word.
fn begins_with(text: &str, word: &str) -> bool {
    text.strip_prefix(word)
        .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_said_twice() {
        for (status, error, said) in [
            (None, None, "no answer"),
            (None, Some(""), "no answer"),
            (
                None,
                Some("no connection could be made"),
                "no connection could be made",
            ),
            (Some(500), None, "500"),
            (Some(500), Some("500"), "500"),
            (
                Some(500),
                Some("500 Internal Server Error"),
                "500 Internal Server Error",
            ),
            (
                Some(500),
                Some("5000 were waiting"),
                "500: 5000 were waiting",
            ),
            (Some(502), Some("Bad Gateway"), "502: Bad Gateway"),
            (Some(502), Some("a\u{1b}b"), "502: a\\u{1b}b"),
        ] {
            assert_eq!(answered(status, error), said, "{status:?} {error:?}");
        }
    }
}
