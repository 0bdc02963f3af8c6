//! What resolving found: said once for a place, with the environments it holds in.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Code, Diagnostic, Label, Severity, Span, listed};

/// How many further places a diagnostic shows.
const MOST_RELATED: usize = 4;

/// What makes two findings of different environments one.
type Key = (Span, Code, Severity, String, Option<String>);

/// What was found so far.
pub(super) struct Findings<'d> {
    found: BTreeMap<Key, Found<'d>>,
    environment: Option<&'d str>,
    /// Whether there is more than one environment: else it need not be named.
    several: bool,
}

#[derive(Default)]
struct Found<'d> {
    label: String,
    related: Vec<Label>,
    environments: BTreeSet<&'d str>,
}

impl<'d> Findings<'d> {
    pub(super) fn new(several: bool) -> Self {
        Self {
            found: BTreeMap::new(),
            environment: None,
            several,
        }
    }

    /// What is found from now on holds in this environment.
    pub(super) fn within(&mut self, environment: Option<&'d str>) {
        self.environment = environment;
    }

    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        let Diagnostic {
            primary,
            code,
            severity,
            message,
            related,
            help,
        } = diagnostic;
        let key = (primary.span, code, severity, message, help);
        let found = self.found.entry(key).or_default();
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

    /// Adds what is wrong with an environment itself: it need not be said where that holds.
    pub(super) fn push_of_environment(&mut self, diagnostic: Diagnostic) {
        let environment = self.environment.take();
        self.push(diagnostic);
        self.environment = environment;
    }

    /// Everything, in the order of its places.
    pub(super) fn into_diagnostics(self) -> Vec<Diagnostic> {
        let several = self.several;
        let found =
            self.found
                .into_iter()
                .map(
                    move |((span, code, severity, message, help), found)| Diagnostic {
                        primary: Label {
                            span,
                            text: label(found.label, &found.environments, several),
                        },
                        code,
                        severity,
                        message,
                        related: found.related,
                        help,
                    },
                );
        merge_unset(found)
    }
}

/// An environment variable that is not set is one error, wherever it is needed.
fn merge_unset(found: impl Iterator<Item = Diagnostic>) -> Vec<Diagnostic> {
    let mut merged: Vec<Diagnostic> = Vec::new();
    let mut first = BTreeMap::new();
    for diagnostic in found {
        if diagnostic.code == Code::UnsetEnvironmentVariable {
            let at = *first
                .entry(diagnostic.message.clone())
                .or_insert(merged.len());
            if let Some(one) = merged.get_mut(at) {
                if one.related.len() < MOST_RELATED {
                    one.related.push(diagnostic.primary);
                }
                continue;
            }
        }
        merged.push(diagnostic);
    }
    merged
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
