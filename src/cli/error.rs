//! Errors that end a command, and the exit codes they mean.

use std::{io, net::SocketAddr};

use super::exit;
use crate::{provider::ProviderError, run::Outcome};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorKind {
    /// It failed, and nothing was changed.
    Failed,
    /// A guard refuses.
    Refused,
    /// The command line is wrong.
    Usage,
    /// The manifest is not valid.
    Invalid,
}

impl ErrorKind {
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Self::Failed => exit::FAILED,
            Self::Refused => exit::REFUSED,
            Self::Usage => exit::USAGE,
            Self::Invalid => exit::INVALID,
        }
    }

    pub(crate) fn outcome(self) -> Outcome {
        match self {
            Self::Failed => Outcome::Failed,
            Self::Refused => Outcome::Refused,
            Self::Usage | Self::Invalid => Outcome::Invalid,
        }
    }
}

/// An error that ends a command, with what to do next.
#[derive(Debug)]
pub(crate) struct CliError {
    pub(crate) kind: ErrorKind,
    pub(crate) source: anyhow::Error,
    pub(crate) hints: Vec<String>,
    /// What is wrong besides: the first error says what kind of end it is.
    pub(crate) others: Vec<Self>,
}

impl CliError {
    pub(crate) fn new(kind: ErrorKind, source: impl Into<anyhow::Error>) -> Self {
        Self {
            kind,
            source: source.into(),
            hints: Vec::new(),
            others: Vec::new(),
        }
    }

    /// All errors that were found as one, so that each is said.
    ///
    /// # Errors
    ///
    /// Where there is one.
    pub(crate) fn all(errors: impl IntoIterator<Item = Self>) -> Result<(), Self> {
        let mut errors = errors.into_iter();
        let Some(mut first) = errors.next() else {
            return Ok(());
        };
        first.others.extend(errors);
        Err(first)
    }

    /// What failed, each with its causes, as one text.
    pub(crate) fn texts(&self) -> String {
        let texts: Vec<String> = self.each().map(Self::text).collect();
        texts.join("; ")
    }

    /// What failed, with its causes.
    pub(crate) fn text(&self) -> String {
        format!("{:#}", self.source)
    }

    /// This error, and the others.
    pub(crate) fn each(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(self.others.iter().flat_map(|other| {
            let each: Box<dyn Iterator<Item = &Self>> = Box::new(other.each());
            each
        }))
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, anyhow::Error::msg(message.into()))
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, anyhow::Error::msg(message.into()))
    }

    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Refused, anyhow::Error::msg(message.into()))
    }

    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Failed, anyhow::Error::msg(message.into()))
    }

    /// What was asked of a provider, and what came back.
    pub(crate) fn of_provider(error: ProviderError, asked: String) -> Self {
        let way_out = error.way_out();
        Self::from(anyhow::Error::new(error).context(asked)).maybe_hint(way_out)
    }

    pub(crate) fn not_listening(error: io::Error, address: SocketAddr) -> Self {
        let error = anyhow::Error::new(error).context(format!("failed to listen on {address}"));
        Self::from(error).hint("name another address with `--listen`; port 0 takes a free one")
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    pub(crate) fn maybe_hint(mut self, hint: Option<impl Into<String>>) -> Self {
        self.hints.extend(hint.map(Into::into));
        self
    }
}

/// Whatever was not given another kind failed.
impl From<anyhow::Error> for CliError {
    fn from(source: anyhow::Error) -> Self {
        Self::new(ErrorKind::Failed, source)
    }
}

/// Above all a result that could not be written.
impl From<io::Error> for CliError {
    fn from(source: io::Error) -> Self {
        Self::new(ErrorKind::Failed, source)
    }
}
