//! What one environment's manifest declares, as far as it says what of a live URL may be shown.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::{Bound, Range},
};

use super::{
    DesiredState, EndpointUrl,
    beside::is_word,
    tokens::{UrlParts, split},
};

/// What the manifest declares of one environment, as far as it says what of a live URL may be shown.
#[derive(Default)]
pub(super) struct Places {
    /// The normal forms of the URLs that are declared in clear text.
    open: BTreeSet<String>,
    /// What stands before the first sensitive part of a declared URL, behind its host.
    before: BTreeSet<String>,
    /// The sensitive URLs of the declared names.
    named: BTreeMap<String, EndpointUrl>,
}

impl Places {
    pub(super) fn of(desired: &DesiredState) -> Self {
        let mut places = Self::default();
        for webhook in desired.webhooks.values() {
            for url in std::iter::once(&webhook.url).chain(&webhook.moved_from) {
                places.add(url);
            }
            if webhook.url.text().is_sensitive() {
                let name = webhook.name.text().expose().to_owned();
                places.named.insert(name, webhook.url.clone());
            }
        }
        places
    }

    fn add(&mut self, url: &EndpointUrl) {
        let text = url.text();
        let Some(first) = text.hidden().first() else {
            self.open.insert(url.normal().to_owned());
            return;
        };
        // A host that is sensitive as such says nothing of what stands behind it.
        if first.start > UrlParts::of(text.expose().as_bytes()).host.end {
            self.before.insert(text.expose()[..first.start].to_owned());
        }
    }

    /// Whether the manifest has this very URL in clear text.
    pub(super) fn declares_openly(&self, url: &EndpointUrl) -> bool {
        self.open.contains(url.normal())
    }

    /// The sensitive URL of the declared webhook of this name.
    pub(super) fn named(&self, name: &str) -> Option<&EndpointUrl> {
        self.named.get(name)
    }

    /// What is sensitive in a live URL that begins as a sensitive one does: all behind that but words.
    pub(super) fn hidden_in(&self, url: &str) -> Vec<Range<usize>> {
        let Some(before) = self.longest_beginning(url) else {
            return Vec::new();
        };
        split(url.as_bytes(), before.len()..url.len(), b"/?&=#")
            .filter(|part| !is_word(&url[part.clone()]))
            .collect()
    }

    fn longest_beginning(&self, url: &str) -> Option<&str> {
        let mut end = url.len();
        // What sorts last among the texts that are not behind it has the most in common with it.
        while let Some(before) = self.not_behind(&url[..end]) {
            if url.starts_with(before.as_str()) {
                return Some(before);
            }
            end = common(url, before);
        }
        None
    }
}

impl Places {
    /// The last of the beginnings, as texts sort, that is not behind this text.
    fn not_behind(&self, text: &str) -> Option<&String> {
        let bounds = (Bound::Unbounded, Bound::Included(text));
        self.before.range::<str, _>(bounds).next_back()
    }
}

/// The length of what two texts begin with in common.
fn common(a: &str, b: &str) -> usize {
    let same = a.chars().zip(b.chars()).take_while(|(a, b)| a == b);
    same.map(|(c, _)| c.len_utf8()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{MaskedText, beside::tests::declared};

    #[test]
    fn urls_that_begin_as_a_sensitive_one_does_show_words_alone() {
        let mut places = Places::default();
        for text in [
            "https://h/in/<a>",
            "https://h/in/b?t=<a>",
            "https://<a>/x",
            "https://i/<a>/x",
        ] {
            places.add(&EndpointUrl::from_live(declared(text)));
        }
        for (live, shown) in [
            ("https://h/in/F0rm3r", "https://h/in/•••"),
            ("https://h/in/loan-decisions", "https://h/in/loan-decisions"),
            ("https://h/in/b?t=F0rm3r&u=F1", "https://h/in/b?t=•••&u=•••"),
            ("https://h/out/F0rm3r", "https://h/out/F0rm3r"),
            ("https://i/F0rm3r/in", "https://i/•••/in"),
            ("https://j/F0rm3r", "https://j/F0rm3r"),
        ] {
            let masked = MaskedText::hiding(live.to_owned(), places.hidden_in(live));
            assert_eq!(masked.shown(), shown, "{live}");
        }
    }
}
