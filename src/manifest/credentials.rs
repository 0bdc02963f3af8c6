//! Where an environment's credentials come from.

use super::{
    de::Spanned,
    resolved::CredentialSources,
    schema::{self, CredentialValue},
    state::Resolver,
    values::Text,
};
use crate::{
    diagnostic::{Code, quoted},
    model::{CredentialSource, ProviderProfile},
};

impl Resolver<'_> {
    pub(super) fn credentials(
        &mut self,
        name: &Spanned<String>,
        credentials: Option<&Spanned<schema::Credentials>>,
        profile: Option<&'static ProviderProfile>,
        needed: bool,
    ) -> Option<CredentialSources> {
        let Some(credentials) = credentials else {
            if needed {
                self.wrong_itself(
                    Code::MissingKey,
                    name.span,
                    format!(
                        "the environment {} needs the key `credentials`",
                        quoted(&name.value)
                    ),
                    "only the embedded simulator (`base_url: simulator`) needs none",
                );
            }
            return None;
        };
        let mut sources = Vec::new();
        for fact in profile.map_or(&[][..], |profile| profile.credentials) {
            let written = credentials.value.0.get(fact.key);
            if fact.secret {
                self.literal_secret(fact.title, written);
            }
            // One that is required and missing was reported.
            if written.is_some() || fact.required {
                sources.push((fact, self.credential(written)));
            }
        }
        Some(CredentialSources(sources))
    }

    /// A secret that stands in the manifest itself. `title` is what it is.
    pub(super) fn literal_secret(
        &mut self,
        title: &str,
        written: Option<&Spanned<CredentialValue>>,
    ) {
        if let Some(secret) = written
            && let literals = secret.value.literals()
            && !literals.is_empty()
        {
            let literals = literals.into_iter().map(str::to_owned);
            self.sensitive.extend(literals);
            let message = format!("the {title} is written in the manifest");
            let help = "keep it out of version control: `${env:NAME}`, `${file:PATH}` or `{ command: […] }`";
            self.wrong_itself(Code::LiteralSecret, secret.span, message, help);
        }
    }

    pub(super) fn credential(
        &mut self,
        value: Option<&Spanned<CredentialValue>>,
    ) -> CredentialSource {
        // One that is missing was reported.
        let Some(value) = value else {
            return CredentialSource::Withheld;
        };
        match &value.value {
            CredentialValue::Command(None) => CredentialSource::Withheld,
            CredentialValue::Command(Some(argv)) => {
                if argv
                    .value
                    .first()
                    .is_none_or(|program| program.trim().is_empty())
                {
                    self.wrong_itself(
                        Code::EmptyCommand,
                        argv.span,
                        "`command` names no program",
                        "write the program and its arguments: `[vault, kv, get, …]`",
                    );
                }
                CredentialSource::Command(argv.value.clone())
            }
            CredentialValue::Text(text) => {
                let text = Spanned {
                    value: text.clone(),
                    span: value.span,
                };
                self.in_credentials = true;
                let read = self.text(&text, None);
                self.in_credentials = false;
                match read {
                    Text::Known(text) => CredentialSource::Value(text),
                    Text::Withheld | Text::Wrong => CredentialSource::Withheld,
                }
            }
        }
    }
}
