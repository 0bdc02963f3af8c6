//! What a provider says when it does not do what it was asked.

use std::fmt;

use serde_json::Value;

use crate::model::is_hidden;

/// The longest text taken over from a provider's refusal, in characters.
const LONGEST: usize = 240;

/// The most fields taken over from a provider's refusal.
const MOST_PARAMS: usize = 20;

/// A field that the provider did not accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidParam {
    /// The field, in the provider's spelling.
    pub field: String,
    /// What is wrong with it, in the provider's words.
    pub message: String,
}

/// The provider's own words for a refusal: bounded, on one line, known sensitive values masked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The error's code.
    pub code: Option<String>,
    /// The message, or the beginning of a body that has none.
    pub message: Option<String>,
    /// The fields it did not accept.
    pub params: Vec<InvalidParam>,
}

impl Refusal {
    /// Whether some text of the refusal has these words, in whatever case.
    pub(crate) fn says(&self, words: &str) -> bool {
        let params = self.params.iter().map(|param| &param.message);
        params
            .chain(&self.message)
            .any(|text| text.to_ascii_lowercase().contains(words))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::with_capacity(2 + self.params.len());
        parts.extend(self.code.clone());
        parts.extend(self.message.clone());
        for param in &self.params {
            parts.push(format!("`{}`: {}", param.field, param.message));
        }
        if parts.is_empty() {
            return f.write_str("no reason given");
        }
        f.write_str(&parts.join("; "))
    }
}

/// Reads the body of a refusal, whatever it is; `read` reads what is in the API's own form, and `mask` masks sensitive
/// values in its texts.
pub(crate) fn decode_refusal(
    body: &[u8],
    read: impl FnOnce(&Value) -> Option<Refusal>,
    mask: impl Fn(&str) -> String,
) -> Refusal {
    let only = |message| Refusal {
        message,
        ..Refusal::default()
    };
    let Ok(value) = crate::json::read(body) else {
        return only(beginning(&String::from_utf8_lossy(body), &mask));
    };
    let Some(refusal) = read(&value) else {
        return only(beginning(&value.to_string(), &mask));
    };
    let Refusal {
        code,
        message,
        params,
    } = refusal;
    let clean = |text: String| excerpt(&mask(&text));
    let text = |text: String| Some(clean(text)).filter(|text| !text.is_empty());
    let params = params.into_iter().take(MOST_PARAMS);
    Refusal {
        code: code.and_then(text),
        message: message.and_then(text),
        params: params
            .map(|InvalidParam { field, message }| InvalidParam {
                field: clean(field),
                message: clean(message),
            })
            .collect(),
    }
}

/// The beginning of a body that is not the API's: of an HTML page, its title. All of it is masked before: a value may
/// go on behind what looks like the end of the title.
fn beginning(body: &str, mask: impl Fn(&str) -> String) -> Option<String> {
    let body = mask(body);
    let title = body
        .split_once("<title>")
        .and_then(|(_, rest)| rest.split_once("</title>"))
        .map(|(title, _)| title);
    Some(excerpt(title.unwrap_or(&body))).filter(|text| !text.is_empty())
}

/// `text` on one line, without characters that cannot be seen, and bounded.
///
/// Masking comes before: half a secret would not be found.
pub(crate) fn excerpt(text: &str) -> String {
    let spaced: String = text
        .chars()
        .take(LONGEST * 8)
        .map(|c| if is_hidden(c) { ' ' } else { c })
        .collect();
    let line = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{dialect::Dialect, truv::DIALECT};

    fn read(value: &Value) -> Option<Refusal> {
        DIALECT.read_refusal(value)
    }

    fn shown(body: &str) -> String {
        decode_refusal(body.as_bytes(), read, |text| text.replace("canary", "•••")).to_string()
    }

    #[test]
    fn refusals_are_read_in_every_shape() {
        for (body, read) in [
            (
                r#"{"error":{"code":"validation_error","message":"Invalid parameters","extra":
                {"invalid-params":[{"field":"name","message":"too long"},{"field":"x"}]}}}"#,
                "validation_error; Invalid parameters; `name`: too long; `x`: ",
            ),
            (r#"{"error":{"code":"throttled"}}"#, "throttled"),
            (r#"{"error":"plain"}"#, "plain"),
            (r#"{"detail":"Not Found."}"#, "Not Found."),
            (r#"{"detail":"x","code":"c"}"#, "c; x"),
            (
                r#"{"webhook_url":["Enter a valid URL."]}"#,
                r#"{"webhook_url":["Enter a valid URL."]}"#,
            ),
            (
                r#"{"error":{"extra":{"invalid-params":7}}}"#,
                "no reason given",
            ),
            ("", "no reason given"),
            ("Bad\u{1b}[31m\r\nGateway\u{202e}", "Bad [31m Gateway"),
            (
                "<html><head><title>Log in</title></head><body>…</body></html>",
                "Log in",
            ),
            (r#"{"detail":"token canary"}"#, "token •••"),
        ] {
            assert_eq!(shown(body), read, "{body}");
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_comes_is_told_on_one_short_line(body in proptest::collection::vec(proptest::num::u8::ANY, 0..2000)) {
            let text = decode_refusal(&body, read, str::to_owned).to_string();
            proptest::prop_assert!(text.chars().count() <= LONGEST + 1);
            proptest::prop_assert!(!text.chars().any(char::is_control));
        }
    }

    #[test]
    fn pages_are_masked_before_their_titles_are_found() {
        let body = "<title>no can</title>ary</title>";
        let refusal = decode_refusal(body.as_bytes(), read, |text| {
            text.replace("can</title>ary", "•••")
        });
        assert_eq!(refusal.to_string(), "no •••");
    }

    #[test]
    fn texts_are_bounded_and_masked_before() {
        let long = format!("{}canary", "x".repeat(LONGEST - 3));
        let text = shown(&long);
        assert_eq!(text.chars().count(), LONGEST);
        assert!(text.ends_with("•••"), "{text}");
        assert_eq!(shown(&"é".repeat(999)).chars().count(), LONGEST + 1);
        assert!(shown("\u{ff}\u{fe}").len() < 20);
    }
}
