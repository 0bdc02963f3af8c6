//! How values of flags are read.

use std::{path::PathBuf, time::Duration};

use jiff::{SignedDuration, SpanRelativeTo};

use crate::{
    diagnostic::listed,
    forge::Forge,
    model::{ENV_TYPE_SPELLINGS, EnvType, ProviderProfile},
};

/// The value of a variable that stands for a flag.
pub(super) fn switch(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "" | "0" | "false" | "no" | "off" => Ok(false),
        _ => Err("it is `true` or `false`".to_owned()),
    }
}

/// The longest length of time that a flag takes: longer ones are slips, and no clock counts that far.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 3660);

/// A SHA-256 digest in hex.
pub(super) fn digest(text: &str) -> Result<String, String> {
    let text = text
        .strip_prefix("sha256:")
        .unwrap_or(text)
        .to_ascii_lowercase();
    if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(text)
    } else {
        Err("a digest is 64 hex digits, as `audit` prints it".to_owned())
    }
}

/// A length of time.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    bounded(
        text.parse(),
        "write a duration such as `30s`, `50ms` or `1m 30s`",
    )
}

/// How long something is valid, in which days may be told: one of 24 hours each.
pub(super) fn lifetime(text: &str) -> Result<Duration, String> {
    let span: Result<jiff::Span, _> = text.parse();
    let length = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()));
    let length = bounded(length, "write a length such as `24h` or `7d`")?;
    if length < Duration::from_secs(1) {
        return Err("it would be over before anybody could use it: write at least `1s`".to_owned());
    }
    Ok(length)
}

fn bounded(read: Result<SignedDuration, jiff::Error>, advice: &str) -> Result<Duration, String> {
    let length = read.map_err(|_| advice.to_owned())?;
    if length > LONGEST {
        return Err("it is longer than 10 years".to_owned());
    }
    Duration::try_from(length).map_err(|_| "it must not be negative".to_owned())
}

/// A length of time that is not none.
pub(super) fn period(text: &str) -> Result<Duration, String> {
    let period = duration(text)?;
    if period.is_zero() {
        return Err("it must be longer than no time".to_owned());
    }
    Ok(period)
}

/// The file that a plan is saved to.
pub(super) fn saving(text: &str) -> Result<PathBuf, String> {
    if text == "-" {
        let why = "a plan is saved to a file, as `apply` reads it again: `--format json` prints one; \
                   write `./-` for a file of that name";
        return Err(why.to_owned());
    }
    Ok(PathBuf::from(text))
}

/// A provider by its name.
pub(crate) fn provider(text: &str) -> Result<&'static ProviderProfile, String> {
    ProviderProfile::by_id(text).ok_or_else(|| {
        let ids = ProviderProfile::all().map(|profile| profile.id);
        format!("it is {}", listed(ids, "or"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_neither_negative_nor_beyond_all_clocks() {
        for text in ["0s", "50ms", "1m 30s", "87600h"] {
            assert!(duration(text).is_ok(), "{text}");
        }
        for (text, why) in [
            ("-1s", "it must not be negative"),
            ("87841h", "it is longer than 10 years"),
            ("2000000000000h", "it is longer than 10 years"),
            ("soon", "write a duration such as `30s`, `50ms` or `1m 30s`"),
        ] {
            assert_eq!(duration(text), Err(why.to_owned()), "{text}");
        }
        for text in ["1s", "24h", "7d", "1d 12h"] {
            assert!(lifetime(text).is_ok(), "{text}");
        }
        for text in ["0s", "0d", "999ms", "-1h", "4000d", "1 month", ""] {
            assert!(lifetime(text).is_err(), "{text}");
        }
    }
}
