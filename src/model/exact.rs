//! URLs that every program reads alike.
//!
//! This program checks and compares URLs as browsers read them (WHATWG). Those who get them (providers, proxies,
//! object stores) read them by RFC 3986, or by some mixture of both. Where a browser mends a text silently, another
//! program can read another host in it. So a text is a URL here only where nothing of it had to be mended:
//! where both readings have the same scheme, host and port. Two parsers must agree, and neither is ours.

use std::{borrow::Cow, fmt, ops::Range};

use fluent_uri::{Iri, IriRef, component::IAuthority};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use url::{Host, Position, Url};

use super::is_hidden;

/// Why a text is not a URL that events can be sent to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUrl {
    /// The text is no absolute URL.
    #[error("not a URL: {0}")]
    Unreadable(url::ParseError),
    /// The scheme is neither `https` nor `http`.
    #[error("the scheme `{0}` is not supported")]
    Scheme(String),
    /// Programs read the text in different ways.
    #[error("{0}")]
    Odd(Oddity),
    /// The URL is longer than both providers document.
    #[error("a URL may have at most {longest} characters; this one has {length}")]
    TooLong {
        /// Its length in characters.
        length: usize,
        /// The longest that is allowed.
        longest: usize,
    },
}

/// What stands in no URL as it is (RFC 3986, §2), and what every program escapes in the same way.
const ESCAPED: &AsciiSet = &CONTROLS
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'[')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// What programs read in different ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// White space, or a character that cannot be seen.
    Hidden(char),
    /// A backslash.
    Backslash,
    /// Another character where none such may be.
    Character(char),
    /// A `%` that is no escape.
    Percent,
    /// More or fewer than two slashes before the host.
    Slashes,
    /// A host that is not written as it is looked up: escapes, wide letters, an address as one number.
    Host,
    /// A host with an empty part.
    Dots,
    /// A port without digits, or with more than it needs.
    Port,
    /// A `@` without a user, or a `:` without a password.
    User,
    /// A path with `.` or `..` in it.
    Path,
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hidden(' ') => "it has a space",
            Self::Hidden('\t') => "it has a tab",
            Self::Hidden('\n' | '\r') => "it has a line break",
            Self::Hidden(c) => {
                return write!(f, "it has the invisible character U+{:04X}", u32::from(*c));
            }
            Self::Character(c) => return write!(f, "`{c}` may not stand where it does"),
            Self::Backslash => "it has a backslash, which some programs read as a slash",
            Self::Percent => "it has a `%` without two hexadecimal digits behind it",
            Self::Slashes => "two slashes must stand before its host",
            Self::Host => "its host is written in a way that programs read differently",
            Self::Dots => "its host has a dot too many",
            Self::Port => "its port is not written as a plain number",
            Self::User => "it has a `@` without a user, or a `:` without a password",
            Self::Path => "its path has a part `.` or `..`, which some programs resolve",
        })
    }
}

/// A URL that every program reads alike.
#[derive(Clone, Debug)]
pub struct ExactUrl {
    url: Url,
    /// The text to be sent, where it is not the one that was written.
    sent: Option<String>,
}

impl ExactUrl {
    /// Takes a text that is an absolute URL with a host. Outside of the host, letters beyond ASCII and others
    /// that no URL has as they are get escaped: every program does that in the same way.
    ///
    /// # Errors
    ///
    /// Text that is none, or of which a parser had to mend something.
    pub fn new(text: &str) -> Result<Self, InvalidUrl> {
        let hidden = |c: &char| is_hidden(*c) || c.is_whitespace();
        if let Some(c) = text.chars().find(hidden) {
            return Err(InvalidUrl::Odd(Oddity::Hidden(c)));
        }
        let escaped = escaped(text);
        let url = Url::parse(&escaped).map_err(InvalidUrl::Unreadable)?;
        if let Some(oddity) = oddity(&escaped, &url) {
            return Err(InvalidUrl::Odd(oddity));
        }
        let sent = match escaped {
            Cow::Borrowed(_) => None,
            Cow::Owned(escaped) => Some(with_ascii_host(escaped, &url)),
        };
        Ok(Self { url, sent })
    }

    /// What `reference` (absolute or relative, as in a `Location`) means at `from`; `None` where programs would
    /// read it differently.
    pub fn join(from: &Url, reference: &str) -> Option<Self> {
        let parsed = IriRef::parse(reference).ok()?;
        if parsed.has_scheme() {
            return Self::new(reference).ok();
        }
        if parsed.has_authority() {
            return Self::new(&format!("{}:{reference}", from.scheme())).ok();
        }
        if reference.contains(is_hidden) {
            return None;
        }
        let url = from.join(reference).ok()?;
        Some(Self { url, sent: None })
    }

    /// The form that browsers mend a text to, where that is an exact URL: what was meant, in all likelihood.
    pub fn mended(text: &str) -> Option<String> {
        let visible: String = text.trim().chars().filter(|c| !is_hidden(*c)).collect();
        let mut url = Url::parse(&visible).ok()?;
        let labels = url.host_str()?.split('.');
        let labels: Vec<&str> = labels.filter(|label| !label.is_empty()).collect();
        let host = labels.join(".");
        url.set_host(Some(&host)).ok()?;
        let origin = url[..Position::BeforePath].to_owned();
        let mended = origin + &with_escaped_percents(&url[Position::BeforePath..]);
        let exact = Self::new(&mended).ok()?;
        Some(exact.sent.unwrap_or(mended))
    }

    /// The text to be sent, where it is not the one that was written: it is all ASCII.
    pub(super) fn sent(&self) -> Option<&str> {
        self.sent.as_deref()
    }

    /// Whether the host is this machine: `localhost`, a name under it, or a loopback address.
    pub fn is_loopback(&self) -> bool {
        match self.url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    /// The URL as browsers read it, which is as everybody does.
    pub fn url(&self) -> &Url {
        &self.url
    }
}

impl From<ExactUrl> for Url {
    fn from(exact: ExactUrl) -> Self {
        exact.url
    }
}

/// Where in a text the host and the port stand; `None` where there are no two slashes before them.
fn authority(text: &str) -> Option<Range<usize>> {
    let start = text.find("://")? + "://".len();
    let rest = &text[start..];
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let user = rest[..end].rfind('@').map_or(0, |at| at + 1);
    Some(start + user..start + end)
}

/// The text with all escaped that may be, outside of host and port.
fn escaped(text: &str) -> Cow<'_, str> {
    let is_plain =
        |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&'()*+,;=%\\".contains(&byte);
    if text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let Some(authority) = authority(text) else {
        return Cow::Borrowed(text);
    };
    let escaped = |part| utf8_percent_encode(part, ESCAPED);
    let (before, after) = (&text[..authority.start], &text[authority.end..]);
    let authority = &text[authority];
    Cow::Owned(format!("{}{authority}{}", escaped(before), escaped(after)))
}

/// The text, with its host as `url` has it where it is not ASCII.
fn with_ascii_host(text: String, url: &Url) -> String {
    let authority = authority(&text).filter(|authority| !text[authority.clone()].is_ascii());
    let (Some(authority), Some(host)) = (authority, url.host_str()) else {
        return text;
    };
    let port = text[authority.clone()].rfind(':');
    let end = port.map_or(authority.end, |port| authority.start + port);
    format!("{}{host}{}", &text[..authority.start], &text[end..])
}

/// What of a text programs read in different ways, where a browser reads `url` in it.
fn oddity(text: &str, url: &Url) -> Option<Oddity> {
    let iri = match Iri::parse(text) {
        Ok(iri) => iri,
        Err(error) => {
            let c = text
                .get(error.index()..)
                .and_then(|rest| rest.chars().next());
            return Some(match c {
                Some('%') => Oddity::Percent,
                Some('\\') => Oddity::Backslash,
                // A second `@` is a user's, to browsers.
                Some('@') => Oddity::User,
                Some(c) if !c.is_ascii_alphanumeric() && c != ':' => Oddity::Character(c),
                // An address that is none.
                Some(_) | None => Oddity::Host,
            });
        }
    };
    let Some(authority) = iri
        .authority()
        .filter(|authority| !authority.host().is_empty())
    else {
        return Some(Oddity::Slashes);
    };
    odd_authority(&authority, url).or_else(|| {
        let is_dots = |part: &str| {
            matches!(
                part.replace("%2e", ".").replace("%2E", ".").as_str(),
                "." | ".."
            )
        };
        let dots = iri.path().as_str().split('/').any(is_dots);
        dots.then_some(Oddity::Path)
    })
}

fn odd_authority(authority: &IAuthority<'_>, url: &Url) -> Option<Oddity> {
    if let Some(user) = authority.userinfo() {
        // What a browser drops: a password without a character, or a user without one and no password.
        let kept = match user.as_str().split_once(':') {
            Some((_, password)) => password,
            None => user.as_str(),
        };
        if kept.is_empty() {
            return Some(Oddity::User);
        }
    }
    let (written, read) = (authority.host(), url.host_str().unwrap_or_default());
    if written.split('.').any(str::is_empty) {
        return Some(Oddity::Dots);
    }
    let is_read = if written.is_ascii() {
        written.eq_ignore_ascii_case(read)
    } else {
        // In any other spelling, some characters were mapped to others.
        let (unicode, valid) = idna::domain_to_unicode(read);
        valid.is_ok() && unicode == written.to_ascii_lowercase()
    };
    if !is_read {
        return Some(Oddity::Host);
    }
    let port = authority.port()?.as_str();
    let plain = port.parse() == Ok(url.port_or_known_default().unwrap_or_default());
    let plain = plain && (port == "0" || !port.starts_with('0'));
    (!plain).then_some(Oddity::Port)
}

/// The text with each `%` written `%25` that is no escape.
fn with_escaped_percents(text: &str) -> String {
    let mut parts = text.split('%');
    let mut escaped = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_escape =
            part.len() >= 2 && part.bytes().take(2).all(|byte| byte.is_ascii_hexdigit());
        escaped.push_str(if is_escape { "%" } else { "%25" });
        escaped.push_str(part);
    }
    escaped
}
