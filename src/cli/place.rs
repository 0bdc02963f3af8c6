//! Where a credential is: what flags and answers say instead of the credential.

use std::collections::BTreeMap;

use super::{args::InitArgs, error::CliError, inputs::Outside};
use crate::{
    diagnostic::listed,
    manifest::{Lookup, Values},
    model::{EnvironmentName, ProviderProfile},
};

/// An environment's name, and what the manifest must say of its kind.
pub(crate) type Named = (EnvironmentName, Option<String>);

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

    pub(crate) fn is_filled(&self) -> bool {
        match self {
            Self::Env(name) => !matches!(Outside.env(name), Ok(Lookup::Unset)),
            Self::File(path) => matches!(Outside.file("", path), Ok(Lookup::Found(_))),
        }
    }
}

/// The places of credentials that flags name: of an environment, or of all.
pub(crate) struct Told(BTreeMap<(Option<EnvironmentName>, &'static str), Place>);

impl Told {
    pub(crate) fn new(
        args: &InitArgs,
        profile: &ProviderProfile,
        environments: &[Named],
    ) -> Result<Self, CliError> {
        let mut told = Self(BTreeMap::new());
        let mut take = |flag: &str, told_of: (Option<&str>, &str, &str)| {
            told.take(flag, profile, environments, told_of)
        };
        if let Some(text) = &args.client_id_from {
            take("--client-id-from", (None, "client_id", text))?;
        }
        for text in &args.access_secret_from {
            const FLAG: &str = "--access-secret-from";
            let (name, place) = match (text.split_once('='), environments) {
                (Some((name, place)), _) => (name, place),
                (None, [(only, _)]) => (only.as_str(), text.as_str()),
                (None, _) => {
                    let why = "it is `ENVIRONMENT=WHERE`, such as `sandbox=env:NAME`";
                    return Err(CliError::usage(format!("`{FLAG}`: {why}")));
                }
            };
            take(FLAG, (Some(name), "access_secret", place))?;
        }
        for text in &args.credential_from {
            const FLAG: &str = "--credential-from";
            let Some((what, place)) = text.split_once('=') else {
                let key = profile.secret().key;
                return Err(CliError::usage(format!(
                    "`{FLAG}`: it is `KEY=WHERE` or `ENVIRONMENT.KEY=WHERE`, such as `{key}=env:NAME`"
                )));
            };
            let (name, key) = match what.rsplit_once('.') {
                Some((name, key)) => (Some(name), key),
                None => (None, what),
            };
            take(FLAG, (name, key, place))?;
        }
        Ok(told)
    }

    /// Takes a place. What stands before `=` is never repeated: it may be a part of a secret.
    fn take(
        &mut self,
        flag: &str,
        profile: &ProviderProfile,
        environments: &[Named],
        (name, key, place): (Option<&str>, &str, &str),
    ) -> Result<(), CliError> {
        let fault = |fault: String| CliError::usage(format!("`{flag}`: {fault}"));
        let Some(fact) = profile.credentials.iter().find(|fact| fact.key == key) else {
            let keys = listed(profile.credentials.iter().map(|fact| fact.key), "and");
            return Err(fault(format!(
                "{} has no such credential: it has {keys}",
                profile.title
            )));
        };
        let names = || environments.iter().map(|(name, _)| name.as_str());
        if name.is_some_and(|name| names().all(|known| known != name)) {
            let known = listed(names(), "and");
            return Err(fault(format!("it names no environment: there are {known}")));
        }
        let whose = (name.map(EnvironmentName::new), fact.key);
        match self.0.insert(whose, Place::new(place).map_err(fault)?) {
            None => Ok(()),
            Some(_) => Err(fault(match name {
                Some(name) => format!("`{name}` is there twice"),
                None => format!("`{key}` is there twice"),
            })),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Where a credential of an environment is.
    pub(crate) fn of(&self, name: &EnvironmentName, key: &'static str) -> Option<&Place> {
        let own = self.0.get(&(Some(name.clone()), key));
        own.or_else(|| self.0.get(&(None, key)))
    }
}
