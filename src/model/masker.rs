//! Masking what is known to be sensitive in text that came from elsewhere.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    fmt,
    ops::Range,
    sync::{Arc, OnceLock},
};

use aho_corasick::{AhoCorasick, MatchKind};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD},
};
use url::Url;

use super::{DesiredState, EndpointUrl, MaskedText, WebhookId, places::Places, spelling, tokens};

/// How much of a text is looked at at once, in bytes: what the memory is bounded by.
const WINDOW: usize = 1 << 20;
/// The shortest text in base64 or hexadecimal that is looked for.
const SHORTEST_CODE: usize = 8;

/// Masks sensitive values wherever they occur in text that came from elsewhere: a provider's answer, an
/// operating system's error, a live webhook's URL.
///
/// A value is found however it is spelled: in any mix of percent-encoding, JSON, HTML and Markdown, in
/// any case, in base64, or in hexadecimal. It takes time linear in the length of the text.
///
/// Values shorter than [`Masker::SHORTEST`] bytes are passed over: masking every `1` or `prod`
/// would make all output unreadable and tell more about the value than it hides. Where such a value
/// stands in the manifest, [`MaskedText`] masks it all the same.
#[derive(Clone, Default)]
pub struct Masker {
    values: Arc<Values>,
    /// What the manifest declares, beside which live URLs are looked at.
    places: Arc<Places>,
}

/// Sensitive values, and what finds them.
#[derive(Default)]
struct Values {
    values: BTreeSet<String>,
    /// Made when it is first needed. `None`: there are too many values for one.
    finder: OnceLock<Option<Finder>>,
}

struct Finder {
    search: AhoCorasick,
    longest: usize,
}

impl Masker {
    /// The shortest value, in bytes, that is looked for in foreign text.
    pub const SHORTEST: usize = 6;

    /// A masker for these values.
    pub fn new(values: impl IntoIterator<Item = String>) -> Self {
        let mut all = BTreeSet::new();
        for value in values {
            // A value of several lines may be shown line by line.
            let lines = value.lines().filter(|line| line.len() < value.len());
            all.extend(lines.map(|line| line.trim().to_owned()));
            all.insert(value.trim().to_owned());
            all.insert(value);
        }
        all.retain(|value| value.len() >= Self::SHORTEST);
        Self {
            values: Arc::new(Values {
                values: all,
                finder: OnceLock::new(),
            }),
            places: Arc::default(),
        }
    }

    /// A masker for the values of both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        if other.values.values.is_subset(&self.values.values) {
            return self.clone();
        }
        let values = self.values.values.union(&other.values.values);
        Self {
            places: Arc::clone(&self.places),
            ..Self::new(values.cloned())
        }
    }

    /// A masker for the same values that knows what is declared, too: live URLs that stand where a
    /// sensitive one is declared are sensitive from where they differ, and what is declared in clear
    /// text is shown as it is declared.
    #[must_use]
    pub fn beside(&self, desired: &DesiredState) -> Self {
        Self {
            values: Arc::clone(&self.values),
            places: Arc::new(Places::of(desired)),
        }
    }

    /// `text` with every occurrence of a known value masked.
    pub fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        shown(text, self.values.places(text))
    }

    /// Text that somebody else wrote, such as an error message: with every occurrence of a known value
    /// masked, and with the secrets of every URL in it.
    pub fn mask_foreign<'t>(&self, text: &'t str) -> Cow<'t, str> {
        shown(text, self.foreign_places(text))
    }

    /// Text that somebody else wrote, as [`Masker::mask_foreign`] masks it, to be cut: what is cut before it is
    /// masked may show the beginning of a value, which is no value any more.
    pub fn foreign(&self, text: impl Into<String>) -> MaskedText {
        let text = text.into();
        let places = self.foreign_places(&text);
        MaskedText::hiding(text, places)
    }

    fn foreign_places(&self, text: &str) -> Vec<Range<usize>> {
        let mut places = self.values.places(text);
        places.extend(tokens::places_in_text(text));
        places
    }

    /// Where somebody else points, such as a redirect or the next page, without its query and its fragment,
    /// which may hold what nobody knows to be a secret.
    pub fn address(&self, reference: &str) -> String {
        let end = reference.find(['?', '#']).unwrap_or(reference.len());
        self.foreign(reference).part(0..end).to_string()
    }

    /// Whether a known value is cut where a reference loses its fragment, which is never sent: what is left has the
    /// beginning of the value, and nothing would know it.
    pub fn is_cut_by_fragment(&self, reference: &str) -> bool {
        let hash = reference.find('#');
        hash.is_some_and(|hash| self.text(reference).is_cut_at(hash))
    }

    /// Text as it is shown at last, rendered in whatever format: with every occurrence of a known value
    /// masked, and with the password of every URL in it.
    ///
    /// Other secrets of URLs are masked where the URLs come from: what the manifest declares in clear
    /// text is shown as it is declared.
    pub fn mask_rendered<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut places = self.values.places(text);
        places.extend(tokens::passwords_in_text(text));
        shown(text, places)
    }

    /// `text` as [`MaskedText`], sensitive where a known value occurs in it.
    pub fn text(&self, text: impl Into<String>) -> MaskedText {
        let text = text.into();
        let places = self.values.places(&text);
        MaskedText::hiding(text, places)
    }

    /// An id, sensitive where a known value occurs in it: an id is a text like any other.
    pub(super) fn id(&self, id: &WebhookId) -> WebhookId {
        WebhookId::of(self.text(id.as_received()))
    }

    /// A live URL: sensitive where a known value occurs in it, where it holds a secret that nobody
    /// declared, and where it differs from a sensitive one that is declared.
    pub fn url(&self, text: impl Into<String>) -> EndpointUrl {
        let url = EndpointUrl::from_live(MaskedText::plain(text));
        let text = url.text().expose();
        let mut hidden = self.values.places(text);
        if !self.places.declares_openly(&url) {
            hidden.extend(tokens::places_in_url(text));
            hidden.extend(self.places.hidden_in(text));
        }
        url.hiding_too(hidden)
    }

    /// The URL of a live webhook with this name.
    pub(super) fn url_of(&self, name: &str, text: &str) -> EndpointUrl {
        let url = self.url(text);
        match self.places.named(name) {
            Some(declared) => url.shown_like(declared),
            None => url,
        }
    }
}

impl Values {
    /// Where the values stand in a text.
    fn places(&self, text: &str) -> Vec<Range<usize>> {
        if self.values.is_empty() {
            return Vec::new();
        }
        let Some(finder) = self.finder.get_or_init(|| Finder::of(&self.values)) else {
            // What cannot be looked through must not be shown.
            return std::iter::once(0..text.len()).collect();
        };
        let bytes = text.as_bytes();
        // A value that one window cuts stands in the next one as a whole, however it is spelled.
        let shared = finder.longest.saturating_mul(16).min(WINDOW / 2);
        let mut places = Vec::new();
        let mut start = 0;
        loop {
            let end = bytes.len().min(start + WINDOW);
            let found = spelling::find_in_every(&bytes[start..end], |step| finder.find(step));
            places.extend(
                found
                    .into_iter()
                    .map(|place| start + place.start..start + place.end),
            );
            if end == bytes.len() {
                return places;
            }
            start = end - shared;
        }
    }
}

impl Finder {
    fn of(values: &BTreeSet<String>) -> Option<Self> {
        let forms: BTreeSet<Vec<u8>> = values.iter().flat_map(|value| forms(value)).collect();
        let longest = forms.iter().map(Vec::len).max().unwrap_or(0);
        let search = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .build(forms)
            .ok()?;
        Some(Self { search, longest })
    }

    fn find(&self, text: &[u8]) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        for place in self.search.find_overlapping_iter(text) {
            let (start, end) = (place.start(), place.end());
            match found.last_mut() {
                // They come by their ends, so many of one place cost no more memory than one.
                Some(last) if start >= last.start && start <= last.end => last.end = end,
                _ => found.push(start..end),
            }
        }
        found
    }
}

/// What a value is looked for as: itself, as URLs write it, and as codes do; each in every step of
/// undoing spellings, as a text is looked at in every step.
fn forms(value: &str) -> BTreeSet<Vec<u8>> {
    let mut written = in_urls(value);
    // A backslash and a letter, without the backslash.
    written.insert(
        value
            .replace('\t', "t")
            .replace('\n', "n")
            .replace('\r', "r"),
    );
    written.insert(value.to_owned());
    let mut forms: BTreeSet<Vec<u8>> = written
        .iter()
        .flat_map(|text| spelling::every(text.as_bytes()))
        .filter(|form| form.len() >= Masker::SHORTEST)
        .collect();
    let codes = codes(value.as_bytes());
    let codes = codes
        .iter()
        .flat_map(|code| spelling::every(code.as_bytes()));
    forms.extend(codes.filter(|code| code.len() >= SHORTEST_CODE));
    forms
}

/// The value as a host, in a path, in a query and, where it is one, as a whole URL.
fn in_urls(value: &str) -> BTreeSet<String> {
    let mut forms = BTreeSet::new();
    if let Ok(url) = Url::parse(&format!("https://{value}/")) {
        forms.extend(url.host_str().map(str::to_owned));
    }
    if let Ok(mut url) = Url::parse("https://host/") {
        url.set_path(value);
        forms.insert(url.path().trim_start_matches('/').to_owned());
        url.set_query(Some(value));
        forms.extend(url.query().map(str::to_owned));
    }
    if let Ok(url) = Url::parse(value) {
        forms.insert(url.as_str().trim_end_matches('/').to_owned());
    }
    forms
}

/// The value in base64, wherever in a longer text it begins, and in hexadecimal.
fn codes(value: &[u8]) -> BTreeSet<String> {
    let mut codes = BTreeSet::from([base16ct::lower::encode_string(value)]);
    for before in 0..3 {
        let mut bytes = vec![0; before];
        bytes.extend_from_slice(value);
        // Six bits a character: those that only the value decides.
        let (first, last) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
        for code in [
            BASE64_STANDARD_NO_PAD.encode(&bytes),
            BASE64_URL_SAFE_NO_PAD.encode(&bytes),
        ] {
            codes.extend(code.get(first..last).map(str::to_owned));
        }
    }
    codes
}

fn shown(text: &str, places: Vec<Range<usize>>) -> Cow<'_, str> {
    if places.is_empty() {
        return Cow::Borrowed(text);
    }
    let masked = MaskedText::hiding(text.to_owned(), places);
    Cow::Owned(masked.shown().to_owned())
}

impl fmt::Debug for Masker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Masker({} values)", self.values.values.len())
    }
}

#[cfg(test)]
mod tests;
