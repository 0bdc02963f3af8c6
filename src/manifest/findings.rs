//! What resolving found: said once for a place, with the environments it holds in.

use std::collections::{BTreeMap, BTreeSet};

use super::silence::Silences;
use crate::diagnostic::{
    Code, Diagnostic, Diagnostics, First, Label, Severity, SourceId, Sources, Span, listed,
};

/// How many further places a diagnostic shows.
const MOST_RELATED: usize = 4;

/// What makes two findings of different environments one.
type Key = (Span, Severity, String, Option<String>);

/// What was found so far.
pub(super) struct Findings<'d> {
    kinds: BTreeMap<(SourceId, Code), First<Key, Found<'d>>>,
    /// An environment variable that is not set is one error, wherever it is needed; by what is said.
    unset: BTreeMap<String, Unset<'d>>,
    environment: Option<&'d str>,
    /// Whether there is more than one environment: else it need not be named.
    several: bool,
    silences: Silences,
    sources: &'d Sources,
}

#[derive(Clone, Debug, Default)]
struct Found<'d> {
    label: String,
    related: Vec<Label>,
    environments: BTreeSet<&'d str>,
}

/// Where an environment variable is needed that is not set.
struct Unset<'d> {
    diagnostic: Diagnostic,
    /// The first places, and the environments that need it there.
    places: BTreeMap<Span, BTreeSet<&'d str>>,
}

impl<'d> Findings<'d> {
    pub(super) fn new(several: bool, silences: Silences, sources: &'d Sources) -> Self {
        Self {
            kinds: BTreeMap::new(),
            unset: BTreeMap::new(),
            environment: None,
            several,
            silences,
            sources,
        }
    }

    /// What is found from now on holds in this environment.
    pub(super) fn within(&mut self, environment: Option<&'d str>) {
        self.environment = environment;
    }

    /// The environment that what is found now holds in.
    pub(super) fn environment(&self) -> Option<&'d str> {
        self.environment
    }

    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        if self.silences.silence(&diagnostic, self.sources) {
            return;
        }
        if diagnostic.code == Code::UnsetEnvironmentVariable {
            self.push_unset(diagnostic);
            return;
        }
        let Diagnostic {
            primary,
            code,
            severity,
            message,
            related,
            help,
            stands_for: _, // What is found stands for itself.
        } = diagnostic;
        let kind = self.kinds.entry((primary.span.source, code)).or_default();
        let Some(found) = kind.entry((primary.span, severity, message, help)) else {
            return;
        };
        if found.label.is_empty() {
            found.label = primary.text;
        }
        for label in related {
            if found.related.len() < MOST_RELATED && !found.related.contains(&label) {
                found.related.push(label);
            }
        }
        found.environments.extend(self.environment);
    }

    fn push_unset(&mut self, diagnostic: Diagnostic) {
        let span = diagnostic.primary.span;
        let message = diagnostic.message.clone();
        let unset = self.unset.entry(message).or_insert_with(|| Unset {
            diagnostic,
            places: BTreeMap::new(),
        });
        let environments = unset.places.entry(span).or_default();
        environments.extend(self.environment);
        if unset.places.len() > 1 + MOST_RELATED {
            unset.places.pop_last();
        }
    }

    /// Adds what is wrong with an environment itself: it need not be said where that holds.
    pub(super) fn push_of_environment(&mut self, diagnostic: Diagnostic) {
        let environment = self.environment.take();
        self.push(diagnostic);
        self.environment = environment;
    }

    /// Adds everything to what was found before. Returns the comments that silence, with what they did.
    pub(super) fn into_diagnostics(self, all: &mut Diagnostics) -> Silences {
        let several = self.several;
        for ((source, code), first) in self.kinds {
            let (kept, beyond) = first.into_parts();
            all.count(source, code, beyond);
            all.extend(
                kept.into_iter()
                    .map(|((span, severity, message, help), found)| {
                        let text = label(found.label, &found.environments, several);
                        Diagnostic {
                            primary: Label { span, text },
                            code,
                            severity,
                            message,
                            related: found.related,
                            help,
                            stands_for: 1,
                        }
                    }),
            );
        }
        for unset in self.unset.into_values() {
            all.push(unset.into_diagnostic(several));
        }
        self.silences
    }
}

impl Unset<'_> {
    fn into_diagnostic(self, several: bool) -> Diagnostic {
        let mut diagnostic = self.diagnostic;
        let text = diagnostic.primary.text.clone();
        let mut places = self.places.into_iter().map(|(span, environments)| Label {
            span,
            text: label(text.clone(), &environments, several),
        });
        if let Some(first) = places.next() {
            diagnostic.primary = first;
        }
        diagnostic.related.extend(places);
        diagnostic
    }
}

fn label(text: String, environments: &BTreeSet<&str>, several: bool) -> String {
    if environments.is_empty() || !several {
        return text;
    }
    let names = listed(environments.iter().copied(), "and");
    let noun = if environments.len() == 1 {
        "environment"
    } else {
        "environments"
    };
    if text.is_empty() {
        format!("in {noun} {names}")
    } else {
        format!("{text}, in {noun} {names}")
    }
}
