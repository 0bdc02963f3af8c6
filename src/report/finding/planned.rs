//! What guards and rules say of plans, at its place in the manifest.

use super::{Finding, Location};
use crate::{
    diagnostic::{Places, Section, Severity, Sources, Span},
    model::{EnvironmentName, RuleId, WebhookKey},
    plan::{About, EnvironmentPlan, Known as _, Operation, PlanResult, Refusal, Shown},
    report::{Rule, words},
    run::PlannedEnvironment,
};

/// How many other places a finding names.
const MOST_RELATED: usize = 10;

/// What guards and rules say of plans, at its place.
pub(in crate::report) fn planned(
    planned: &[PlannedEnvironment],
    places: &Places,
    sources: &Sources,
) -> Vec<Finding> {
    let findings = planned.iter().flat_map(|planned| {
        let locator = Locator {
            places,
            sources,
            environment: &planned.environment.name,
            plan: planned.result.plan(),
        };
        locator.findings(planned)
    });
    findings.collect()
}

/// Finds the places of what is said of one environment's plan.
struct Locator<'r> {
    places: &'r Places,
    sources: &'r Sources,
    environment: &'r EnvironmentName,
    plan: Option<&'r EnvironmentPlan<Shown>>,
}

/// Where something is: the first place is the one that it is shown at.
type Found = Vec<(Span, String)>;

impl Locator<'_> {
    fn findings(&self, planned: &PlannedEnvironment) -> Vec<Finding> {
        let refusals = planned.result.refusals().iter();
        let mut findings: Vec<Finding> = refusals
            .map(|refusal| self.refused(refusal, &planned.environment.way_out(refusal)))
            .collect();
        if let PlanResult::Failed { error, way_out } = &planned.result {
            findings.push(self.unread(error, way_out.as_deref()));
        }
        let warned = planned.result.plan().map(words::warned);
        let warned = warned.into_iter().flatten();
        findings.extend(warned.map(|warned| self.warned(warned)));
        findings
    }

    /// Nothing is known of the environment.
    fn unread(&self, error: &str, way_out: Option<&str>) -> Finding {
        let found = self.at(Rule::NotPlanned, Severity::Error, self.environment_alone());
        Finding {
            message: format!(
                "the live state of {} could not be read: {}",
                self.environment,
                words::clean(error)
            ),
            help: way_out.map(|text| words::clean(text).into_owned()),
            ..found
        }
    }

    fn refused(&self, refusal: &Refusal<Shown>, way_out: &str) -> Finding {
        Finding {
            message: format!(
                "refused in {}: {}",
                self.environment,
                words::clean(&refusal.to_string())
            ),
            help: Some(words::clean(way_out).into_owned()),
            ..self.about(Rule::of(refusal), Severity::Error, &refusal.about())
        }
    }

    fn warned(&self, warned: words::Warned) -> Finding {
        let words::Warned { rule, keys, text } = warned;
        let about = About {
            keys: keys.iter().collect(),
            ..About::default()
        };
        Finding {
            message: format!("in {}: {text}", self.environment),
            ..self.about(rule, Severity::Warning, &about)
        }
    }

    /// A finding about these webhooks that says nothing yet.
    fn about(&self, rule: Rule, severity: Severity, about: &About<'_>) -> Finding {
        let places = match &rule {
            Rule::Policy(id) => self.of_policy(id),
            _ => self.of(about),
        };
        let found = self.at(rule, severity, places);
        Finding {
            identity: found.identity + &identity(about),
            ..found
        }
    }

    /// A finding at these places that says nothing yet.
    fn at(&self, rule: Rule, severity: Severity, places: Found) -> Finding {
        let mut locations = places
            .into_iter()
            .map(|(span, text)| Location::new(span, text, self.sources));
        Finding {
            rule,
            severity,
            environment: Some(self.environment.clone()),
            message: String::new(),
            help: None,
            location: locations.next(),
            related: locations.take(MOST_RELATED).collect(),
            identity: self.environment.to_string(),
            stands_for: 1,
        }
    }

    /// Where the environment is declared: what has no other place is there.
    fn environment_alone(&self) -> Found {
        let span = self
            .places
            .of(Section::Environments, self.environment.as_str());
        span.map(|span| (span, String::new())).into_iter().collect()
    }

    /// Where webhooks are declared, or said to be removed.
    fn of(&self, about: &About<'_>) -> Found {
        let keys = about.keys.iter().filter_map(|key| self.declared(key));
        let live = about.live.iter();
        let live = live.filter_map(|(id, name)| self.operation(*id, name));
        let live = live.filter_map(|operation| self.changed(operation));
        let other = about.environment;
        let other = other.and_then(|name| {
            let span = self.places.of(Section::Environments, name.as_str())?;
            Some((span, declared_here(name.as_str())))
        });
        let mut found: Found = keys.chain(live).collect();
        if found.is_empty() {
            found = self.environment_alone();
        }
        // The first place needs no words: the finding says what is there.
        found.iter_mut().take(1).for_each(|(_, text)| text.clear());
        found.extend(other);
        let mut seen = Vec::new();
        found.retain(|(span, _)| {
            !seen.contains(span) && {
                seen.push(*span);
                seen.len() <= MOST_RELATED + 1
            }
        });
        found
    }

    /// A rule is about a whole plan: it is shown where the first webhook is that the plan changes and the rule sees, or else
    /// where the environment is. Where the rule is, and the others, are other places.
    fn of_policy(&self, rule: &RuleId) -> Found {
        let operations = self.plan.map_or(&[][..], |plan| &plan.operations);
        let rulings = self.plan.map_or(&[][..], |plan| &plan.rulings);
        let ruling = rulings.iter().find(|ruling| ruling.rule == *rule);
        let excepted = ruling.map_or(&[][..], |ruling| &ruling.excepted);
        let is_seen =
            |operation: &&Operation<Shown>| !excepted.iter().any(|name| name == operation.title());
        let seen = operations.iter().filter(is_seen);
        let count = seen.clone().count();
        let mut found: Found = seen
            .filter_map(|one| self.changed(one))
            .take(MOST_RELATED)
            .collect();
        if found.is_empty() {
            found = self.environment_alone();
        } else if let Some((_, text)) = found.first_mut() {
            *text = match count {
                1 => String::new(),
                count => format!("one of the {count} webhooks that the plan changes"),
            };
        }
        let rule = self.places.of(Section::Policies, rule.as_str());
        let rule = rule.map(|span| (span, "the rule".to_owned()));
        let at = found.len().min(1);
        found.splice(at..at, rule);
        found
    }

    fn declared(&self, key: &WebhookKey) -> Option<(Span, String)> {
        let span = self.places.of(Section::Webhooks, key.as_str())?;
        Some((span, declared_here(key.as_str())))
    }

    /// Where what an operation changes is declared, or said to be removed.
    fn changed(&self, operation: &Operation<Shown>) -> Option<(Span, String)> {
        match &operation.key {
            Some(key) => self.declared(key),
            None => {
                let name = operation.shown_name();
                let span = self.places.of(Section::Removed, name)?;
                Some((span, format!("`{}` is in `removed`", words::clean(name))))
            }
        }
    }

    /// What the plan does to a live webhook.
    fn operation(&self, id: Option<&str>, name: &str) -> Option<&Operation<Shown>> {
        let mut operations = self.plan?.operations.iter();
        operations.find(|operation| {
            operation.before().is_some_and(|before| match id {
                Some(id) => before.id == id,
                None => before.name().to_string() == name,
            })
        })
    }
}

fn declared_here(name: &str) -> String {
    format!("`{}` is declared here", words::clean(name))
}

/// What a refusal is about, as a text that stays the same.
fn identity(about: &About<'_>) -> String {
    let About {
        keys,
        live,
        environment,
        what,
    } = about;
    let keys = keys.iter().map(|key| key.as_str());
    let live = live.iter().map(|(id, name)| id.unwrap_or(name));
    let environment = environment.iter().map(|name| name.as_str());
    let parts = keys.chain(live).chain(environment).chain(*what);
    parts.map(|part| format!("\0{part}")).collect()
}
