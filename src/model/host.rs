//! Globs over hosts.

use std::fmt;

use super::{ExactUrl, InvalidUrl, Oddity, Pattern};

/// Why a text is no pattern of hosts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct InvalidHost {
    why: InvalidUrl,
    /// What was meant, in all likelihood.
    pub meant: Option<String>,
}

/// A glob over hosts as they are looked up: lower-case and in ASCII.
#[derive(Clone, Debug, PartialEq)]
pub struct HostPattern(Pattern);

impl HostPattern {
    /// Takes a host in which `*` and `?` may stand. An internationalised one is taken in its ASCII form.
    ///
    /// # Errors
    ///
    /// What no host of a URL could ever match: a scheme, a port or a path, and whatever a URL's host may not have.
    pub fn new(glob: &str) -> Result<Self, InvalidHost> {
        match in_ascii(glob) {
            Ok(ascii) => Ok(Self(Pattern::new(&ascii))),
            Err(why) => Err(InvalidHost {
                meant: meant(glob),
                why,
            }),
        }
    }

    /// Whether a host, lower-case and in ASCII, matches as a whole.
    pub fn matches(&self, host: &str) -> bool {
        self.0.matches(host)
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The glob as hosts are looked up.
fn in_ascii(glob: &str) -> Result<String, InvalidUrl> {
    let wild = |label: &str| label.contains(['*', '?']);
    // Names may have a `*` in them; of addresses, a number stands for it.
    let host = host_with(glob, "*").or_else(|why| host_with(glob, "1").map_err(|_| why))?;
    if !wild(glob) {
        return Ok(host);
    }
    let labels = glob.split('.').zip(host.split('.'));
    let ascii = labels.map(|(label, in_ascii)| match wild(label) {
        false => Ok(in_ascii.to_owned()),
        true if label.is_ascii() => Ok(label.to_ascii_lowercase()),
        // What a wildcard stands for changes how the rest of the label is written in ASCII.
        true => Err(InvalidUrl::Odd(Oddity::Host)),
    });
    Ok(ascii.collect::<Result<Vec<_>, _>>()?.join("."))
}

/// The host that the glob is with this in the place of its wildcards.
fn host_with(glob: &str, stand_in: &str) -> Result<String, InvalidUrl> {
    let host = glob.replace(['*', '?'], stand_in);
    let is_address = host.starts_with('[') && host.ends_with(']');
    let others = if is_address { "/#@\\" } else { "/#@\\:" };
    if let Some(other) = host.chars().find(|c| others.contains(*c)) {
        return Err(InvalidUrl::Odd(Oddity::Character(other)));
    }
    let url = ExactUrl::new(&format!("https://{host}/"))?;
    Ok(url.url().host_str().unwrap_or_default().to_owned())
}

/// The host in what may be a URL, or was misspelt.
fn meant(glob: &str) -> Option<String> {
    let glob = glob.trim();
    let text = if glob.contains("//") {
        glob.to_owned()
    } else {
        format!("https://{glob}")
    };
    let mended = ExactUrl::new(&ExactUrl::mended(&text)?).ok()?;
    let host = mended.url().host_str()?;
    // Nobody means a wildcard within what is encoded.
    if host
        .split('.')
        .any(|label| label.starts_with("xn--") && label.contains('*'))
    {
        return None;
    }
    HostPattern::new(host).is_ok().then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_match_in_the_form_in_which_they_are_looked_up() {
        for (glob, host, matches) in [
            ("*", "hooks.example.com", true),
            ("*.example.com", "a.b.example.com", true),
            ("*.example.com", "example.com", false),
            ("*.Example.COM", "a.example.com", true),
            ("hooks-?.example.com", "hooks-1.example.com", true),
            ("*.bücher.example", "a.xn--bcher-kva.example", true),
            ("127.0.0.1", "127.0.0.1", true),
            ("10.0.*", "10.0.3.4", true),
            ("10.*.0.1", "10.2.0.1", true),
            ("[::1]", "[::1]", true),
            ("[2001:db8::*]", "[2001:db8::7]", true),
        ] {
            let pattern = HostPattern::new(glob).unwrap();
            assert_eq!(pattern.matches(host), matches, "{glob} {host}");
        }
    }

    #[test]
    fn what_no_host_can_match_is_refused_with_what_was_meant() {
        for (glob, meant) in [
            ("https://hooks.example.com/in", Some("hooks.example.com")),
            ("hooks.example.com:443", Some("hooks.example.com")),
            ("hooks.example.com/", Some("hooks.example.com")),
            ("hooks.example.com.", Some("hooks.example.com")),
            ("hooks..example.com", Some("hooks.example.com")),
            (" hooks.example.com", Some("hooks.example.com")),
            ("hooks.ex%61mple.com", Some("hooks.example.com")),
            ("hooks。example.com", Some("hooks.example.com")),
            ("ｈooks.example.com", Some("hooks.example.com")),
            ("ho\u{200b}oks.example.com", Some("hooks.example.com")),
            ("user@hooks.example.com", Some("hooks.example.com")),
            ("2130706433", Some("127.0.0.1")),
            ("0x7f.1", Some("127.0.0.1")),
            ("*.ex\u{ad}ample.com", Some("*.example.com")),
            ("büch*.example", None),
            ("", None),
        ] {
            let refused = HostPattern::new(glob).unwrap_err();
            assert_eq!(refused.meant.as_deref(), meant, "{glob}: {refused}");
        }
    }
}
