//! Which requests a fault befalls: a small language for command lines and tests.

use std::{fmt, str::FromStr, time::Duration};

use http::{HeaderValue, Method};

use super::fault::Fault;
use crate::model::Pattern;

const DEFAULT_THROTTLE_SECONDS: u64 = 1;
const DEFAULT_PAUSE_MILLIS: u64 = 100;

/// A fault, and the requests it befalls: `METHOD[ PATH]:WHICH=FAULT`.
///
/// - `METHOD` is `get`, `post`, `patch`, `delete` or `*`.
/// - `PATH` is a glob over the path without its query; absent, any path.
/// - `WHICH` counts the requests that match, from 1: `2`, `1..3` (both included), `4..` or `*`.
/// - `FAULT` is one of [`FaultRule::FAULTS`].
///
/// Each rule counts for itself. Of several rules that befall one request, the first wins.
///
/// ```
/// use hookwright::simulator::FaultRule;
///
/// let rule: FaultRule = "post:2=reset-after".parse()?;
/// assert_eq!(rule.to_string(), "post:2=reset-after");
/// assert!("get /v1/webhooks/*:1..3=503:1".parse::<FaultRule>().is_ok());
/// # Ok::<(), hookwright::simulator::InvalidFaultRule>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct FaultRule {
    /// The method it is limited to.
    pub method: Option<Method>,
    /// The paths it is limited to.
    pub path: Option<Pattern>,
    /// Which of the matching requests it befalls.
    pub which: Occurrences,
    /// What befalls them.
    pub fault: Fault,
    text: String,
}

/// Which of a row of requests are meant, counted from 1, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrences {
    /// The first one.
    pub first: u64,
    /// The last one; `None` where there is none.
    pub last: Option<u64>,
}

/// A text that is no rule for a fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFaultRule {
    /// It lacks `:` or `=`.
    #[error("`{0}` is not of the form METHOD[ PATH]:WHICH=FAULT, such as `post:2=reset-after`")]
    Form(String),
    /// The method is none that the API has.
    #[error("`{0}` is not one of get, post, patch, delete and *")]
    Method(String),
    /// The count is unreadable.
    #[error("`{0}` is not a count such as 2, 1..3, 4.. or *; counting starts at 1")]
    Which(String),
    /// There is no such fault.
    #[error("there is no fault `{found}`; there are {}", FaultRule::fault_list())]
    Fault {
        /// What was given.
        found: String,
    },
    /// What follows the fault's `:` is wrong, or should not be there.
    #[error("fault `{fault}` does not take `{argument}`; it is written {usage}")]
    Argument {
        /// The fault.
        fault: String,
        /// What was given.
        argument: String,
        /// How the fault is written.
        usage: &'static str,
    },
}

impl FaultRule {
    /// Every fault, as it is written and what it does.
    pub const FAULTS: &'static [(&'static str, &'static str)] = &[
        ("reset", "the connection is reset, not processed"),
        ("reset-after", "the connection is reset, processed"),
        ("timeout", "never answered, not processed"),
        ("timeout-after", "never answered, processed"),
        ("429[:SECONDS]", "429 with Retry-After, not processed"),
        (
            "429-words[:SECONDS]",
            "429 that says so in words, not processed",
        ),
        ("500", "500, not processed"),
        ("500-after", "500, processed"),
        ("502", "502 with an HTML page, not processed"),
        (
            "503[:SECONDS]",
            "503, with Retry-After if given, not processed",
        ),
        ("truncated", "the body is cut off, processed"),
        ("bad-json", "the body is half of the JSON, processed"),
        ("login-page", "200 with an HTML page, not processed"),
        ("redirect:URL", "302 to that URL, not processed"),
        (
            "slow[:MILLISECONDS]",
            "a pause before each 64 bytes, processed",
        ),
        ("empty", "no body, processed"),
    ];

    fn fault_list() -> String {
        let names: Vec<&str> = Self::FAULTS.iter().map(|(usage, _)| *usage).collect();
        names.join(", ")
    }

    fn matches(&self, method: &Method, path: &str) -> bool {
        self.method.as_ref().is_none_or(|own| own == method)
            && self.path.as_ref().is_none_or(|own| own.matches(path))
    }
}

impl fmt::Display for FaultRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl FromStr for FaultRule {
    type Err = InvalidFaultRule;

    fn from_str(text: &str) -> Result<Self, InvalidFaultRule> {
        let form = || InvalidFaultRule::Form(text.to_owned());
        let (target, fault) = text.split_once('=').ok_or_else(form)?;
        let (target, which) = target.rsplit_once(':').ok_or_else(form)?;
        let (method, path) = match target.split_once(' ') {
            Some((method, path)) => (method, Some(path.trim())),
            None => (target, None),
        };
        Ok(Self {
            method: parse_method(method)?,
            path: path.filter(|path| !path.is_empty()).map(Pattern::new),
            which: which.parse()?,
            fault: parse_fault(fault)?,
            text: text.to_owned(),
        })
    }
}

impl FromStr for Occurrences {
    type Err = InvalidFaultRule;

    fn from_str(text: &str) -> Result<Self, InvalidFaultRule> {
        let wrong = || InvalidFaultRule::Which(text.to_owned());
        let number = |text: &str| text.parse::<u64>().map_err(|_| wrong());
        let (first, last) = match text.split_once("..") {
            None if text == "*" => (1, None),
            None => (number(text)?, Some(number(text)?)),
            Some((first, "")) => (number(first)?, None),
            Some((first, last)) => (number(first)?, Some(number(last)?)),
        };
        if first == 0 || last.is_some_and(|last| last < first) {
            return Err(wrong());
        }
        Ok(Self { first, last })
    }
}

impl Occurrences {
    /// Whether the request of this number is meant.
    pub fn contains(self, number: u64) -> bool {
        number >= self.first && self.last.is_none_or(|last| number <= last)
    }
}

fn parse_method(text: &str) -> Result<Option<Method>, InvalidFaultRule> {
    match text.to_ascii_lowercase().as_str() {
        "*" => Ok(None),
        "get" => Ok(Some(Method::GET)),
        "post" => Ok(Some(Method::POST)),
        "patch" => Ok(Some(Method::PATCH)),
        "delete" => Ok(Some(Method::DELETE)),
        _ => Err(InvalidFaultRule::Method(text.to_owned())),
    }
}

fn parse_fault(text: &str) -> Result<Fault, InvalidFaultRule> {
    let (name, argument) = match text.split_once(':') {
        Some((name, argument)) => (name, Some(argument)),
        None => (text, None),
    };
    let usage = FaultRule::FAULTS
        .iter()
        .map(|(usage, _)| *usage)
        .find(|usage| usage.split(['[', ':']).next() == Some(name))
        .ok_or_else(|| InvalidFaultRule::Fault {
            found: text.to_owned(),
        })?;
    let wrong = || InvalidFaultRule::Argument {
        fault: name.to_owned(),
        argument: argument.unwrap_or_default().to_owned(),
        usage,
    };
    if argument.is_some() && !usage.contains(':') {
        return Err(wrong());
    }
    let number = || argument.map(|text| text.parse::<u64>().map_err(|_| wrong()));
    let seconds = || Ok(number().transpose()?.unwrap_or(DEFAULT_THROTTLE_SECONDS));
    Ok(match name {
        "reset" => Fault::Reset { processed: false },
        "reset-after" => Fault::Reset { processed: true },
        "timeout" => Fault::Timeout { processed: false },
        "timeout-after" => Fault::Timeout { processed: true },
        "429" | "429-words" => Fault::Throttled {
            seconds: seconds()?,
            words: name == "429-words",
        },
        "500" => Fault::ServerError { processed: false },
        "500-after" => Fault::ServerError { processed: true },
        "502" => Fault::BadGateway,
        "503" => Fault::Unavailable {
            retry_after: number().transpose()?,
        },
        "truncated" => Fault::Truncated,
        "bad-json" => Fault::BadJson,
        "login-page" => Fault::LoginPage,
        "redirect" => Fault::Redirect {
            location: argument
                .filter(|url| !url.is_empty() && HeaderValue::from_str(url).is_ok())
                .ok_or_else(wrong)?
                .to_owned(),
        },
        "slow" => Fault::Slow {
            pause: Duration::from_millis(number().transpose()?.unwrap_or(DEFAULT_PAUSE_MILLIS)),
        },
        "empty" => Fault::Empty,
        _ => return Err(wrong()),
    })
}

/// The rules in force, and how many requests each of them has seen.
#[derive(Debug, Default)]
pub(super) struct FaultScript {
    rules: Vec<(FaultRule, u64)>,
}

impl FaultScript {
    pub(super) fn add(&mut self, rule: FaultRule) {
        self.rules.push((rule, 0));
    }

    pub(super) fn clear(&mut self) {
        self.rules.clear();
    }

    /// Counts a request and says what befalls it.
    pub(super) fn next(&mut self, method: &Method, path: &str) -> Option<Fault> {
        let mut fault = None;
        for (rule, seen) in &mut self.rules {
            if rule.matches(method, path) {
                *seen += 1;
                if fault.is_none() && rule.which.contains(*seen) {
                    fault = Some(rule.fault.clone());
                }
            }
        }
        fault
    }
}
