//! The stable codes of diagnostics.

use std::fmt;

use super::Severity;

macro_rules! codes {
    ($($variant:ident = $code:literal, $severity:ident, $title:literal;)+) => {
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

            /// How bad it is, unless a run asks for strictness.
            pub fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity),+ }
            }

            /// The long form, as Markdown: why it matters, an example of wrong, an example of right.
            pub fn explanation(self) -> &'static str {
                match self {
                    $(Self::$variant => include_str!(concat!("explain/", $code, ".md"))),+
                }
            }
        }
    };
}

// In order of what a file goes through: its text, its shape, what it refers to, its values, its
// webhooks together; what nobody uses comes last. New codes are added at the end.
codes! {
    Syntax = "HW001", Error, "the file is not valid YAML";
    NotText = "HW002", Error, "the file is not UTF-8 text";
    EmptyFile = "HW003", Error, "the file is empty";
    TooLarge = "HW004", Error, "the file is nested too deeply, or its aliases grow too large";
    UnsupportedVersion = "HW005", Error, "the manifest's version is not supported";
    UnknownKey = "HW006", Error, "a key is not known";
    DuplicateKey = "HW007", Error, "a key is defined twice";
    MissingKey = "HW008", Error, "a key is missing";
    WrongType = "HW009", Error, "a value has the wrong type";
    InvalidValue = "HW010", Error, "a value is not allowed";
    UnknownEnvironment = "HW011", Error, "an environment is not defined";
    UnknownGroup = "HW012", Error, "an event group is not defined";
    UndefinedVariable = "HW013", Error, "a variable is not defined";
    InvalidInterpolation = "HW014", Error, "an interpolation is not well formed";
    UnsetEnvironmentVariable = "HW015", Error, "an environment variable is not set, or is not text";
    UnreadableFile = "HW016", Error, "a referenced file cannot be read";
    EmptyCommand = "HW017", Error, "the command of a credential names no program";
    NoEvents = "HW018", Error, "a webhook has no events";
    NotSupportedByProvider = "HW019", Error, "the provider has no such thing";
    UnknownEventType = "HW020", Warning, "an event type is not known";
    PatternMatchesNothing = "HW021", Warning, "an event pattern matches nothing";
    InvalidUrl = "HW022", Error, "a URL is not valid";
    PlainHttp = "HW023", Error, "a URL is not encrypted";
    HostNotAllowed = "HW024", Error, "events may not be sent to this host";
    SecretInUrl = "HW025", Warning, "a URL holds a secret";
    BorrowedHost = "HW026", Warning, "a URL is at a tunnel or a request bin";
    NotPublic = "HW027", Warning, "a URL is at an address that is not public";
    ProductionHost = "HW028", Warning, "a sandbox sends to a host of production";
    InvalidName = "HW029", Error, "a name is not valid";
    IgnoredName = "HW030", Error, "a declared webhook has a name that is ignored";
    NameNotOwned = "HW031", Error, "a declared webhook has a name that is not ours";
    SharedUrl = "HW032", Error, "two webhooks of one environment have one URL";
    SharedMovedFrom = "HW033", Error, "two webhooks moved from one URL";
    RemovedAndDeclared = "HW034", Error, "a webhook is declared and removed";
    LiteralSecret = "HW035", Warning, "a secret is written in the manifest";
    WebhookNowhere = "HW036", Warning, "no environment has a webhook";
    UnusedGroup = "HW037", Warning, "nobody uses an event group";
    UnusedVariable = "HW038", Warning, "nobody uses a variable";
    UnusedIgnore = "HW039", Warning, "a comment silences nothing";
    InvalidIgnore = "HW040", Warning, "a comment that should silence is not understood";
    InvalidRule = "HW041", Error, "a policy's rule does not compile";
    UnknownInRule = "HW042", Error, "a policy's rule names what is not there";
    FailedRuleTest = "HW043", Error, "a policy's test fails";
    MisplacedPolicies = "HW044", Error, "policies stand in a file without environments";
}

impl Code {
    /// The long form for a page of Markdown: what its examples show stands above them.
    pub fn documentation(self) -> String {
        self.explanation()
            .replace("```yaml wrong", "Wrong:\n\n```yaml")
            .replace("```yaml right", "Right:\n\n```yaml")
    }

    /// The code of this text, in either case.
    pub fn find(text: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|code| code.as_str().eq_ignore_ascii_case(text))
    }
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
