//! Files → one merged manifest.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{
    check,
    de::{NodeDeserializer, Spanned},
    left_out::LeftOut,
    schema::{Defaults, Environment, Manifest, PolicyRule, Webhook},
    silence::Silences,
    yaml,
};
use crate::{
    diagnostic::{Code, Diagnostic, Diagnostics, Places, Section, SourceId, Sources, Span, quoted},
    model::EnvironmentName,
};

/// A manifest: read from one or more files, not yet resolved.
///
/// What is wrong with the shape of a file is left out of it and remembered, so that everything else
/// can be resolved and checked in the same run.
#[derive(Debug, Default)]
pub struct Document {
    pub(super) environments: BTreeMap<Spanned<String>, Environment>,
    pub(super) event_groups: BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
    pub(super) defaults: Option<Spanned<Defaults>>,
    pub(super) webhooks: BTreeMap<Spanned<String>, Webhook>,
    pub(super) removed: Vec<Spanned<String>>,
    pub(super) policies: BTreeMap<Spanned<String>, PolicyRule>,
    pub(super) left_out: LeftOut,
    pub(super) silences: Silences,
    pub(super) diagnostics: Diagnostics,
}

impl Document {
    /// Reads and merges all sources. Each must be a manifest of version 1 by itself; what they define
    /// is taken together, and a key that two of them define is an error that shows both places.
    pub fn read(sources: &Sources) -> Self {
        let mut document = Self::default();
        for (id, source) in sources.iter() {
            match source.not_text() {
                Some(at) => document.diagnostics.push(not_text(id, at)),
                None => document.read_one(id, &source.text, sources),
            }
        }
        // A file that nothing could be taken from may have defined anything.
        let lost = |code| ends_reading(code) && code != Code::DuplicateKey;
        if document.diagnostics.kinds().any(|(_, code)| lost(code)) {
            document.left_out.add_anything();
        }
        document
    }

    /// What keeps a file from being read at all, whatever it says.
    pub(super) fn unreadable(sources: &Sources, id: SourceId) -> Vec<Diagnostic> {
        let source = sources.get(id);
        let mut document = Self::default();
        match source.not_text() {
            Some(at) => document.diagnostics.push(not_text(id, at)),
            None => document.read_one(id, &source.text, sources),
        }
        let mut found = document.diagnostics.into_sorted();
        found.retain(|one| ends_reading(one.code));
        found
    }

    /// Whether something is wrong with the shape of a file.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.has_errors()
    }

    /// Whether there may be more in it than could be read.
    pub fn may_have_more(&self) -> bool {
        self.left_out.is_anything()
    }

    /// Where each environment is defined: in the order of files, and of lines within one.
    pub(super) fn places(&self) -> BTreeMap<&str, (SourceId, u32)> {
        let keys = self.environments.keys();
        keys.map(|name| (name.value.as_str(), (name.span.source, name.span.start)))
            .collect()
    }

    /// The names of the environments, in the manifest's order; those with a fault at the end.
    pub fn environments(&self) -> impl Iterator<Item = EnvironmentName> {
        let faulty: BTreeSet<&str> = self.left_out.entries_of("environments").collect();
        let places = self.places();
        let faulty = faulty.into_iter().filter(|name| !places.contains_key(name));
        let faulty: Vec<&str> = faulty.collect();
        let mut names: Vec<(&str, (SourceId, u32))> = places.into_iter().collect();
        names.sort_by_key(|(_, place)| *place);
        let names = names.into_iter().map(|(name, _)| name).chain(faulty);
        names.map(EnvironmentName::new)
    }

    /// The keys of the webhooks, in order.
    pub fn webhooks(&self) -> impl Iterator<Item = &str> {
        self.webhooks.keys().map(|key| key.value.as_str())
    }

    /// Whether it has a webhook of this key, or may have one that could not be read.
    pub fn defines(&self, webhook: &str) -> bool {
        self.webhooks().any(|key| key == webhook) || self.left_out.touches(&["webhooks", webhook])
    }

    /// The environments that have a webhook by default, where `defaults` name them.
    pub(super) fn default_environments(&self) -> Option<&Spanned<Vec<Spanned<String>>>> {
        self.defaults.as_ref()?.value.environments.as_ref()
    }

    /// Whether `defaults` name the environments that have a webhook.
    pub fn defaults_to_environments(&self) -> bool {
        self.default_environments().is_some()
    }

    /// Whether `defaults` say whether events are sent.
    pub fn defaults_to_enabled(&self) -> bool {
        let defaults = self.defaults.as_ref();
        defaults.is_some_and(|all| all.value.enabled.is_some())
    }

    /// Where the manifest itself holds a secret: what must not be shown of it.
    pub fn secrets(&self) -> impl Iterator<Item = Span> {
        let environments = self.environments.values();
        let credentials = environments.filter_map(|environment| {
            let (credentials, provider) = environment
                .credentials
                .as_ref()
                .zip(environment.provider.as_ref())?;
            credentials.value.0.get(provider.value.secret().key)
        });
        let signing = self.webhooks.values().flat_map(Webhook::secrets);
        credentials
            .chain(signing)
            .filter(|secret| !secret.value.literals().is_empty())
            .map(|secret| secret.span)
    }

    /// Where what it names stands: all that is kept of it once it is resolved.
    pub fn into_places(self) -> Places {
        let Self {
            environments,
            webhooks,
            removed,
            policies,
            ..
        } = self;
        let placed = |name: Spanned<String>| (name.value, name.span);
        let mut places = Places::default();
        places.add(Section::Environments, environments.into_keys().map(placed));
        places.add(Section::Webhooks, webhooks.into_keys().map(placed));
        places.add(Section::Removed, removed.into_iter().map(placed));
        places.add(Section::Policies, policies.into_keys().map(placed));
        places
    }

    fn read_one(&mut self, id: SourceId, text: &str, sources: &Sources) {
        let yaml::Parsed {
            mut root,
            mut diagnostics,
            lost,
            comments,
        } = yaml::parse(id, text);
        if diagnostics.is_empty() && root.as_ref().is_none_or(yaml::Node::is_null) {
            self.diagnostics.push(empty(id));
            return;
        }
        self.silences
            .read(sources.get(id), &comments, &mut diagnostics);
        if let Some(diagnostic) = root.as_ref().and_then(|root| other_version(id, root)) {
            self.diagnostics.push(diagnostic);
            return;
        }
        if lost {
            self.left_out.add_anything();
        }
        check::check(id, &mut root, &mut diagnostics, &mut self.left_out);
        self.diagnostics.append(diagnostics);
        let Some(node) = root else { return };
        let whole = node.span(id);
        match Manifest::deserialize(NodeDeserializer { source: id, node }) {
            Ok(manifest) => self.merge(manifest),
            Err(error) => {
                let span = error.span.unwrap_or(whole);
                self.left_out.add_anything();
                self.diagnostics
                    .push(Diagnostic::new(Code::WrongType, span, error.message));
            }
        }
    }

    fn merge(&mut self, manifest: Manifest) {
        let Manifest {
            version: _, // Checked before the rest is read.
            environments,
            event_groups,
            defaults,
            webhooks,
            removed,
            policies,
        } = manifest;
        // A file whose environments are all at fault has them all the same.
        let is_without = environments.is_empty() && !self.left_out.touches(&["environments"]);
        let diagnostics = &mut self.diagnostics;
        match policies.keys().next().filter(|_| is_without) {
            Some(first) => diagnostics.push(misplaced_policies(first)),
            None => merge_into(&mut self.policies, policies, "policy", diagnostics),
        }
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
        match (&self.defaults, defaults) {
            (Some(first), Some(again)) => diagnostics.push(
                twice(
                    again.span,
                    first.span,
                    "`defaults` are defined twice".to_owned(),
                )
                .help("they hold for all files of a manifest; keep them in one"),
            ),
            (None, defaults) => self.defaults = defaults,
            (Some(_), None) => {}
        }
    }
}

/// Whether a fault of this kind ends the reading of a file.
fn ends_reading(code: Code) -> bool {
    matches!(
        code,
        Code::Syntax
            | Code::NotText
            | Code::EmptyFile
            | Code::TooLarge
            | Code::UnsupportedVersion
            | Code::DuplicateKey
    )
}

fn merge_into<T>(
    all: &mut BTreeMap<Spanned<String>, T>,
    more: BTreeMap<Spanned<String>, T>,
    what: &str,
    diagnostics: &mut Diagnostics,
) {
    if all.is_empty() {
        *all = more;
        return;
    }
    for (key, value) in more {
        match all.get_key_value(&key) {
            Some((first, _)) => {
                let message = format!("the {what} {} is defined twice", quoted(&key.value));
                diagnostics.push(
                    twice(key.span, first.span, message).help("rename one, or merge the two"),
                );
            }
            None => {
                all.insert(key, value);
            }
        }
    }
}

fn twice(again: Span, first: Span, message: String) -> Diagnostic {
    Diagnostic::new(Code::DuplicateKey, again, message)
        .label("defined again here")
        .related(first, "first defined here")
}

/// Whoever declares webhooks alone must not bring rules, nor take the place of any.
fn misplaced_policies(first: &Spanned<String>) -> Diagnostic {
    let message = "this file has `policies`, and no `environments`";
    Diagnostic::new(Code::MisplacedPolicies, first.span, message)
        .help("rules stand beside the environments that they are for, in a file that those who answer for them own: move them there")
}

fn not_text(id: SourceId, at: usize) -> Diagnostic {
    let start = u32::try_from(at).unwrap_or(u32::MAX);
    let span = Span {
        source: id,
        start,
        // One `U+FFFD`.
        end: start.saturating_add(3),
    };
    Diagnostic::new(Code::NotText, span, "this byte is not UTF-8").help("save the file as UTF-8")
}

fn empty(id: SourceId) -> Diagnostic {
    Diagnostic::new(Code::EmptyFile, Span::beginning(id), "the file is empty")
        .help("begin with `version: 1`; an absent webhook is declared by leaving it out, not by an empty file")
}

/// Reports a version that this program does not read: then nothing else in the file means anything.
fn other_version(id: SourceId, root: &yaml::Node<'_>) -> Option<Diagnostic> {
    let yaml::Value::Map(entries) = &root.value else {
        return None;
    };
    let version = entries
        .iter()
        .find(|(key, _)| key.scalar() == Some("version"))
        .map(|(_, value)| value)
        .filter(|version| version.scalar().is_some_and(|text| text != "1"))?;
    let written = version.scalar().unwrap_or_default();
    let is_number = written.parse::<f64>().is_ok();
    is_number.then(|| {
        Diagnostic::new(
            Code::UnsupportedVersion,
            version.span(id),
            format!("version {} is not supported", quoted(written)),
        )
        .help("this hookwright reads version 1")
    })
}
