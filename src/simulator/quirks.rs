//! Switches for what no public source states: each reading of a provider's documentation that a
//! client must survive can be turned on.
//!
//! Without a switch, because they are not behaviour of the HTTP API: mTLS hosts and client certificates,
//! and which of two live keys signs deliveries.

use std::{fmt, num::NonZeroU32, str::FromStr};

/// One switch, described for help texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuirkKey {
    /// Its name, as in `KEY=VALUE`.
    pub key: &'static str,
    /// What it decides.
    pub doc: &'static str,
    /// The values it takes.
    pub allowed: &'static [&'static str],
}

/// A text that sets no quirk.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidQuirk {
    /// There is no `=`.
    #[error("`{0}` is not of the form KEY=VALUE")]
    NoValue(String),
    /// There is no such switch.
    #[error("there is no quirk `{key}`; there are {}", Quirks::key_list())]
    UnknownKey {
        /// The key that was given.
        key: String,
    },
    /// The switch does not take this value.
    #[error("quirk `{key}` does not take `{value}`; it takes {}", allowed.join(", "))]
    UnknownValue {
        /// The switch.
        key: &'static str,
        /// The value that was given.
        value: String,
        /// What it takes.
        allowed: &'static [&'static str],
    },
}

/// A type of values that a switch takes.
trait QuirkValue: Sized {
    const ALLOWED: &'static [&'static str];
    fn parse(text: &str) -> Option<Self>;
}

impl QuirkValue for u32 {
    const ALLOWED: &'static [&'static str] = &["a number"];
    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl QuirkValue for NonZeroU32 {
    const ALLOWED: &'static [&'static str] = &["a number from 1"];
    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

macro_rules! choices {
    ($($(#[doc = $doc:literal])+ $name:ident {
        $($(#[$attribute:meta])+ $variant:ident = $text:literal,)+
    })+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum $name {
            $($(#[$attribute])+ $variant,)+
        }

        impl $name {
            /// The value's text in `KEY=VALUE`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl QuirkValue for $name {
            const ALLOWED: &'static [&'static str] = &[$($text),+];
            fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }
    )+};
}

macro_rules! quirks {
    ($($(#[doc = $doc:literal])+ $field:ident: $type:ty = $key:literal, $default:expr;)+) => {
        /// How this provider behaves where its documentation is silent or contradicts itself.
        ///
        /// ```
        /// use hookwright::simulator::{IdShape, Quirks};
        ///
        /// let quirks: Quirks = "id-shape=hex,page-size=2".parse()?;
        /// assert_eq!(quirks.id_shape, IdShape::Hex);
        /// # Ok::<(), hookwright::simulator::InvalidQuirk>(())
        /// ```
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Quirks {
            $($(#[doc = $doc])+ pub $field: $type,)+
        }

        impl Default for Quirks {
            fn default() -> Self {
                Self { $($field: $default,)+ }
            }
        }

        impl Quirks {
            /// Every switch, in the order of a help text.
            pub const KEYS: &'static [QuirkKey] = &[$(QuirkKey {
                key: $key,
                doc: concat!($($doc),+).trim_ascii_start(),
                allowed: <$type as QuirkValue>::ALLOWED,
            },)+];

            /// Sets one switch by its texts.
            ///
            /// # Errors
            ///
            /// No such switch, or a value that it does not take.
            pub fn set(&mut self, key: &str, value: &str) -> Result<(), InvalidQuirk> {
                match key {
                    $($key => {
                        self.$field = QuirkValue::parse(value).ok_or(InvalidQuirk::UnknownValue {
                            key: $key,
                            value: value.to_owned(),
                            allowed: <$type as QuirkValue>::ALLOWED,
                        })?;
                    })+
                    _ => return Err(InvalidQuirk::UnknownKey { key: key.to_owned() }),
                }
                Ok(())
            }

            /// The present value of one switch, as a text; `None` where there is no such switch.
            pub fn get(&self, key: &str) -> Option<String> {
                match key {
                    $($key => Some(self.$field.to_string()),)+
                    _ => None,
                }
            }
        }
    };
}

choices! {
    /// Which of an account's records a list holds.
    ListScope {
        /// Those of the secret's environment.
        #[default] Environment = "environment",
        /// Those of all environments.
        Account = "account",
    }
    /// The shape of the list of webhooks.
    ListShape {
        /// `next`, `previous` and `results`.
        #[default] Page = "page",
        /// The same, with `count`.
        PageWithCount = "page-with-count",
        /// All of them in a bare array.
        Array = "array",
    }
    /// The order of a list.
    ListOrder {
        /// The oldest first.
        #[default] Oldest = "oldest",
        /// The newest first.
        Newest = "newest",
        /// No recognisable order, though the same one each time.
        Shuffled = "shuffled",
    }
    /// What becomes of query parameters on the list of webhooks, where none are documented.
    ListParameters {
        /// `page_size` is obeyed, others are ignored.
        #[default] Accepted = "accepted",
        /// All but the cursor are ignored.
        Ignored = "ignored",
        /// All but the cursor are refused.
        Refused = "refused",
    }
    /// Whether something is taken.
    Verdict {
        /// It is taken.
        #[default] Accepted = "accepted",
        /// It is answered with 400.
        Refused = "refused",
    }
    /// What becomes of something the provider does not know.
    Unknown {
        /// It is answered with 400.
        #[default] Refused = "refused",
        /// It is passed over.
        Ignored = "ignored",
    }
    /// How URLs are compared.
    UrlComparison {
        /// By their text.
        #[default] Exact = "exact",
        /// In their WHATWG normal form.
        Normal = "normal",
    }
    /// What becomes of `env_type` in a PATCH.
    EnvTypePatch {
        /// It is answered with 400.
        #[default] Refused = "refused",
        /// It is passed over.
        Ignored = "ignored",
        /// The webhook moves to that environment.
        Accepted = "accepted",
    }
    /// What a webhook created without `events` receives.
    AbsentEvents {
        /// No events.
        #[default] None = "none",
        /// All event types the provider knows.
        All = "all",
        /// It is not created.
        Refused = "refused",
    }
    /// The shape of `events` in answers.
    EventsShape {
        /// An array.
        #[default] List = "list",
        /// One string, with commas between the event types.
        Comma = "comma",
    }
    /// The shape of new ids.
    IdShape {
        /// A UUID with dashes.
        #[default] Dashed = "dashed",
        /// 32 hex digits.
        Hex = "hex",
    }
    /// Whether answers have `enabled`.
    Enabled {
        /// They have, where the provider has it at all.
        #[default] Reported = "reported",
        /// They have not, though requests may set it.
        Absent = "absent",
    }
    /// The shape of `env_type` in answers.
    EnvTypeShape {
        /// The provider's own spelling.
        #[default] Spelling = "spelling",
        /// `sandbox`, `dev` or `prod`.
        Short = "short",
        /// `sandbox`, `development` or `production`.
        Long = "long",
        /// `true` for production.
        Boolean = "boolean",
    }
    /// The shape of moments in answers.
    Timestamps {
        /// `2024-07-11T21:43:08.073930Z`.
        #[default] Fraction = "fraction",
        /// `2024-07-11T21:43:08Z`.
        Whole = "whole",
        /// `2024-07-11T21:43:08.073930+00:00`.
        Offset = "offset",
    }
    /// How a throttled request is answered.
    ThrottleStyle {
        /// 429 with `Retry-After` in seconds.
        #[default] RetryAfterSeconds = "retry-after-seconds",
        /// 429 with `Retry-After` as a date.
        RetryAfterDate = "retry-after-date",
        /// 429 with the seconds in `detail` only.
        Words = "words",
        /// 429 with the seconds in `error.message` only.
        ErrorWords = "error-words",
        /// 400 with the seconds in `detail` only.
        WordsUnder400 = "words-under-400",
        /// 503 with the seconds in `detail` only.
        WordsUnder503 = "words-under-503",
    }
    /// How a path without its final slash is answered.
    MissingSlash {
        /// 301 to the path with it, whatever the method.
        #[default] Redirect = "redirect",
        /// 404.
        NotFound = "not-found",
    }
    /// The code of a 400 that has `invalid-params`.
    RefusalCode {
        /// `validation_error`.
        #[default] ValidationError = "validation_error",
        /// `incorrect_parameters`.
        IncorrectParameters = "incorrect_parameters",
    }
    /// Whether answers say when they were made.
    Dates {
        /// They have a `Date`.
        #[default] Sent = "sent",
        /// They have none.
        Absent = "absent",
    }
    /// Whether URLs of the loopback interface are taken.
    Loopback {
        /// As the provider does.
        #[default] Usual = "usual",
        /// They are taken.
        Accepted = "accepted",
        /// They are answered with 400.
        Refused = "refused",
    }
    /// How a name that is not there is answered, where there need not be one.
    EmptyName {
        /// As null.
        #[default] Null = "null",
        /// As an empty text.
        Empty = "empty",
    }
    /// What an answer says of sending the same request again.
    RetryAdvice {
        /// Nothing.
        #[default]
        Absent = "absent",
        /// That it may be sent again.
        Again = "again",
        /// That it must not be.
        NotAgain = "not-again",
    }
    /// Whether the answer to a repeated create shows the key again, where the first answer is given again.
    ReplayedSecret {
        /// It is the first answer, with the key.
        #[default] Shown = "shown",
        /// The key is left out.
        Absent = "absent",
    }
    /// Under which names answers have what was renamed once.
    OldNames {
        /// Under the old and the new one.
        #[default] Beside = "beside",
        /// Under the new one only.
        Absent = "absent",
        /// Under the old one only.
        Alone = "alone",
    }
    /// How the rotation of a signing secret is answered, where there is one.
    RotateAnswer {
        /// 200 with the new secret.
        #[default] Secret = "secret",
        /// 204.
        Empty = "empty",
    }
    /// In which form URLs are answered, where the provider does not keep them as they came.
    UrlForm {
        /// In their normal form.
        #[default] Normal = "normal",
        /// As they were sent.
        AsSent = "as-sent",
    }
    /// Whether answers have fields that are documented nowhere.
    ExtraFields {
        /// They have none.
        #[default] None = "none",
        /// Each object has some.
        Some = "some",
    }
}

quirks! {
    /// Which environments a list shows: the secret's, or all of the account.
    list_scope: ListScope = "list-scope", ListScope::Environment;
    /// The shape of the list of webhooks.
    list_shape: ListShape = "list-shape", ListShape::Page;
    /// The order of the list of webhooks.
    list_order: ListOrder = "list-order", ListOrder::Oldest;
    /// The order of the request history.
    history_order: ListOrder = "history-order", ListOrder::Newest;
    /// How many records a page has when the request does not say.
    page_size: NonZeroU32 = "page-size", NonZeroU32::new(20).unwrap_or(NonZeroU32::MIN);
    /// The largest page; a larger `page_size` means this one.
    max_page_size: NonZeroU32 = "max-page-size", NonZeroU32::new(100).unwrap_or(NonZeroU32::MIN);
    /// What becomes of query parameters on the list of webhooks.
    list_parameters: ListParameters = "list-parameters", ListParameters::Accepted;
    /// How many webhooks an account may have; 0 means any number.
    max_webhooks: u32 = "max-webhooks", 0;
    /// Whether `http:` URLs are taken.
    plain_http: Verdict = "plain-http", Verdict::Accepted;
    /// Whether URLs of the loopback interface are taken.
    loopback_urls: Loopback = "loopback-urls", Loopback::Usual;
    /// Whether one environment may have a URL twice.
    duplicate_urls: Verdict = "duplicate-urls", Verdict::Refused;
    /// How URLs are compared when one must be registered only once.
    url_comparison: UrlComparison = "url-comparison", UrlComparison::Exact;
    /// What becomes of `env_type` in a PATCH.
    env_type_patch: EnvTypePatch = "env-type-patch", EnvTypePatch::Refused;
    /// What a webhook that is created without `events` receives.
    absent_events: AbsentEvents = "absent-events", AbsentEvents::None;
    /// Whether event types that the provider does not document are taken.
    unknown_events: Verdict = "unknown-events", Verdict::Refused;
    /// What becomes of unknown and read-only fields, and of unknown history filters.
    unknown_fields: Unknown = "unknown-fields", Unknown::Refused;
    /// The shape of `events` in answers.
    events_shape: EventsShape = "events-shape", EventsShape::List;
    /// The shape of new ids.
    id_shape: IdShape = "id-shape", IdShape::Dashed;
    /// Whether answers have `enabled`; never where the provider does not have it.
    enabled: Enabled = "enabled", Enabled::Reported;
    /// The shape of `env_type` in answers.
    env_type_shape: EnvTypeShape = "env-type-shape", EnvTypeShape::Spelling;
    /// The shape of moments in answers.
    timestamps: Timestamps = "timestamps", Timestamps::Fraction;
    /// Whether answers have fields that are documented nowhere.
    extra_fields: ExtraFields = "extra-fields", ExtraFields::None;
    /// The code of a 400 that names fields.
    refusal_code: RefusalCode = "refusal-code", RefusalCode::ValidationError;
    /// How a throttled request is answered.
    throttle_style: ThrottleStyle = "throttle-style", ThrottleStyle::RetryAfterSeconds;
    /// After how many failures in a row a production webhook is disabled; 0 for never.
    disable_after: u32 = "disable-after", 12;
    /// How a path without its final slash is answered.
    missing_slash: MissingSlash = "missing-slash", MissingSlash::Redirect;
    /// Whether `*` may stand beside event types, where it stands for all.
    mixed_wildcard: Verdict = "mixed-wildcard", Verdict::Refused;
    /// How a name that is not there is answered, where there need not be one.
    empty_name: EmptyName = "empty-name", EmptyName::Null;
    /// Whether the answer to a repeated create shows the key again, where the first answer is given again.
    replayed_secret: ReplayedSecret = "replayed-secret", ReplayedSecret::Shown;
    /// What answers that are no success say of sending the same request again, where there is a header for that.
    retry_advice: RetryAdvice = "retry-advice", RetryAdvice::Absent;
    /// Under which names answers have what was renamed once.
    old_names: OldNames = "old-names", OldNames::Beside;
    /// How the rotation of a signing secret is answered, where there is one.
    rotate_answer: RotateAnswer = "rotate-answer", RotateAnswer::Secret;
    /// In which form URLs are answered, where the provider does not keep them as they came.
    url_form: UrlForm = "url-form", UrlForm::Normal;
    /// Whether an application that nobody created can be used, where there are applications.
    unknown_applications: Verdict = "unknown-applications", Verdict::Accepted;
    /// Whether answers have a `Date`.
    dates: Dates = "dates", Dates::Sent;
}

impl Quirks {
    fn key_list() -> String {
        let keys: Vec<&str> = Self::KEYS.iter().map(|quirk| quirk.key).collect();
        keys.join(", ")
    }

    /// Sets switches from `KEY=VALUE`, several with commas between them.
    ///
    /// # Errors
    ///
    /// A part that is not of that form, an unknown switch, or a value that it does not take. The
    /// parts before it are set.
    pub fn set_all(&mut self, text: &str) -> Result<(), InvalidQuirk> {
        for part in text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            let (key, value) = part
                .split_once('=')
                .ok_or_else(|| InvalidQuirk::NoValue(part.to_owned()))?;
            self.set(key.trim(), value.trim())?;
        }
        Ok(())
    }
}

impl FromStr for Quirks {
    type Err = InvalidQuirk;

    fn from_str(text: &str) -> Result<Self, InvalidQuirk> {
        let mut quirks = Self::default();
        quirks.set_all(text)?;
        Ok(quirks)
    }
}
