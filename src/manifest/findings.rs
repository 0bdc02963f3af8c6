//! What resolving found: said once for a place, with the environments it holds in.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic, Label, Severity, Span, listed};

/// How many further places a diagnostic shows.
const MOST_RELATED: usize = 4;

/// What makes two findings of different environments one.
type Key = (Span, Code, Severity, String, Option<String>);

/// What was found so far.
pub(super) struct Findings {
    found: BTreeMap<Key, Found>,
    environment: Option<String>,
    /// Whether there is more than one environment: else it need not be named.
    several: bool,
}

#[derive(Default)]
struct Found {
    label: String,
    related: Vec<Label>,
    environments: Vec<String>,
}

impl Findings {
    pub(super) fn new(several: bool) -> Self {
        Self {
            found: BTreeMap::new(),
            environment: None,
            several,
        }
    }

    /// What is found from now on holds in this environment.
    pub(super) fn within(&mut self, environment: Option<&str>) {
        self.environment = environment.map(str::to_owned);
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
        if let Some(environment) = &self.environment
            && found.environments.last() != Some(environment)
        {
            found.environments.push(environment.clone());
        }
    }

    /// Adds what is wrong with an environment itself: it need not be said where that holds.
    pub(super) fn push_of_environment(&mut self, diagnostic: Diagnostic) {
        let environment = self.environment.take();
        self.push(diagnostic);
        self.environment = environment;
    }

    /// Everything, in the order of its places.
    pub(super) fn into_diagnostics(self) -> impl Iterator<Item = Diagnostic> {
        let several = self.several;
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
            )
    }
}

fn label(text: String, environments: &[String], several: bool) -> String {
    if environments.is_empty() || !several {
        return text;
    }
    let names = listed(environments.iter().map(String::as_str), "and");
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
