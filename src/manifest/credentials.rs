//! Where an environment's credentials come from.

use super::{
    de::Spanned,
    resolved::{CredentialSource, CredentialSources},
    schema::{self, CredentialValue},
    state::Resolver,
    values::Text,
};
use crate::diagnostic::{Code, Diagnostic, quoted};

impl Resolver<'_> {
    pub(super) fn credentials(
        &mut self,
        name: &Spanned<String>,
        credentials: Option<&Spanned<schema::Credentials>>,
        needed: bool,
    ) -> Option<CredentialSources> {
        let Some(credentials) = credentials else {
            if needed {
                self.findings.push_of_environment(
                    Diagnostic::new(
                        Code::MissingKey,
                        name.span,
                        format!(
                            "the environment {} needs the key `credentials`",
                            quoted(&name.value)
                        ),
                    )
                    .help("only the embedded simulator (`base_url: simulator`) needs none"),
                );
            }
            return None;
        };
        let schema::Credentials {
            client_id,
            access_secret,
        } = &credentials.value;
        if let Some(secret) = access_secret
            && let CredentialValue::Text(text) = &secret.value
            && !text.contains("${")
        {
            self.sensitive.insert(text.clone());
            self.findings.push_of_environment(
                Diagnostic::new(
                    Code::LiteralSecret,
                    secret.span,
                    "the access secret is written in the manifest",
                )
                .help("keep it out of version control: `${env:NAME}`, `${file:PATH}` or `{ command: […] }`"),
            );
        }
        Some(CredentialSources {
            client_id: self.credential(client_id.as_ref()),
            access_secret: self.credential(access_secret.as_ref()),
        })
    }

    fn credential(&mut self, value: Option<&Spanned<CredentialValue>>) -> CredentialSource {
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
                    self.findings.push_of_environment(
                        Diagnostic::new(
                            Code::EmptyCommand,
                            argv.span,
                            "`command` names no program",
                        )
                        .help("write the program and its arguments: `[vault, kv, get, …]`"),
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
