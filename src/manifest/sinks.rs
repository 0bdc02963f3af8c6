//! Where the keys of webhooks go.

use std::path::{Component, Path, PathBuf};

use super::{
    schema::SecretTo,
    scope::{Chosen, Scope},
    state::{Owner, Resolver},
};
use crate::{
    diagnostic::{Code, Diagnostic, Span, quoted},
    model::{SecretSink, SigningSecret},
};

impl Resolver<'_> {
    /// `None` where there is none, or it is wrong.
    pub(super) fn secret_to(
        &mut self,
        scope: &Scope<'_>,
        key: &str,
        chosen: &Chosen<'_, SecretTo>,
    ) -> Option<SecretSink> {
        let profile = scope.profile?;
        let span = chosen.value.span;
        if profile.signing_secret == SigningSecret::Credentials {
            let message = format!("a webhook of {} has no secret of its own", profile.title);
            let help = format!(
                "leave out `secret_to`: the {} signs deliveries there",
                profile.secret().title
            );
            self.not_supported(scope, chosen, message, help);
            return None;
        }
        let SecretTo { command, file } = &chosen.value.value;
        match (command, file) {
            (Some(argv), None) => {
                let program = argv.value.first().map_or("", |program| program.trim());
                if program.is_empty() {
                    let message = "`command` names no program";
                    let diagnostic = Diagnostic::new(Code::EmptyCommand, argv.span, message)
                        .help("write the program and its arguments: `[vault, kv, put, …]`");
                    self.report(chosen.explained(diagnostic));
                    return None;
                }
                Some(SecretSink::Command(argv.value.clone()))
            }
            (None, Some(file)) => {
                let path = self.text(file, Some(&scope.variables)).known()?;
                let beside = self.sources.get(file.span.source).label.clone();
                let owner = Owner {
                    environment: scope.name.map(|name| name.value.clone())?,
                    key: key.to_owned(),
                    span: file.span,
                };
                self.check_owner(&beside, path.expose(), owner);
                Some(SecretSink::File { beside, path })
            }
            (Some(_), Some(_)) => {
                self.wrong_sink(
                    span,
                    "`secret_to` has both `command` and `file`",
                    "keep one",
                );
                None
            }
            (None, None) => {
                let help = "add `file`, or `command`: a program that reads the secret from its standard input";
                self.wrong_sink(span, "`secret_to` needs the key `command` or `file`", help);
                None
            }
        }
    }

    /// One file holds one key, and nothing else.
    fn check_owner(&mut self, beside: &str, path: &str, owner: Owner) {
        let place = place(beside, path);
        let sources = self.sources.iter();
        let manifests = self.manifests.get_or_init(|| {
            let places = sources.map(|(_, source)| normal(Path::new(&source.label)));
            places.collect()
        });
        if manifests.contains(&place) {
            let message = "the secret would take the place of the manifest";
            let help = "name a file of its own";
            return self.wrong_sink(owner.span, message, help);
        }
        let Some(first) = self.sinks.get(&place) else {
            self.sinks.insert(place, owner);
            return;
        };
        if (&first.environment, &first.key) == (&owner.environment, &owner.key) {
            return;
        }
        let message = format!(
            "the secret of {} in {} would go to the same file",
            quoted(&first.key),
            quoted(&first.environment),
        );
        let diagnostic = Diagnostic::new(Code::InvalidValue, owner.span, message)
            .related(first.span, "this file")
            .help("give each webhook of each environment a file of its own, with a variable or an override");
        self.report(diagnostic);
    }

    fn wrong_sink(&mut self, span: Span, message: &str, help: &str) {
        self.report(Diagnostic::new(Code::InvalidValue, span, message).help(help));
    }
}

/// Where a file is that is named relative to a manifest's folder, however it is spelled. Links are not looked at.
fn place(manifest: &str, path: &str) -> PathBuf {
    let folder = Path::new(manifest).parent().unwrap_or(Path::new(""));
    normal(&folder.join(path))
}

fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        let is_below = matches!(normal.components().next_back(), Some(Component::Normal(_)));
        match part {
            Component::CurDir => {}
            Component::ParentDir if is_below => {
                normal.pop();
            }
            part => normal.push(part),
        }
    }
    normal
}
