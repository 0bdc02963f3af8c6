//! Sensitive URLs → what else must be masked wherever it turns up.

use url::Url;

use super::lock;
use crate::manifest::{ResolvedEnvironment, Target};

/// What is masked of an environment beside its credentials.
pub(super) fn of(environment: &ResolvedEnvironment) -> Vec<String> {
    let mut values = match &environment.target {
        Target::Url(text) if text.is_sensitive() => parts(text.expose()),
        _ => Vec::new(),
    };
    if environment.lock.is_some() {
        values.extend(lock::secrets());
    }
    values
}

/// The parts of a sensitive base URL that errors and logs speak of one by one.
fn parts(base_url: &str) -> Vec<String> {
    let Ok(url) = Url::parse(base_url) else {
        return Vec::new();
    };
    let path = url.path().trim_matches('/');
    // The version is the API's, not the user's.
    let own = path
        .strip_suffix("v1")
        .unwrap_or(path)
        .trim_end_matches('/');
    let host = url.host_str().map(str::to_owned);
    host.into_iter().chain([own.to_owned()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_base_url_are_its_host_and_its_own_path() {
        assert_eq!(
            parts("https://gate.example.com/team-7/v1/"),
            ["gate.example.com", "team-7"]
        );
        assert_eq!(
            parts("https://gate.example.com/v1/"),
            ["gate.example.com", ""]
        );
    }
}
