//! The outside, as far as a manifest may refer to it.

/// What the outside says of a value that the manifest refers to.
#[derive(Clone, PartialEq, Eq)]
pub enum Lookup {
    /// This is it.
    Found(String),
    /// There is none.
    Unset,
    /// It is not looked at: checks that need it are passed over.
    Withheld,
}

/// The outside, as far as a manifest may refer to it.
pub trait Values {
    /// The environment variable of this name.
    ///
    /// # Errors
    ///
    /// It is set, and cannot be read; why, as a fragment for a message.
    fn env(&self, name: &str) -> Result<Lookup, String>;

    /// The content of a file. A relative path is relative to the folder of the manifest `beside` it.
    ///
    /// # Errors
    ///
    /// Why it cannot be read, as a fragment for a message.
    fn file(&self, beside: &str, path: &str) -> Result<Lookup, String>;

    /// The input of a rule's test: a file in the folder of the manifest `beside` it, or below. It holds no secret, and is read
    /// where everything else is withheld; but only where the rules are to be tested.
    ///
    /// # Errors
    ///
    /// Why it cannot be read, as a fragment for a message.
    fn rule_input(&self, _beside: &str, _path: &str) -> Result<Lookup, String> {
        Ok(Lookup::Withheld)
    }
}

/// No outside at all: for who looks at a manifest alone.
#[derive(Clone, Copy, Debug)]
pub struct Offline;

impl Values for Offline {
    fn env(&self, _name: &str) -> Result<Lookup, String> {
        Ok(Lookup::Withheld)
    }

    fn file(&self, _beside: &str, _path: &str) -> Result<Lookup, String> {
        Ok(Lookup::Withheld)
    }
}
