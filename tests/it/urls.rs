//! URLs compare in their WHATWG normal form: never different by chance, and never equal.

use hookwright::model::{EndpointUrl, MaskedText};
use proptest::prelude::*;

fn declared(text: &str) -> EndpointUrl {
    EndpointUrl::new(MaskedText::plain(text)).unwrap()
}

fn live(text: &str) -> EndpointUrl {
    EndpointUrl::from_live(MaskedText::plain(text))
}

/// Hosts, each with another way to write it.
const HOSTS: &[(&str, &str)] = &[
    ("hooks.example.com", "HOOKS.Example.COM"),
    ("xn--bcher-kva.example", "bücher.example"),
    ("xn--bcher-kva.example", "BÜCHER.example"),
    ("xn--wgv71a119e.example", "日本語。example"),
    ("127.0.0.1", "0x7f.1"),
    ("[::1]", "[0:0:0:0:0:0:0:1]"),
    ("a.example", "%61.example"),
];

/// Paths with queries, in pairs that say the same.
const PATHS: &[(&str, &str)] = &[
    ("/", ""),
    ("/a/b", "/a/./b"),
    ("/a/b", "/x/../a/b"),
    ("/a%20b", "/a b"),
    ("/caf%C3%A9", "/café"),
    ("/a?q=%C3%A9", "/a?q=é"),
    ("/a/", "/a/"),
    ("/A", "/A"),
    ("/a%2Fb", "/a%2Fb"),
    ("/a?x=1&y=2", "/a?x=1&y=2"),
];

proptest! {
    #[test]
    fn spellings_of_one_url_are_equal(
        (host, other_host) in prop::sample::select(HOSTS),
        (path, other_path) in prop::sample::select(PATHS),
        plain in any::<bool>(),
    ) {
        let (scheme, other_scheme, port) =
            if plain { ("http", "HTTP", 80) } else { ("https", "HttpS", 443) };
        let one = declared(&format!("{scheme}://{host}{path}"));
        let other = format!("{other_scheme}://{other_host}:{port}{other_path}");
        prop_assert_eq!(&one, &live(&other));
        prop_assert_eq!(one.cmp(&live(&other)), std::cmp::Ordering::Equal);
        let sent = live(&other);
        prop_assert_eq!(sent.text().expose(), other);
    }

    #[test]
    fn normalising_twice_is_normalising_once(
        host in prop::sample::select(HOSTS),
        rest in "(/[ -~é日]{0,12})?([?][ -~é]{0,8})?(#[a-z]{0,3})?",
    ) {
        let once = live(&format!("https://{}{rest}", host.1));
        let twice = live(once.normal());
        prop_assert_eq!(once.normal(), twice.normal());
    }

    #[test]
    fn any_text_of_a_provider_has_a_normal_form(text in any::<String>()) {
        let once = live(&text);
        let twice = live(once.normal());
        prop_assert_eq!(once.normal(), twice.normal());
    }

    #[test]
    fn what_means_something_else_differs(
        host in prop::sample::select(HOSTS),
        path in "/[a-z]{1,8}/[a-z]{1,8}",
    ) {
        let url = declared(&format!("https://{}{path}?x=1&y=2", host.0));
        for other in [
            format!("https://{}{}?x=1&y=2", host.0, path.to_uppercase()),
            format!("https://{}{path}/?x=1&y=2", host.0),
            format!("https://{}{path}?y=2&x=1", host.0),
            format!("https://{}{path}?x=1&y=2&", host.0),
            format!("https://{}{path}", host.0),
            format!("http://{}{path}?x=1&y=2", host.0),
            format!("https://{}:8443{path}?x=1&y=2", host.0),
            format!("https://{}{path}%2Fa?x=1&y=2", host.0),
            format!("https://user@{}{path}?x=1&y=2", host.0),
        ] {
            prop_assert_ne!(&url, &live(&other), "{}", other);
        }
    }
}
