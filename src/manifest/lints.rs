//! URLs that are allowed, and that someone should look at: secrets in them, others' hosts, production's.

use std::{collections::BTreeMap, net::IpAddr};

use url::{Host, Url};

use crate::{
    diagnostic::{Code, Span, quoted},
    model::{EndpointUrl, EnvType, UrlSecretKind, secrets_in_url},
};

/// Hosts, and all below them, where tunnels end or anybody can read what arrives.
const BORROWED: &[&str] = &[
    "beeceptor.com",
    "bore.pub",
    "burpcollaborator.net",
    "devtunnels.ms",
    "expose.dev",
    "hookbin.com",
    "httpbin.org",
    "interact.sh",
    "lhr.life",
    "lhr.rocks",
    "loca.lt",
    "localhost.run",
    "localtunnel.me",
    "loclx.io",
    "mockbin.org",
    "ngrok-free.app",
    "ngrok-free.dev",
    "ngrok.app",
    "ngrok.dev",
    "ngrok.io",
    "oast.fun",
    "oast.live",
    "oast.me",
    "oast.online",
    "oast.pro",
    "oast.site",
    "pagekite.me",
    "pinggy.io",
    "pinggy.link",
    "pipedream.net",
    "postb.in",
    "postman-echo.com",
    "ptsv2.com",
    "ptsv3.com",
    "requestbin.com",
    "requestbin.net",
    "requestcatcher.com",
    "serveo.net",
    "sharedwithexpose.com",
    "smee.io",
    "telebit.io",
    "trycloudflare.com",
    "ts.net",
    "tunnelmole.net",
    "typedwebhook.tools",
    "ultrahook.com",
    "webhook-test.com",
    "webhook.cool",
    "webhook.site",
    "webhookrelay.com",
    "zrok.io",
];

/// Names that no public name server answers for (RFC 6761, RFC 6762, RFC 8375, and common habit).
const PRIVATE: &[&str] = &[
    "corp",
    "home.arpa",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "private",
    "test",
];

/// Something to say of a URL.
pub(super) struct UrlFinding {
    pub(super) code: Code,
    pub(super) message: String,
    pub(super) help: &'static str,
    /// Whether `text` must not be shown.
    pub(super) hides: bool,
    /// Whether it is reported, too.
    pub(super) is_said: bool,
    /// The part of the URL it is about.
    pub(super) text: String,
}

/// The hosts that webhooks send to, as far as sandboxes and production must differ in them.
#[derive(Default)]
pub(super) struct Hosts {
    /// Where production first sends to each.
    pub(super) production: BTreeMap<String, Span>,
    /// Everywhere a sandbox sends to each.
    pub(super) sandbox: BTreeMap<String, Vec<Span>>,
}

impl Hosts {
    pub(super) fn add(&mut self, host: &str, env_type: EnvType, span: Span) {
        match env_type {
            EnvType::Production if !self.production.contains_key(host) => {
                self.production.insert(host.to_owned(), span);
            }
            EnvType::Sandbox => match self.sandbox.get_mut(host) {
                Some(spans) => spans.push(span),
                None => {
                    self.sandbox.insert(host.to_owned(), vec![span]);
                }
            },
            EnvType::Production | EnvType::Development => {}
        }
    }
}

/// Looks at a URL. `is_local`: events come from this machine, and may stay on it.
pub(super) fn url(url: &EndpointUrl, parsed: &Url, is_local: bool) -> Vec<UrlFinding> {
    let mut findings = Vec::new();
    let shown = url.text().shown();
    for (index, secret) in secrets_in_url(url.text()).into_iter().enumerate() {
        let what = match secret.kind {
            UrlSecretKind::Password => "a password",
            UrlSecretKind::Credentials => "credentials",
            UrlSecretKind::Token => "a token",
        };
        let finding = UrlFinding {
            code: Code::SecretInUrl,
            message: format!("this URL holds {what}"),
            help: "keep it out of version control: `${env:NAME}` or `${file:PATH}`; it is then masked wherever the URL is shown",
            hides: true,
            // One warning is enough for a URL.
            is_said: index == 0,
            text: shown[secret.place].to_owned(),
        };
        findings.push(finding);
    }
    let host = parsed.host_str().unwrap_or_default();
    let named = || match url.text().is_sensitive() {
        true => "this host".to_owned(),
        false => quoted(host),
    };
    let finding = |code, message, help| UrlFinding {
        code,
        message,
        help,
        hides: false,
        is_said: true,
        text: String::new(),
    };
    if is_borrowed_host(host) {
        findings.push(finding(
            Code::BorrowedHost,
            format!("{} is a tunnel or a request bin", named()),
            "events carry people's income and employment; send them to a host of your own",
        ));
    } else if !is_local && !is_public(parsed) {
        findings.push(finding(
            Code::NotPublic,
            format!("{} cannot be reached from the internet", named()),
            "the provider sends from its own network; use a public host name",
        ));
    }
    findings
}

/// Whether a host is one where tunnels end, or where anybody can read what arrives.
pub fn is_borrowed_host(host: &str) -> bool {
    is_at_or_below(host, BORROWED)
}

/// Whether a host is one of these, which are sorted, or below one.
fn is_at_or_below(host: &str, domains: &[&str]) -> bool {
    let parents = host.match_indices('.').map(|(dot, _)| &host[dot + 1..]);
    std::iter::once(host)
        .chain(parents)
        .any(|domain| domains.binary_search(&domain).is_ok())
}

fn is_public(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => is_public_address(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => is_public_address(IpAddr::V6(address)),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name.contains('.') && !is_at_or_below(name, PRIVATE)
        }
        None => true,
    }
}

/// Whether an address is routed on the internet (IANA's special-purpose registries).
fn is_public_address(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_documentation()
                || a == 0
                || a >= 224
                || (a == 100 && (64..128).contains(&b))
                || (a == 198 && (18..20).contains(&b))
                || (a == 192 && b == 0 && c == 0))
        }
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_public_address(IpAddr::V4(v4)),
            None => {
                let [first, second, ..] = v6.segments();
                let global = first & 0xe000 == 0x2000;
                global && !(first == 0x2001 && second == 0xdb8)
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted() {
        assert!(BORROWED.is_sorted());
        assert!(PRIVATE.is_sorted());
    }

    #[test]
    fn hosts_are_looked_up_by_whole_labels() {
        for (host, is) in [
            ("webhook.site", true),
            ("a.b.ngrok.io", true),
            ("notngrok.io", false),
            ("ngrok.io.example.com", false),
        ] {
            assert_eq!(is_at_or_below(host, BORROWED), is, "{host}");
        }
    }

    #[test]
    fn addresses_that_are_not_routed_are_not_public() {
        for (host, is) in [
            ("10.1.2.3", false),
            ("100.64.0.1", false),
            ("169.254.169.254", false),
            ("8.8.8.8", true),
            ("[::1]", false),
            ("[fe80::1]", false),
            ("[::ffff:192.168.0.1]", false),
            ("[2001:db8::1]", false),
            ("[2606:4700::1111]", true),
            ("hooks", false),
            ("hooks.example.com.", true),
        ] {
            let url = Url::parse(&format!("https://{host}/")).unwrap();
            assert_eq!(is_public(&url), is, "{host}");
        }
    }
}
