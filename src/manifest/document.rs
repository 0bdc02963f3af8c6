//! Files → one merged manifest.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    de::{NodeDeserializer, Spanned},
    schema::{Environment, Manifest, Webhook},
    shape, yaml,
};
use crate::{
    diagnostic::{Code, Diagnostic, Severity, SourceId, Sources, Span},
    model::EnvironmentName,
};

/// A manifest whose shape is right: read from one or more files, not yet resolved.
#[derive(Debug, Default)]
pub struct Document {
    pub(super) environments: BTreeMap<Spanned<String>, Environment>,
    pub(super) event_groups: BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
    pub(super) webhooks: BTreeMap<Spanned<String>, Webhook>,
    pub(super) removed: Vec<Spanned<String>>,
}

impl Document {
    /// Reads and merges all sources. Each must be a manifest of version 1 by itself; what they define
    /// is taken together, and a key that two of them define is an error that shows both places.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the shape of any source, in reading order.
    pub fn read(sources: &Sources) -> Result<Self, Vec<Diagnostic>> {
        let mut document = Self::default();
        let mut diagnostics = Vec::new();
        for (id, source) in sources.iter() {
            if let Some(manifest) = read_one(id, &source.text, &mut diagnostics) {
                document.merge(manifest, &mut diagnostics);
            }
        }
        if diagnostics
            .iter()
            .any(|found| found.severity == Severity::Error)
        {
            diagnostics.sort();
            return Err(diagnostics);
        }
        Ok(document)
    }

    /// The names of the environments, in order.
    pub fn environments(&self) -> impl Iterator<Item = EnvironmentName> {
        self.environments
            .keys()
            .map(|name| EnvironmentName::new(name.value.as_str()))
    }

    /// The keys of the webhooks, in order.
    pub fn webhooks(&self) -> impl Iterator<Item = &str> {
        self.webhooks.keys().map(|key| key.value.as_str())
    }

    fn merge(&mut self, manifest: Manifest, diagnostics: &mut Vec<Diagnostic>) {
        let Manifest {
            version: _, // Checked by `read_one`.
            environments,
            event_groups,
            webhooks,
            removed,
        } = manifest;
        merge_into(
            &mut self.environments,
            environments,
            "environment",
            diagnostics,
        );
        merge_into(
            &mut self.event_groups,
            event_groups,
            "event group",
            diagnostics,
        );
        merge_into(&mut self.webhooks, webhooks, "webhook", diagnostics);
        self.removed.extend(removed);
    }
}

fn merge_into<T>(
    all: &mut BTreeMap<Spanned<String>, T>,
    more: BTreeMap<Spanned<String>, T>,
    what: &str,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for (key, value) in more {
        match all.get_key_value(&key) {
            Some((first, _)) => diagnostics.push(
                Diagnostic::error(
                    Code::DuplicateKey,
                    key.span,
                    format!("the {what} `{}` is defined twice", key.value),
                )
                .label("defined again here")
                .related(first.span, "first defined here"),
            ),
            None => {
                all.insert(key, value);
            }
        }
    }
}

fn read_one(id: SourceId, text: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<Manifest> {
    let (root, mut found) = yaml::parse(id, text);
    let result = root.as_ref().and_then(|root| {
        if root.is_null() {
            return None;
        }
        found.extend(shape::check(root));
        if found.iter().any(|one| one.severity == Severity::Error) {
            return None;
        }
        match Manifest::deserialize(NodeDeserializer(root)) {
            Ok(manifest) => Some(manifest),
            Err(error) => {
                let span = error.span.unwrap_or(root.span);
                found.push(Diagnostic::error(Code::WrongType, span, error.message));
                None
            }
        }
    });
    let empty = root.as_ref().is_none_or(yaml::Node::is_null) && found.is_empty();
    if empty {
        found.push(
            Diagnostic::error(Code::EmptyFile, whole(id), "the file is empty")
                .help("begin with `version: 1`; an absent webhook is declared by leaving it out, not by an empty file"),
        );
    }
    let result = result.filter(|manifest| {
        let supported = manifest.version.value == 1;
        if !supported {
            found.push(
                Diagnostic::error(
                    Code::UnsupportedVersion,
                    manifest.version.span,
                    format!("version {} is not supported", manifest.version.value),
                )
                .help("this hookwright reads version 1"),
            );
        }
        supported
    });
    diagnostics.append(&mut found);
    result
}

fn whole(source: SourceId) -> Span {
    Span {
        source,
        start: 0,
        end: 0,
    }
}
