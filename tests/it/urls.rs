//! URLs compare in their WHATWG normal form: never different by chance, and never equal. What is sent is read
//! by everybody as it was read here.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use hookwright::model::{EndpointUrl, ExactUrl, InvalidUrl, MaskedText};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

/// How many URLs another program reads.
const READ_ELSEWHERE: usize = 1_000;

fn declared(text: &str) -> EndpointUrl {
    EndpointUrl::new(MaskedText::plain(text)).unwrap()
}

fn live(text: &str) -> EndpointUrl {
    EndpointUrl::from_live(MaskedText::plain(text))
}

/// Hosts, each with another way to write it that everybody reads alike.
const HOSTS: &[(&str, &str)] = &[
    ("hooks.example.com", "HOOKS.Example.COM"),
    ("xn--bcher-kva.example", "bücher.example"),
    ("xn--bcher-kva.example", "bücher.EXAMPLE"),
    ("xn--wgv71a119e.example", "日本語.example"),
    ("127.0.0.1", "127.0.0.1"),
    ("[2001:db8::1]", "[2001:DB8::1]"),
];

/// Paths with queries, in pairs that say the same.
const PATHS: &[(&str, &str)] = &[
    ("/", ""),
    ("/a/b", "/a/b"),
    ("/caf%C3%A9", "/café"),
    ("/a?q=%C3%A9", "/a?q=é"),
    ("/a?q=%27", "/a?q='"),
    ("/a/", "/a/"),
    ("/A", "/A"),
    ("/a%2Fb", "/a%2Fb"),
    ("/a?x=1&y=2", "/a?x=1&y=2"),
];

/// Texts that some parser has to mend, and what it makes of them.
const MENDED: &[(&str, Option<&str>)] = &[
    (
        "https://h.example.com\\@evil.test/",
        Some("https://h.example.com/@evil.test/"),
    ),
    (
        "https:\\\\h.example.com/in",
        Some("https://h.example.com/in"),
    ),
    (
        "https://h.example.com\\in",
        Some("https://h.example.com/in"),
    ),
    (
        "https://h.example.com/a\\b",
        Some("https://h.example.com/a/b"),
    ),
    ("https:h.example.com/in", Some("https://h.example.com/in")),
    ("https:/h.example.com/in", Some("https://h.example.com/in")),
    (
        "https:///h.example.com/in",
        Some("https://h.example.com/in"),
    ),
    (
        "https:////h.example.com/in",
        Some("https://h.example.com/in"),
    ),
    (
        "https:\\/h.example.com/in",
        Some("https://h.example.com/in"),
    ),
    (
        " https://h.example.com/in",
        Some("https://h.example.com/in"),
    ),
    (
        "https://h.example.com/in ",
        Some("https://h.example.com/in"),
    ),
    (
        "https://h.example.com/in\u{a0}",
        Some("https://h.example.com/in"),
    ),
    (
        "\u{feff}https://h.example.com/in",
        Some("https://h.example.com/in"),
    ),
    (
        "https://h.exa\tmple.com/in",
        Some("https://h.example.com/in"),
    ),
    (
        "https://h.example.com/i\nn",
        Some("https://h.example.com/in"),
    ),
    (
        "ht\rtps://h.example.com/in",
        Some("https://h.example.com/in"),
    ),
    ("https://h.example.com/a b", None),
    (
        "https://h.ex%61mple.com/in",
        Some("https://h.example.com/in"),
    ),
    (
        "https://%68.example.com/in",
        Some("https://h.example.com/in"),
    ),
    (
        "https://h.example.com%2ein/",
        Some("https://h.example.com.in/"),
    ),
    (
        "https://ｈ.example.com/in",
        Some("https://h.example.com/in"),
    ),
    (
        "https://h.example。com/in",
        Some("https://h.example.com/in"),
    ),
    (
        "https://h.example．com/in",
        Some("https://h.example.com/in"),
    ),
    ("https://h.example｡com/in", Some("https://h.example.com/in")),
    (
        "https://h.e\u{200b}xample.com/in",
        Some("https://h.example.com/in"),
    ),
    (
        "https://h.e\u{ad}xample.com/in",
        Some("https://h.example.com/in"),
    ),
    (
        "https://h.e\u{2060}xample.com/in",
        Some("https://h.example.com/in"),
    ),
    (
        "https://h.e\u{fe0f}xample.com/in",
        Some("https://h.example.com/in"),
    ),
    (
        "https://h.example.com/i\u{202e}n",
        Some("https://h.example.com/in"),
    ),
    (
        "https://h.example.com/i\u{200d}n",
        Some("https://h.example.com/in"),
    ),
    ("https://\u{212a}.example/in", Some("https://k.example/in")),
    ("https://①.example/in", Some("https://1.example/in")),
    ("https://ℎ.example/in", Some("https://h.example/in")),
    ("https://ﬁ.example/in", Some("https://fi.example/in")),
    (
        "https://BÜCHER.example/in",
        Some("https://xn--bcher-kva.example/in"),
    ),
    (
        "https://bu\u{308}cher.example/in",
        Some("https://xn--bcher-kva.example/in"),
    ),
    (
        "https://h.example.com./in",
        Some("https://h.example.com/in"),
    ),
    (
        "https://h..example.com/in",
        Some("https://h.example.com/in"),
    ),
    (
        "https://.h.example.com/in",
        Some("https://h.example.com/in"),
    ),
    (
        "https://h.example.com:/in",
        Some("https://h.example.com/in"),
    ),
    (
        "https://h.example.com:0443/in",
        Some("https://h.example.com/in"),
    ),
    (
        "https://h.example.com:08443/in",
        Some("https://h.example.com:8443/in"),
    ),
    (
        "https://@h.example.com/in",
        Some("https://h.example.com/in"),
    ),
    (
        "https://:@h.example.com/in",
        Some("https://h.example.com/in"),
    ),
    (
        "https://user:@h.example.com/in",
        Some("https://user@h.example.com/in"),
    ),
    (
        "https://a@b@h.example.com/in",
        Some("https://a%40b@h.example.com/in"),
    ),
    ("https://0x7f.1/in", Some("https://127.0.0.1/in")),
    ("https://2130706433/in", Some("https://127.0.0.1/in")),
    ("https://0177.0.0.1/in", Some("https://127.0.0.1/in")),
    ("https://127.1/in", Some("https://127.0.0.1/in")),
    ("https://127.0.0.1./in", Some("https://127.0.0.1/in")),
    ("https://127.0.0.01/in", Some("https://127.0.0.1/in")),
    ("https://[0:0:0:0:0:0:0:1]/in", Some("https://[::1]/in")),
    (
        "https://[::ffff:127.0.0.1]/in",
        Some("https://[::ffff:7f00:1]/in"),
    ),
    (
        "https://h.example.com/a/../in",
        Some("https://h.example.com/in"),
    ),
    (
        "https://h.example.com/./in",
        Some("https://h.example.com/in"),
    ),
    (
        "https://h.example.com/a/%2e%2E/in",
        Some("https://h.example.com/in"),
    ),
    (
        "https://h.example.com/100%",
        Some("https://h.example.com/100%25"),
    ),
    (
        "https://h.example.com/%zz",
        Some("https://h.example.com/%25zz"),
    ),
];

#[test]
fn what_a_parser_has_to_mend_is_refused_with_what_it_makes_of_it() {
    for (text, mended) in MENDED {
        let refused = EndpointUrl::new(MaskedText::plain(*text));
        assert!(
            matches!(refused, Err(InvalidUrl::Odd(_))),
            "{text:?}: {refused:?}"
        );
        if let Some(mended) = mended {
            assert_eq!(ExactUrl::mended(text).as_deref(), Some(*mended), "{text:?}");
            // As a live URL, it is not taken for what it might mean.
            assert_ne!(live(text), declared(mended));
            assert_eq!(live(text).text().expose(), *text);
        }
    }
}

#[test]
fn what_is_sent_is_ascii_and_else_as_it_was_written() {
    for (written, sent) in [
        (
            "https://h.example.com/<in>/{x}|y^z`?a[b]=1&c=\"d\"",
            "https://h.example.com/%3Cin%3E/%7Bx%7D%7Cy%5Ez%60?a%5Bb%5D=1&c=%22d%22",
        ),
        ("https://[::1]:8443/[x]", "https://[::1]:8443/%5Bx%5D"),
        (
            "https://bücher.example/in",
            "https://xn--bcher-kva.example/in",
        ),
        (
            "https://u:ü@日本語.example:8443/é?é#é",
            "https://u:%C3%BC@xn--wgv71a119e.example:8443/%C3%A9?%C3%A9#%C3%A9",
        ),
        ("HTTPS://Bücher.example", "HTTPS://xn--bcher-kva.example"),
        (
            "https://Hooks.example.com:443/A%2fb?x='y'",
            "https://Hooks.example.com:443/A%2fb?x='y'",
        ),
    ] {
        assert_eq!(declared(written).text().expose(), sent);
    }
}

/// Pieces that URLs are made of, and what some parser would have to mend.
fn texts() -> impl Strategy<Value = String> {
    let scheme = prop::sample::select(vec!["https", "http", "HTTPS", "https"]);
    let slashes = prop::sample::select(vec![
        "://", "://", "://", "://", "://", ":/", ":", ":///", ":\\\\",
    ]);
    let user = prop::sample::select(vec![
        "",
        "",
        "",
        "",
        "u@",
        "u:p@",
        "@",
        ":@",
        ":p@",
        "a;b=c:d@",
        "h.example.com\\@",
    ]);
    let host = prop_oneof![
        6 => prop::sample::select(vec![
            "h.example.com", "H.Example.Com", "bücher.example", "日本語.jp", "127.0.0.1", "[::1]", "a_b.example", "localhost",
            "xn--bcher-kva.example", "h.example.com.", "h..example", "0x7f.1", "2130706433", "[::ffff:1.2.3.4]", "%68.example",
            "ｈ.example", "h。example", "h\u{ad}.example", "faß.example", "a!b$c.example", "1.2.3.4.5", "h.example.com%00",
        ]).prop_map(str::to_owned),
        2 => "[a-z0-9.-]{1,12}",
        1 => "[^/?#]{1,8}",
    ];
    let port = prop::sample::select(vec![
        "", "", "", ":443", ":80", ":8443", ":", ":0443", ":65535", ":65536", ":x",
    ]);
    let rest = prop_oneof![
        4 => "(/[a-zA-Z0-9._~%-]{0,6}){0,3}([?][a-z=&0-9]{0,8})?(#[a-z]{0,3})?",
        2 => "[/?#]?[ -~é\u{200b}\\\\@:]{0,12}",
    ];
    (scheme, slashes, user, host, port, rest).prop_map(
        |(scheme, slashes, user, host, port, rest)| {
            format!("{scheme}{slashes}{user}{host}{port}{rest}")
        },
    )
}

/// Scheme, host without brackets, and port where one is written, as this program reads them.
fn read_here(sent: &str) -> (String, String, u16) {
    let exact = ExactUrl::new(sent).unwrap();
    let url = exact.url();
    let host = url.host_str().unwrap().trim_matches(['[', ']']).to_owned();
    (
        url.scheme().to_owned(),
        host,
        url.port_or_known_default().unwrap(),
    )
}

fn default_port(scheme: &str) -> u16 {
    if scheme == "https" { 443 } else { 80 }
}

/// What is sent of some of the texts that are accepted: the same in every run.
fn accepted() -> Vec<String> {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let texts = texts();
    let mut sent = Vec::new();
    while sent.len() < READ_ELSEWHERE {
        let text = texts.new_tree(&mut runner).unwrap().current();
        if let Ok(url) = EndpointUrl::new(MaskedText::plain(text)) {
            sent.push(url.text().expose().to_owned());
        }
    }
    sent
}

#[test]
fn python_reads_the_same_scheme_host_and_port() {
    const READ: &str = "
import json, sys
from urllib.parse import urlsplit
def read(text):
    url = urlsplit(text)
    port = url.port
    return [url.scheme, url.hostname, {'https': 443, 'http': 80}[url.scheme] if port is None else port]
print(json.dumps([read(text) for text in json.load(sys.stdin)]))
";
    let python = Command::new("python3")
        .args(["-c", READ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut python) = python else {
        println!("skipped: there is no python3 here");
        return;
    };
    let sent = accepted();
    let input = serde_json::to_vec(&sent).unwrap();
    python.stdin.take().unwrap().write_all(&input).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    let read: Vec<(String, String, u16)> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(read.len(), READ_ELSEWHERE);
    for (sent, read) in sent.iter().zip(read) {
        assert_eq!(read_here(sent), read, "{sent}");
    }
}

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
    fn what_is_sent_is_read_alike_by_the_parser_of_requests(text in texts()) {
        if let Ok(url) = EndpointUrl::new(MaskedText::plain(text)) {
            let sent = url.text().expose();
            prop_assert!(sent.is_ascii(), "{}", sent);
            let uri: http::Uri = sent.parse().unwrap();
            let scheme = uri.scheme_str().unwrap().to_ascii_lowercase();
            let host = uri.host().unwrap().trim_matches(['[', ']']).to_ascii_lowercase();
            let port = uri.port_u16().unwrap_or(default_port(&scheme));
            prop_assert_eq!((scheme, host, port), read_here(sent), "{}", sent);
            // Said again, it is the same.
            prop_assert_eq!(&declared(sent), &url);
            prop_assert_eq!(&live(sent), &url);
            let again = declared(url.normal());
            prop_assert_eq!(again.text().expose(), url.normal());
        }
    }

    #[test]
    fn what_is_suggested_is_accepted(text in prop_oneof![texts(), any::<String>()]) {
        if let Some(mended) = ExactUrl::mended(&text) {
            prop_assert!(ExactUrl::new(&mended).is_ok(), "{:?}: {}", text, mended);
        }
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
