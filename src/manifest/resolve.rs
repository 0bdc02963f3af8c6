//! A document → what each environment should have.

use std::collections::{BTreeMap, BTreeSet};

use super::{Document, outside::Values, resolved::ResolvedEnvironment, state::Resolver};
use crate::{
    diagnostic::{Code, Diagnostic, Severity, Sources, Span},
    model::EnvironmentName,
    policy::{Declared, Rule},
};

/// Everything that resolving found.
#[derive(Debug)]
pub struct Resolution {
    /// The environments asked for, in the manifest's order; without those that could not be resolved.
    pub environments: Vec<ResolvedEnvironment>,
    /// The rules over plans, by their ids; without those that are at fault.
    pub rules: Vec<Rule>,
    /// What all environments declare, by their names, where a rule looks at it.
    pub declared: BTreeMap<String, Vec<Declared>>,
    /// What is wrong, in reading order.
    pub diagnostics: Vec<Diagnostic>,
    /// Every value that came from the outside: to be masked wherever it turns up.
    pub sensitive: Vec<String>,
    /// Where the manifest itself holds what must not be shown.
    pub hidden: Vec<Span>,
}

impl Resolution {
    /// Whether something is wrong that forbids using the environments.
    pub fn has_errors(&self) -> bool {
        self.diagnostics
            .iter()
            .any(|found| found.severity == Severity::Error)
    }

    /// Takes event types that the provider does not document for errors.
    pub fn deny_unknown_events(&mut self) {
        for found in &mut self.diagnostics {
            if found.code == Code::UnknownEventType {
                found.severity = Severity::Error;
            }
        }
    }
}

impl Document {
    /// Resolves the environments asked for. Others are not looked at: planning `sandbox` needs no
    /// production secret.
    ///
    /// What was wrong with the shape of the files is among what is found; what has the right shape
    /// is resolved and checked all the same.
    pub fn resolve(
        &self,
        selected: &[EnvironmentName],
        values: &dyn Values,
        sources: &Sources,
    ) -> Resolution {
        self.resolve_into(selected, values, sources, true)
    }

    /// Checks what [`Self::resolve`] checks without keeping what it gives, and says which comments
    /// silence nothing.
    pub fn check(
        &self,
        selected: &[EnvironmentName],
        values: &dyn Values,
        sources: &Sources,
    ) -> Resolution {
        self.resolve_into(selected, values, sources, false)
    }

    fn resolve_into(
        &self,
        selected: &[EnvironmentName],
        values: &dyn Values,
        sources: &Sources,
        keep: bool,
    ) -> Resolution {
        let mut resolver = Resolver::new(self, values, sources, keep);
        resolver.check_references();
        let rules = resolver.rules();
        let mut prepared = Vec::new();
        let mut complete = selected.len() == self.environments.len();
        let selected: BTreeSet<&str> = selected.iter().map(EnvironmentName::as_str).collect();
        for (name, environment) in &self.environments {
            if !selected.contains(name.value.as_str()) {
                complete = false;
                continue;
            }
            resolver.findings.within(Some(&name.value));
            prepared.push(resolver.environment(name, environment));
        }
        let scopes: Vec<_> = prepared.iter().map(|one| &one.scope).collect();
        let desired = resolver.desired(&scopes);
        let mut environments = Vec::new();
        for (one, desired) in prepared.into_iter().zip(desired) {
            let resolved = one.with(desired);
            complete &= resolved.is_some();
            environments.extend(resolved.filter(|_| keep));
        }
        let places = self.places();
        environments.sort_by_key(|one| places.get(one.name.as_str()).copied());
        resolver.findings.within(None);
        resolver.check_hosts();
        resolver.check_used();
        let Resolver {
            findings,
            sensitive,
            mut hidden,
            ..
        } = resolver;
        let mut found = self.diagnostics.clone();
        let mut silences = findings.into_diagnostics(&mut found);
        found.retain(|one| !silences.silence(one, sources));
        let errors = found.has_errors();
        if errors {
            // Who misspelt a name uses it.
            let unused = [Code::UnusedGroup, Code::UnusedVariable];
            found.forget(&unused);
        }
        if !keep && complete && !errors {
            found.extend(silences.unused(sources));
        }
        let diagnostics = found.into_sorted();
        hidden.sort();
        hidden.dedup();
        let looks_at_all = |rule: &Rule| rule.deny.names("declared");
        let declared = match keep && rules.iter().any(looks_at_all) {
            true => self.declared(sources),
            false => BTreeMap::new(),
        };
        Resolution {
            environments,
            rules,
            declared,
            diagnostics,
            sensitive: sensitive.into_iter().collect(),
            hidden,
        }
    }
}
