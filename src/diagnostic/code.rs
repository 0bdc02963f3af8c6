//! The stable codes of diagnostics.

use std::fmt;

macro_rules! codes {
    ($($variant:ident = $code:literal, $title:literal;)+) => {
        /// What kind of thing is wrong. Codes are stable: one is never given another meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $title] $variant,)+
        }

        impl Code {
            /// Every code, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The code's text, such as `HW001`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// What it is about, in a few words.
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),+ }
            }
        }
    };
}

codes! {
    Syntax = "HW001", "the file is not valid YAML";
    DuplicateKey = "HW002", "a key is defined twice";
    UnknownKey = "HW003", "a key is not known";
    WrongType = "HW004", "a value has the wrong type";
    MissingKey = "HW005", "a key is missing";
    EmptyFile = "HW006", "the file is empty";
    UnsupportedVersion = "HW007", "the manifest's version is not supported";
    TooLarge = "HW008", "the file is nested too deeply, or its aliases grow too large";
    InvalidValue = "HW009", "a value is not allowed";
    UnknownEnvironment = "HW010", "an environment is not defined";
    UnknownGroup = "HW011", "an event group is not defined";
    InvalidInterpolation = "HW012", "an interpolation is not well formed";
    UndefinedVariable = "HW013", "a variable is not defined";
    UnsetEnvironmentVariable = "HW014", "an environment variable is not set";
    UnreadableFile = "HW015", "a referenced file cannot be read";
    InvalidUrl = "HW016", "a URL is not valid";
    PlainHttp = "HW017", "a URL is not encrypted";
    HostNotAllowed = "HW018", "events may not be sent to this host";
    InvalidName = "HW019", "a name is not valid";
    SharedUrl = "HW020", "two webhooks of one environment have one URL";
    IgnoredName = "HW021", "a declared webhook has a name that is ignored";
    NameNotOwned = "HW022", "a declared webhook has a name that is not ours";
    UnknownEventType = "HW023", "an event type is not known";
    PatternMatchesNothing = "HW024", "an event pattern matches nothing";
    NotSupportedByProvider = "HW025", "the provider has no such thing";
    NoEvents = "HW026", "a webhook has no events";
    LiteralSecret = "HW027", "a secret is written in the manifest";
    RemovedAndDeclared = "HW028", "a webhook is declared and removed";
    SharedMovedFrom = "HW029", "two webhooks moved from one URL";
    SecretCommandNotRun = "HW030", "a credential cannot be had from a command";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_numbered_without_gap_or_repetition() {
        for (index, code) in Code::ALL.iter().enumerate() {
            assert_eq!(code.as_str(), format!("HW{:03}", index + 1));
        }
    }
}
