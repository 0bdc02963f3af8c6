//! How values of flags are read.

use std::time::Duration;

use crate::{
    diagnostic::listed,
    forge::Forge,
    model::{ENV_TYPE_SPELLINGS, EnvType, PROFILES, Provider, ProviderProfile},
};

/// The value of a variable that stands for a flag.
pub(super) fn switch(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "" | "0" | "false" | "no" | "off" => Ok(false),
        _ => Err("it is `true` or `false`".to_owned()),
    }
}

/// A length of time.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    text.parse::<jiff::SignedDuration>()
        .ok()
        .and_then(|duration| Duration::try_from(duration).ok())
        .ok_or_else(|| "write a duration such as `30s`, `50ms` or `1m 30s`".to_owned())
}

/// A length of time that is not none.
pub(super) fn period(text: &str) -> Result<Duration, String> {
    let period = duration(text)?;
    if period.is_zero() {
        return Err("it must be longer than no time".to_owned());
    }
    Ok(period)
}

/// A provider by its name.
pub(crate) fn provider(text: &str) -> Result<Provider, String> {
    ProviderProfile::by_id(text)
        .map(|profile| profile.provider)
        .ok_or_else(|| {
            format!(
                "it is {}",
                listed(PROFILES.iter().map(|profile| profile.id), "or")
            )
        })
}

/// A provider's environment, in either provider's spelling.
pub(super) fn env_type(text: &str) -> Result<EnvType, String> {
    let known = ENV_TYPE_SPELLINGS.iter().find(|(known, _)| *known == text);
    known
        .map(|(_, env_type)| *env_type)
        .ok_or_else(|| "it is `sandbox`, `dev` or `prod`".to_owned())
}

/// A forge by its name.
pub(super) fn forge(text: &str) -> Result<Forge, String> {
    match text {
        "github" => Ok(Forge::GitHub),
        "gitlab" => Ok(Forge::GitLab),
        _ => Err("it is `github` or `gitlab`".to_owned()),
    }
}
