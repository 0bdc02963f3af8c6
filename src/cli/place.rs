//! Where a credential is: what flags and answers say instead of the credential.

use super::inputs::Outside;
use crate::manifest::{Lookup, Values};

/// Where a credential is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Env(String),
    File(String),
}

impl Place {
    /// Reads a place. What is none is never repeated: it may be the secret itself.
    pub(crate) fn new(text: &str) -> Result<Self, String> {
        let inner = text.strip_prefix("${").and_then(|it| it.strip_suffix('}'));
        let is_name = |name: &str| {
            let mut chars = name.chars();
            chars
                .next()
                .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
                && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        match inner.unwrap_or(text).split_once(':') {
            Some(("env", name)) if is_name(name) => Ok(Self::Env(name.to_owned())),
            Some(("file", path)) if !path.is_empty() && !path.contains('}') => {
                Ok(Self::File(path.to_owned()))
            }
            _ => Err("it is `env:NAME` or `file:PATH`; a secret itself never stands in a command or in a manifest".to_owned()),
        }
    }

    /// The place as a manifest refers to it.
    pub(crate) fn reference(&self) -> String {
        match self {
            Self::Env(name) => format!("${{env:{name}}}"),
            Self::File(path) => format!("${{file:{path}}}"),
        }
    }

    /// Whether something is there.
    pub(crate) fn is_filled(&self) -> bool {
        match self {
            Self::Env(name) => !matches!(Outside.env(name), Ok(Lookup::Unset)),
            Self::File(path) => matches!(Outside.file("", path), Ok(Lookup::Found(_))),
        }
    }
}
