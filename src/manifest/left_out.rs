//! What was left out of a document because it is at fault.
//!
//! A fault silences what depends on it, and nothing else: a webhook whose `events` have the wrong type
//! still has its URL checked, and is not said to have no events.

use std::collections::BTreeSet;

/// How many places are remembered. Beyond that, anything may have been left out.
const MOST: usize = 100_000;

/// The places that were left out.
#[derive(Debug, Default)]
pub(super) struct LeftOut {
    /// More than can be told: nothing may be called undefined or missing.
    anything: bool,
    /// Keys from the top of a manifest down. What an empty key stands for is an item of a list.
    places: BTreeSet<Vec<String>>,
}

impl LeftOut {
    /// Anything may have been left out.
    pub(super) fn add_anything(&mut self) {
        self.anything = true;
    }

    /// Whether anything may have been left out.
    pub(super) fn is_anything(&self) -> bool {
        self.anything
    }

    pub(super) fn add(&mut self, place: Vec<String>) {
        if self.places.len() >= MOST {
            self.anything = true;
        } else {
            self.places.insert(place);
        }
    }

    /// Whether a place, something in it, or what it stands in was left out.
    pub(super) fn touches(&self, place: &[&str]) -> bool {
        if self.anything || self.places.is_empty() {
            return self.anything;
        }
        let place: Vec<String> = place.iter().map(|key| (*key).to_owned()).collect();
        let outer = (1..place.len()).any(|depth| self.places.contains(&place[..depth]));
        let inner = self.places.range(place.clone()..).next();
        outer || inner.is_some_and(|next| next.starts_with(&place))
    }

    /// The keys of entries of a section of which something was left out.
    pub(super) fn entries_of(&self, section: &str) -> impl Iterator<Item = &str> {
        let of_section = self
            .places
            .iter()
            .filter(move |place| place.first().is_some_and(|first| first == section));
        of_section
            .filter_map(|place| place.get(1))
            .map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_touched_by_what_is_in_it_and_around_it() {
        let mut left_out = LeftOut::default();
        assert!(!left_out.touches(&["webhooks", "a"]));
        left_out.add(["webhooks", "a", "events", ""].map(str::to_owned).to_vec());
        for (place, touched) in [
            (&["webhooks", "a", "events"][..], true),
            (&["webhooks", "a"], true),
            (&["webhooks", "a", "events", "", "x"], true),
            (&["webhooks", "a", "event"], false),
            (&["webhooks", "a", "url"], false),
            (&["webhooks", "b"], false),
        ] {
            assert_eq!(left_out.touches(place), touched, "{place:?}");
        }
        left_out.add_anything();
        assert!(left_out.touches(&["environments", "b"]));
    }
}
