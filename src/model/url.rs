//! The URL a webhook sends to, compared in its WHATWG normal form.

use std::ops::Range;

use serde::Serialize;

use super::{
    ExactUrl, InvalidUrl, MaskedText,
    beside::hidden_beside,
    compared::{compared_by, shown_as},
};

/// A URL that events are sent to.
///
/// Two URLs are equal where their WHATWG normal forms are (<https://url.spec.whatwg.org/>): the
/// case of the host, a default port, an empty path or the encoding of an international host make no
/// difference; the case of the path, a trailing slash and the query do. What is sent and shown is
/// the text as it was written, in ASCII. A manifest's is an [`ExactUrl`]: whoever gets it reads in it what was
/// checked here.
#[derive(Clone, Serialize)]
#[serde(into = "MaskedText")]
pub struct EndpointUrl {
    written: MaskedText,
    /// `None` where the text as written is its own normal form.
    normal: Option<String>,
}

impl EndpointUrl {
    /// The longest URL, in characters, that both providers document.
    pub const LONGEST: usize = 2048;

    /// Takes a URL that a manifest declares.
    ///
    /// # Errors
    ///
    /// Text that is no absolute `http` or `https` URL, that programs read in different ways, or that is longer
    /// than [`Self::LONGEST`].
    pub fn new(written: MaskedText) -> Result<Self, InvalidUrl> {
        let url = Self::parse(&written)?;
        Ok(Self::parsed(written, &url))
    }

    /// The parts of a URL that a manifest declares.
    ///
    /// # Errors
    ///
    /// As [`Self::new`].
    pub fn parse(written: &MaskedText) -> Result<ExactUrl, InvalidUrl> {
        let url = ExactUrl::new(written.expose())?;
        if !matches!(url.url().scheme(), "http" | "https") {
            return Err(InvalidUrl::Scheme(url.url().scheme().to_owned()));
        }
        // No text has more characters than bytes.
        let length = match written.expose().len() {
            few if few <= Self::LONGEST => few,
            _ => written.expose().chars().count(),
        };
        if length > Self::LONGEST {
            return Err(InvalidUrl::TooLong {
                length,
                longest: Self::LONGEST,
            });
        }
        Ok(url)
    }

    /// Takes a URL with the parts that [`Self::parse`] found in it.
    pub fn parsed(written: MaskedText, url: &ExactUrl) -> Self {
        let written = match url.sent() {
            Some(sent) => written.with_exposed(sent.to_owned()),
            None => written,
        };
        Self::with_normal(written, url.url().as_str().to_owned())
    }

    /// Takes a URL as a provider sent it. Text that programs read in different ways is its own normal form: it
    /// equals no URL that a manifest declares.
    pub fn from_live(written: MaskedText) -> Self {
        let normal = ExactUrl::new(written.expose()).map_or_else(
            |_| written.expose().to_owned(),
            |url| url.url().as_str().to_owned(),
        );
        Self::with_normal(written, normal)
    }

    fn with_normal(written: MaskedText, normal: String) -> Self {
        Self {
            normal: (normal != written.expose()).then_some(normal),
            written,
        }
    }

    /// The URL as it was written: what requests must carry.
    pub fn text(&self) -> &MaskedText {
        &self.written
    }

    /// The WHATWG normal form, sensitive parts included: the key by which URLs are compared.
    pub fn normal(&self) -> &str {
        self.normal.as_deref().unwrap_or(self.written.expose())
    }

    /// The URL as every program reads it; `None` where they differ.
    pub fn exact(&self) -> Option<ExactUrl> {
        ExactUrl::new(self.normal()).ok()
    }

    /// The host, lower-case and in its ASCII form; `None` where programs would read different ones.
    pub fn host(&self) -> Option<String> {
        self.exact()?.url().host_str().map(str::to_owned)
    }

    /// Whether the URL is plain `http`.
    pub fn is_plain_http(&self) -> bool {
        self.normal().starts_with("http:")
    }

    /// Whether the host is this machine: `localhost`, a name under it, or a loopback address.
    pub fn is_loopback(&self) -> bool {
        self.exact().is_some_and(|url| url.is_loopback())
    }

    /// This URL, which is live, shown beside the declared one that it belongs to: in clear text where
    /// the manifest has it in clear text, and masked where it stands for what the manifest's author
    /// marked as sensitive, or for a former value of that.
    #[must_use]
    pub fn shown_like(&self, declared: &Self) -> Self {
        let same = self == declared;
        if same && !declared.written.is_sensitive() {
            return Self {
                written: MaskedText::plain(self.written.expose()),
                normal: self.normal.clone(),
            };
        }
        if same && self.written == declared.written {
            return declared.clone();
        }
        self.hiding_too(hidden_beside(self.written.expose(), &declared.written))
    }

    /// The same URL, of which these parts are sensitive too.
    pub(super) fn hiding_too(&self, parts: Vec<Range<usize>>) -> Self {
        Self {
            written: self.written.hiding_too(parts),
            normal: self.normal.clone(),
        }
    }
}

shown_as!(EndpointUrl, written);
compared_by!(EndpointUrl, url => url.normal());

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> EndpointUrl {
        EndpointUrl::new(MaskedText::plain(text)).unwrap()
    }

    #[test]
    fn urls_compare_in_their_normal_form() {
        assert_eq!(
            url("HTTPS://Hooks.Example.com:443"),
            url("https://hooks.example.com/")
        );
        assert_eq!(
            EndpointUrl::from_live(MaskedText::plain("https://bücher.example/ä")),
            url("https://xn--bcher-kva.example/%C3%A4")
        );
        assert_ne!(
            url("https://hooks.example.com/a"),
            url("https://hooks.example.com/a/")
        );
        assert_ne!(
            url("https://hooks.example.com/a"),
            url("https://hooks.example.com/A")
        );
    }

    #[test]
    fn a_live_url_is_masked_like_the_declared_one() {
        let mut declared = MaskedText::plain("https://h.example/");
        declared.push(&MaskedText::sensitive("t0ken"));
        let declared = EndpointUrl::new(declared).unwrap();
        let live = EndpointUrl::from_live(MaskedText::plain("https://H.example/t0ken"));
        assert_eq!(
            live.shown_like(&declared).to_string(),
            "https://H.example/•••"
        );
        let live = EndpointUrl::from_live(MaskedText::plain("https://h.example/t0ken"));
        assert_eq!(
            live.shown_like(&declared).to_string(),
            "https://h.example/•••"
        );
    }

    #[test]
    fn loopback_is_recognised() {
        assert!(url("http://127.8.0.1/x").is_loopback());
        assert!(url("http://[::1]:80/x").is_loopback());
        assert!(url("http://a.localhost").is_loopback());
        assert!(!url("http://localhost.example.com").is_loopback());
    }
}
