//! Where what nobody else may know comes from.

use super::MaskedText;

/// Where a credential comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialSource {
    /// It is known.
    Value(MaskedText),
    /// A program prints it: the program and its arguments. Running it is for the caller to decide.
    Command(Vec<String>),
    /// It was withheld.
    Withheld,
}
