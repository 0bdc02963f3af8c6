//! The keys of webhooks: where one goes that the provider makes, or comes from that its user chooses.

use super::{
    schema::{CredentialValue, Override, Webhook},
    scope::{Chosen, Scope},
    state::Resolver,
};
use crate::{
    diagnostic::{Code, Diagnostic},
    model::{
        CredentialSource, MaskedText, Rotation, RotationWord, Secret, SecretSink, SigningSecret,
    },
};

impl Resolver<'_> {
    /// Where the key goes, and where it comes from: at most one of both. What an override has of them replaces both.
    pub(super) fn signing(
        &mut self,
        scope: &Scope<'_>,
        key: &str,
        webhook: &Webhook,
        over: &Override,
    ) -> (Option<SecretSink>, Option<CredentialSource>) {
        let (to, from) = match (&over.secret_to, &over.secret_from) {
            (None, None) => (&webhook.secret_to, &webhook.secret_from),
            over => over,
        };
        if let (Some(to), Some(from)) = (to, from) {
            let message = "`secret_from` and `secret_to` are both given";
            let diagnostic = Diagnostic::new(Code::InvalidValue, from.span, message)
                .related(to.span, "the other")
                .help("keep `secret_from` where you choose the key, and `secret_to` where the provider does");
            self.report(diagnostic);
            return (None, None);
        }
        let to = to.as_ref().and_then(|value| {
            let base = over.secret_to.as_ref().and(webhook.secret_to.as_ref());
            let replaced = base.map(|base| base.span);
            self.secret_to(scope, key, &Chosen { value, replaced })
        });
        let from = from.as_ref().and_then(|value| {
            let base = over.secret_from.as_ref().and(webhook.secret_from.as_ref());
            let replaced = base.map(|base| base.span);
            self.secret_from(scope, &Chosen { value, replaced })
        });
        (to, from)
    }

    /// `None` where there is none, or it is wrong. What it is is never shown.
    fn secret_from(
        &mut self,
        scope: &Scope<'_>,
        chosen: &Chosen<'_, CredentialValue>,
    ) -> Option<CredentialSource> {
        let profile = scope.profile?;
        let span = chosen.value.span;
        self.literal_secret("signing secret", Some(chosen.value));
        let Some(shape) = profile.chosen_secret else {
            let title = profile.title;
            let (message, help) = match profile.signing_secret {
                SigningSecret::Credentials => (
                    format!("a webhook of {title} has no secret of its own"),
                    format!(
                        "leave out `secret_from`: the {} signs deliveries there",
                        profile.secret().title
                    ),
                ),
                SigningSecret::ShownOnce { .. } | SigningSecret::Readable { .. } => (
                    format!("{title} makes the secret of each webhook, and takes none from you"),
                    format!(
                        "leave out `secret_from`; `secret_to` says where the secret goes that {title} makes"
                    ),
                ),
            };
            self.not_supported(scope, chosen, message, help);
            return None;
        };
        let source = self.credential(Some(chosen.value));
        if let CredentialSource::Value(value) = &source {
            let secret = Secret::new(value.expose());
            self.sensitive.extend(shape.sensitive(&secret));
            if let Some(fault) = shape.fault(&secret) {
                let message = format!("the signing secret that `secret_from` gives {fault}");
                let help = format!("{} takes {}", profile.title, shape.words());
                let diagnostic = Diagnostic::new(Code::InvalidValue, span, message).help(help);
                self.report(chosen.explained(diagnostic));
                return None;
            }
            // Wherever it was written.
            return Some(CredentialSource::Value(MaskedText::sensitive(
                secret.expose(),
            )));
        }
        Some(source)
    }

    /// The rotation that is to have been done; `None` where there is none, or it is wrong. `is_kept`: whether somebody gets the new
    /// secret, or has it.
    pub(super) fn rotate(
        &mut self,
        scope: &Scope<'_>,
        chosen: &Chosen<'_, String>,
        is_kept: bool,
    ) -> Option<RotationWord> {
        let profile = scope.profile?;
        let text = self
            .literal(chosen.value)
            .filter(|text| !text.eq_ignore_ascii_case("false"))?
            .to_owned();
        if let Rotation::ByHand { how } = profile.rotation {
            let message = format!("the API of {} rotates no signing secret", profile.title);
            let help = format!("leave out `rotate`; instead, {how}");
            self.not_supported(scope, chosen, message, help);
            return None;
        }
        let (code, message, help) = match RotationWord::new(&text) {
            Ok(word) if is_kept => return Some(word),
            Ok(_) => (
                Code::MissingKey,
                "`rotate` needs `secret_to` or `secret_from`: else nobody learns the new signing secret".to_owned(),
                "say where the new secret goes (`secret_to`), or comes from (`secret_from`)",
            ),
            Err(fault) => (
                Code::InvalidValue,
                format!("the word of `rotate` {fault}"),
                "write `true`, or a word such as a date; `false` rotates nothing",
            ),
        };
        let diagnostic = Diagnostic::new(code, chosen.value.span, message).help(help);
        self.report(chosen.explained(diagnostic));
        None
    }
}
