//! Sensitive values → what must be masked wherever it turns up.

use askama::filters::{Html, escape};
use url::{Url, form_urlencoded};

use crate::model::Masker;

/// A masker for these values in every form in which they can come back: as they are, as JSON and HTML
/// write them, and as they stand in a URL, where hosts lose their case and other parts are escaped.
pub(super) fn masker(values: &[String]) -> Masker {
    Masker::new(values.iter().flat_map(|value| forms(value)))
}

fn forms(value: &str) -> Vec<String> {
    let mut forms = vec![value.to_owned()];
    if let Ok(quoted) = serde_json::to_string(value) {
        forms.push(quoted.trim_matches('"').to_owned());
    }
    let Ok(escaped) = escape(value, Html);
    forms.push(escaped.to_string());
    forms.extend(
        form_urlencoded::byte_serialize(value.as_bytes())
            .map(str::to_owned)
            .reduce(|all, next| all + &next),
    );
    forms.extend(in_urls(value));
    forms
}

/// The value as a host, in a path, in a query and, where it is one, as a whole URL.
fn in_urls(value: &str) -> Vec<String> {
    let mut forms = Vec::new();
    if let Ok(url) = Url::parse(&format!("https://{value}/")) {
        forms.extend(url.host_str().map(str::to_owned));
    }
    if let Ok(mut url) = Url::parse("https://host/") {
        url.set_path(value);
        forms.push(url.path().trim_start_matches('/').to_owned());
        url.set_query(Some(value));
        forms.extend(url.query().map(str::to_owned));
    }
    if let Ok(url) = Url::parse(value) {
        forms.push(url.as_str().trim_end_matches('/').to_owned());
    }
    forms
}

/// The parts of a sensitive base URL that errors and logs speak of one by one.
pub(super) fn parts(base_url: &str) -> Vec<String> {
    let Ok(url) = Url::parse(base_url) else {
        return Vec::new();
    };
    let path = url.path().trim_matches('/');
    // The version is the API's, not the user's.
    let own = path
        .strip_suffix("v1")
        .unwrap_or(path)
        .trim_end_matches('/');
    let host = url.host_str().map(str::to_owned);
    host.into_iter().chain([own.to_owned()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(value: &str, text: &str) -> String {
        masker(&[value.to_owned()]).mask(text).into_owned()
    }

    #[test]
    fn values_are_masked_in_every_form_that_urls_give_them() {
        assert_eq!(
            mask("My-Host.Example.COM", "https://my-host.example.com/"),
            "https://•••/"
        );
        assert_eq!(
            mask("a path ä", "https://h/a%20path%20%C3%A4/b"),
            "https://h/•••/b"
        );
        assert_eq!(
            mask("to ken\"1", "https://h/?t=to%20ken%221&u"),
            "https://h/?t=•••&u"
        );
        assert_eq!(
            mask("token&token", "https://h/?t=token%26token"),
            "https://h/?t=•••"
        );
        assert_eq!(
            mask(
                "HTTPS://Host.example/a b",
                "see https://host.example/a%20b."
            ),
            "see •••."
        );
        assert_eq!(
            mask("a<b>&'c\"", "<p>a&#60;b&#62;&#38;&#39;c&#34;</p>"),
            "<p>•••</p>"
        );
        assert_eq!(
            mask("to\"ken\\", r#"{"x": "to\"ken\\"}"#),
            r#"{"x": "•••"}"#
        );
    }

    #[test]
    fn parts_of_a_base_url_are_its_host_and_its_own_path() {
        assert_eq!(
            parts("https://gate.example.com/team-7/v1/"),
            ["gate.example.com", "team-7"]
        );
        assert_eq!(
            parts("https://gate.example.com/v1/"),
            ["gate.example.com", ""]
        );
    }
}
