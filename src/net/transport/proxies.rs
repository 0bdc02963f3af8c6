//! Which requests go through which proxy, as the usual environment variables say.
//!
//! A proxy that cannot be read must not be passed over: the requests would leave another way than was asked for. So
//! the variables are read here, and not by the HTTP crate. What they hold is never shown, as it may be a password.

use std::{ffi::OsString, fmt, net::IpAddr};

use ipnet::IpNet;
use url::{Host, Url};

use crate::{model::ExactUrl, net::BaseUrl};

/// The way that requests take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Route {
    /// No variable names a proxy: the settings of the operating system count, where it has some.
    #[default]
    System,
    /// Without a proxy.
    Direct,
    /// Through this proxy.
    Through(ProxyUrl),
}

/// Where a proxy is, and what it may ask for. `Debug` shows only where it is.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyUrl(Url);

impl ProxyUrl {
    /// The URL, with a password where it has one.
    pub(super) fn exposed(&self) -> &Url {
        &self.0
    }
}

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0[url::Position::BeforeHost..url::Position::AfterPort])
    }
}

/// An environment variable that is no proxy. What it holds is not in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable `{variable}` names no proxy that can be used: {fault}")]
pub struct InvalidProxy {
    /// The variable's name.
    pub variable: &'static str,
    /// What is wrong with what it holds.
    pub fault: ProxyFault,
}

/// What is wrong with a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProxyFault {
    /// The value is not UTF-8.
    #[error("its value is not UTF-8 text")]
    NotText,
    /// The value is no URL, or programs read it in different ways.
    #[error("its value cannot be read as a URL")]
    Unreadable,
    /// The URL is no `http` or `https` one.
    #[error("its scheme is neither `http` nor `https`")]
    Scheme,
    /// The URL goes on behind the host and the port.
    #[error("something follows the host and the port")]
    More,
}

/// The proxies that environment variables name, and the hosts that are reached without one.
#[derive(Clone, Debug)]
pub struct Proxies {
    http: Option<Named>,
    https: Option<Named>,
    without: Vec<Exception>,
}

/// A proxy and the variable that names it. One of another kind (SOCKS) is an error only where it would be used.
#[derive(Clone, Debug)]
struct Named {
    variable: &'static str,
    proxy: Option<ProxyUrl>,
}

impl Proxies {
    /// Reads `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, each also in lower case. A variable that is
    /// empty counts as unset.
    ///
    /// # Errors
    ///
    /// A variable that holds no URL of a proxy.
    pub fn read(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, InvalidProxy> {
        let first = |names: [&'static str; 2]| first(&variable, names);
        // A web server that runs programs puts a header of the request into this one.
        let of_http = match variable("REQUEST_METHOD") {
            Some(_) => ["http_proxy", "http_proxy"],
            None => ["HTTP_PROXY", "http_proxy"],
        };
        let all = named(first(["ALL_PROXY", "all_proxy"])?)?;
        let without = first(["NO_PROXY", "no_proxy"])?.map(|(_, text)| exceptions(&text));
        Ok(Self {
            http: named(first(of_http)?)?.or_else(|| all.clone()),
            https: named(first(["HTTPS_PROXY", "https_proxy"])?)?.or(all),
            without: without.unwrap_or_default(),
        })
    }

    /// The way to an API. One on this machine is never reached through a proxy: there, its address would be the
    /// proxy's own machine.
    ///
    /// # Errors
    ///
    /// A proxy of a kind that is not supported.
    pub fn to(&self, base_url: &BaseUrl) -> Result<Route, InvalidProxy> {
        if self.http.is_none() && self.https.is_none() {
            return Ok(Route::System);
        }
        let url = base_url.url();
        if base_url.is_loopback() || self.without.iter().any(|exception| exception.is_of(url)) {
            return Ok(Route::Direct);
        }
        let named = match base_url.is_plain_http() {
            true => &self.http,
            false => &self.https,
        };
        match named {
            None => Ok(Route::Direct),
            Some(Named {
                proxy: Some(proxy), ..
            }) => Ok(Route::Through(proxy.clone())),
            Some(Named {
                proxy: None,
                variable,
            }) => Err(InvalidProxy {
                variable,
                fault: ProxyFault::Scheme,
            }),
        }
    }
}

/// The first of these variables that is set, and not to nothing.
fn first(
    variable: impl Fn(&str) -> Option<OsString>,
    names: [&'static str; 2],
) -> Result<Option<(&'static str, String)>, InvalidProxy> {
    for name in names {
        match variable(name).map(OsString::into_string) {
            Some(Ok(text)) if !text.is_empty() => return Ok(Some((name, text))),
            Some(Err(_)) => {
                return Err(InvalidProxy {
                    variable: name,
                    fault: ProxyFault::NotText,
                });
            }
            Some(Ok(_)) | None => {}
        }
    }
    Ok(None)
}

fn named(found: Option<(&'static str, String)>) -> Result<Option<Named>, InvalidProxy> {
    let Some((variable, text)) = found else {
        return Ok(None);
    };
    let proxy = proxy(&text).map_err(|fault| InvalidProxy { variable, fault })?;
    Ok(Some(Named { variable, proxy }))
}

/// A proxy; `None` where it is one for SOCKS.
fn proxy(text: &str) -> Result<Option<ProxyUrl>, ProxyFault> {
    // As `curl` and others do: `proxy.example.com:3128` is one for HTTP.
    let written = match text.contains("://") {
        true => text.to_owned(),
        false => format!("http://{text}"),
    };
    let url = Url::from(ExactUrl::new(&written).map_err(|_| ProxyFault::Unreadable)?);
    if url.host_str().is_none_or(str::is_empty) {
        return Err(ProxyFault::Unreadable);
    }
    // A password with a `/`, `?` or `#` that is not escaped ends the host: what follows it would be lost.
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err(ProxyFault::More);
    }
    match url.scheme() {
        "http" | "https" => Ok(Some(ProxyUrl(url))),
        "socks" | "socks4" | "socks4a" | "socks5" | "socks5h" => Ok(None),
        _ => Err(ProxyFault::Scheme),
    }
}

/// What is reached without a proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Exception {
    All,
    Network(IpNet),
    Address(IpAddr, Option<u16>),
    Name {
        /// In lower case.
        name: String,
        /// Whether the host of this name is meant, and not only those below it.
        itself: bool,
        port: Option<u16>,
    },
}

/// The entries of `NO_PROXY`, between commas or white space.
fn exceptions(text: &str) -> Vec<Exception> {
    let is_between = |c: char| c == ',' || c.is_whitespace();
    let entries = text.split(is_between).filter(|entry| !entry.is_empty());
    entries.map(Exception::new).collect()
}

impl Exception {
    fn new(entry: &str) -> Self {
        if entry == "*" {
            return Self::All;
        }
        if let Ok(network) = entry.parse() {
            return Self::Network(network);
        }
        if let Ok(address) = entry.parse() {
            return Self::Address(address, None);
        }
        let with_port = entry.rsplit_once(':');
        let (host, port) = with_port
            .and_then(|(host, port)| Some((host, Some(port.parse().ok()?))))
            .unwrap_or((entry, None));
        let bare = host
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        if let Ok(address) = bare.unwrap_or(host).parse() {
            return Self::Address(address, port);
        }
        // Go reads `.host` as `*.host`, and `curl` as `host`: as more than `*.host`, it keeps what is internal inside.
        let below = host.strip_prefix("*.");
        let name = below.unwrap_or(host).trim_matches('.');
        Self::Name {
            name: name.to_lowercase(),
            itself: below.is_none(),
            port,
        }
    }

    fn is_of(&self, url: &Url) -> bool {
        let is_port = |port: &Option<u16>| port.is_none() || *port == url.port_or_known_default();
        let address = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::from(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::from(address)),
            Some(Host::Domain(_)) | None => None,
        };
        match self {
            Self::All => true,
            Self::Network(network) => address.is_some_and(|address| network.contains(&address)),
            Self::Address(except, port) => address == Some(*except) && is_port(port),
            Self::Name { name, itself, port } => {
                let host = url.host_str().unwrap_or_default().trim_end_matches('.');
                let is_it = match host.strip_suffix(name.as_str()) {
                    _ if name.is_empty() || address.is_some() => false,
                    Some("") => *itself,
                    Some(before) => before.ends_with('.'),
                    None => false,
                };
                is_it && is_port(port)
            }
        }
    }
}

#[cfg(test)]
mod tests;
