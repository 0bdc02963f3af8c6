//! Where the key of a webhook goes that is shown once.

use std::fmt;

use super::MaskedText;

/// Where the key goes that signs a webhook's deliveries, once its creation shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSink {
    /// A program gets it on its standard input: the program and its arguments. No shell is involved.
    Command(Vec<String>),
    /// A file that only its owner may read.
    File {
        /// The manifest that names it: a relative path is relative to its folder.
        beside: String,
        /// The path.
        path: MaskedText,
    },
}

impl fmt::Display for SecretSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command(argv) => {
                let program = argv.first().map_or("", String::as_str);
                write!(f, "the program `{program}`")
            }
            Self::File { beside: _, path } => write!(f, "the file `{path}`"),
        }
    }
}
