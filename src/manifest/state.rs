//! The state that all passes of resolving share.

use std::{
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use super::{
    Document, de::Spanned, expansions::Expansions, findings::Findings, lints::Hosts,
    outside::Values, referred::Files, room::Room,
};
use crate::diagnostic::{Code, Diagnostic, Sources, Span, nearest};

/// How many near names are looked for in one run: each costs as much as there are names.
const GUESSES: usize = 500;

/// Whose the file is that a key is written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) environment: String,
    pub(super) key: String,
    pub(super) span: Span,
}

/// The state of resolving: what was found so far.
pub(super) struct Resolver<'d> {
    pub(super) document: &'d Document,
    pub(super) values: &'d dyn Values,
    pub(super) sources: &'d Sources,
    pub(super) findings: Findings<'d>,
    pub(super) expansions: Expansions<'d>,
    /// What may still be written out.
    pub(super) room: Room,
    /// The files that were read.
    pub(super) files: Files,
    /// The files that keys are written to, and whose they are.
    pub(super) sinks: BTreeMap<PathBuf, Owner>,
    /// The manifest's own files: no key is written there.
    pub(super) manifests: OnceCell<BTreeSet<PathBuf>>,
    /// The hosts that webhooks send to.
    pub(super) hosts: Hosts,
    pub(super) sensitive: BTreeSet<String>,
    pub(super) hidden: Vec<Span>,
    /// Whether credentials are read, which have no default.
    pub(super) in_credentials: bool,
    /// Whether what is resolved is wanted, or only what is wrong with it.
    pub(super) keep: bool,
    guesses: usize,
}

impl<'d> Resolver<'d> {
    pub(super) fn new(
        document: &'d Document,
        values: &'d dyn Values,
        sources: &'d Sources,
        keep: bool,
    ) -> Self {
        let several = document.environments.len() > 1;
        Self {
            document,
            values,
            sources,
            findings: Findings::new(several, document.silences.clone(), sources),
            expansions: Expansions::default(),
            room: Room::default(),
            files: Files::default(),
            sinks: BTreeMap::new(),
            manifests: OnceCell::new(),
            hosts: Hosts::default(),
            sensitive: BTreeSet::new(),
            hidden: document.secrets().collect(),
            in_credentials: false,
            keep,
            guesses: GUESSES,
        }
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.findings.push(diagnostic);
    }

    /// Reports something that is wrong, and what to do about it.
    pub(super) fn wrong(
        &mut self,
        code: Code,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.report(Diagnostic::new(code, span, message).help(help));
    }

    /// The same of an environment, or a rule, itself: it need not be said where that holds.
    pub(super) fn wrong_itself(
        &mut self,
        code: Code,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.findings
            .push_of_environment(Diagnostic::new(code, span, message).help(help));
    }

    /// The same of a value that cannot be one.
    pub(super) fn invalid_itself(
        &mut self,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.wrong_itself(Code::InvalidValue, span, message, help);
    }

    /// The nearest of the known names, as long as this run has not looked for too many.
    pub(super) fn nearest<'k>(
        &mut self,
        written: &str,
        known: impl Iterator<Item = &'k str>,
    ) -> Option<&'k str> {
        self.guesses = self.guesses.checked_sub(1)?;
        nearest(written, known)
    }

    /// Whether a message may still list what is known, which costs as much.
    pub(super) fn may_list(&self) -> bool {
        self.guesses > 0
    }

    /// Whether a field of a webhook, or of its override for an environment, was left out.
    pub(super) fn is_left_out(
        &self,
        key: &Spanned<String>,
        environment: Option<&str>,
        field: &str,
    ) -> bool {
        let left_out = &self.document.left_out;
        match environment {
            None => left_out.touches(&["webhooks", &key.value, field]),
            Some(name) => left_out.touches(&["webhooks", &key.value, "environments", name, field]),
        }
    }

    /// Takes what something comes to; `false` where there is not so much left. The first place where it is not
    /// is reported.
    pub(super) fn takes_room(&mut self, bytes: usize, place: Span) -> bool {
        if !self.room.is_left() {
            return false;
        }
        let taken = self.room.take(bytes);
        if !taken {
            self.findings.push_of_environment(Room::exceeded(place));
        }
        taken
    }

    /// Whether there was always enough.
    pub(super) fn has_room(&self) -> bool {
        self.room.is_left()
    }
}
