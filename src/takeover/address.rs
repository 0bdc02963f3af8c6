//! URLs and names as a manifest may hold them: what is secret in them stays outside.

use crate::model::{EndpointUrl, MaskedText, secrets_in_url};

/// How many secrets one URL is looked through for.
const MOST_TOKENS: usize = 8;
/// The shortest secret that is taken out by itself: a shorter one may stand elsewhere by chance.
const SHORTEST: usize = 8;

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Piece {
    /// May stand in a file.
    Text(String),
    /// Must not.
    Token(MaskedText),
    /// A text with a reference in it.
    Reference(String),
}

/// A text in pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pieces(pub(super) Vec<Piece>);

impl Pieces {
    pub(super) fn plain(text: &str) -> Self {
        Self(vec![Piece::Text(text.to_owned())])
    }

    /// A text no part of which may stand in a file.
    pub(super) fn secret(text: &str) -> Self {
        Self(vec![Piece::Token(MaskedText::sensitive(text))])
    }

    /// The text of a live webhook: a part that is known to be sensitive takes the whole with it.
    pub(super) fn of(text: &MaskedText) -> Self {
        match text.is_sensitive() {
            true => Self::secret(text.expose()),
            false => Self::plain(text.expose()),
        }
    }

    /// The secrets in it.
    pub(super) fn tokens(&self) -> impl Iterator<Item = &MaskedText> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Token(token) => Some(token),
            Piece::Text(_) | Piece::Reference(_) => None,
        })
    }

    fn masked(&self) -> MaskedText {
        let mut text = MaskedText::plain("");
        for piece in &self.0 {
            match piece {
                Piece::Text(plain) | Piece::Reference(plain) => text.push_plain(plain),
                Piece::Token(token) => text.push(token),
            }
        }
        text
    }

    /// Takes a secret out. `false` where it is not clear which part of the text it is.
    fn cut(&mut self, token: &str) -> bool {
        let text = self.masked();
        if token.len() < SHORTEST || text.expose().matches(token).count() != 1 {
            return false;
        }
        let place = self.0.iter().position(|piece| match piece {
            Piece::Text(plain) => plain.contains(token),
            Piece::Token(_) | Piece::Reference(_) => false,
        });
        let Some((index, (before, after))) = place.and_then(|index| match &self.0[index] {
            Piece::Text(plain) => Some((index, plain.split_once(token)?)),
            Piece::Token(_) | Piece::Reference(_) => None,
        }) else {
            return false;
        };
        // `$` and a reference would be an escape.
        if before.ends_with('$') {
            return false;
        }
        let pieces = [
            Piece::Text(before.to_owned()),
            Piece::Token(MaskedText::sensitive(token)),
            Piece::Text(after.to_owned()),
        ];
        let kept = pieces
            .into_iter()
            .filter(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
        self.0.splice(index..=index, kept);
        true
    }
}

/// A URL, taken apart where webhooks of several environments differ.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Address {
    /// What stands before the host.
    pub(super) scheme: String,
    /// The host with its port; empty where the URL is not taken apart.
    pub(super) host: String,
    /// What stands behind the host, or the whole.
    pub(super) rest: Pieces,
}

impl Address {
    pub(super) fn of(url: &EndpointUrl) -> Self {
        let whole = |pieces| Self {
            scheme: String::new(),
            host: String::new(),
            rest: pieces,
        };
        let Some(pieces) = without_secrets(url) else {
            return whole(Pieces::secret(url.text().expose()));
        };
        split(&pieces).unwrap_or_else(|| whole(pieces))
    }

    /// The URL in pieces.
    pub(super) fn pieces(&self) -> Pieces {
        let mut pieces = vec![Piece::Text(format!("{}{}", self.scheme, self.host))];
        pieces.extend(self.rest.0.iter().cloned());
        pieces.retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
        Pieces(pieces)
    }
}

/// A URL with its secrets taken out; `None` where it is not clear what of it is not secret.
fn without_secrets(url: &EndpointUrl) -> Option<Pieces> {
    let text = url.text().expose();
    let secrets = secrets_in_url(&MaskedText::plain(text));
    if secrets.len() > MOST_TOKENS {
        return None;
    }
    let mut pieces = Pieces::plain(text);
    for secret in secrets {
        if !pieces.cut(&text[secret.place]) {
            return None;
        }
    }
    // Something else in it is sensitive, or the same in another spelling.
    let is_all = !url.text().is_sensitive() || pieces.masked().shown() == url.text().shown();
    is_all.then_some(pieces)
}

/// Takes a URL apart whose host is written as hosts mostly are.
fn split(pieces: &Pieces) -> Option<Address> {
    let (Piece::Text(first), more) = pieces.0.split_first()? else {
        return None;
    };
    let scheme = ["https://", "http://"]
        .into_iter()
        .find(|scheme| first.starts_with(scheme))?;
    let behind = &first[scheme.len()..];
    let end = match behind.find(['/', '?', '#']) {
        Some(end) => end,
        None if more.is_empty() => behind.len(),
        None => return None,
    };
    let (host, rest) = behind.split_at(end);
    let is_host = |c: char| c.is_ascii_alphanumeric() || ".:-[]_".contains(c);
    if host.is_empty() || !host.chars().all(is_host) {
        return None;
    }
    let mut after = Vec::new();
    if !rest.is_empty() {
        after.push(Piece::Text(rest.to_owned()));
    }
    after.extend(more.iter().cloned());
    Some(Address {
        scheme: scheme.to_owned(),
        host: host.to_owned(),
        rest: Pieces(after),
    })
}

/// `text` as a manifest must write it so that nothing in it is a reference.
pub(super) fn escaped(text: &str) -> String {
    text.replace("${", "$${")
}
