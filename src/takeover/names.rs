//! Names of webhooks → keys, and what names of several environments have in common.

use std::collections::BTreeSet;

use super::found::Surroundings;
use crate::model::ENV_TYPE_SPELLINGS;

/// The longest key, in characters.
const LONGEST: usize = 48;

/// A name without the words that only say which environment it is in.
pub(super) fn stem(name: &str, place: &Surroundings) -> String {
    let environment = place.environment.as_str().to_lowercase();
    let says_where = |word: &str| {
        word == environment
            || ENV_TYPE_SPELLINGS
                .iter()
                .any(|(known, env_type)| *known == word && *env_type == place.env_type)
    };
    let name = name.to_lowercase();
    let words: Vec<&str> = words(&name).filter(|word| !says_where(word)).collect();
    match words.as_slice() {
        [] => name.clone(),
        words => words.join("-"),
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

/// A key that is the name itself, where it is one that people can type.
pub(super) fn is_key(name: &str) -> bool {
    let letters = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    name.chars().count() <= LONGEST
        && name.chars().all(letters)
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
}

/// A key made of a text.
pub(super) fn slug(text: &str) -> String {
    let joined = words(&text.to_lowercase()).collect::<Vec<_>>().join("-");
    let cut: String = joined.chars().take(LONGEST).collect();
    match cut.trim_end_matches('-') {
        "" => "webhook".to_owned(),
        slug => slug.to_owned(),
    }
}

/// `wanted`, or with the first number that makes it unique.
pub(super) fn unique(wanted: String, taken: &mut BTreeSet<String>, join: char) -> String {
    let mut name = wanted.clone();
    let mut number = 1;
    while !taken.insert(name.clone()) {
        number += 1;
        name = format!("{wanted}{join}{number}");
    }
    name
}

/// A name for an environment variable.
pub(super) fn variable(parts: &[&str]) -> String {
    let words: Vec<String> = parts
        .iter()
        .flat_map(|part| part.split(|c: char| !c.is_ascii_alphanumeric()))
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_uppercase)
        .collect();
    words.join("_")
}
