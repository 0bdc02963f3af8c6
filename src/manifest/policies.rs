//! The rules over plans: compiled, and, where their inputs can be read, tested.

use std::{
    collections::BTreeSet,
    ops::Range,
    path::{Component, Path},
    sync::Arc,
};

use jiff::civil::Date;

use super::{
    de::Spanned,
    outside::Lookup,
    schema::{self, PolicyRule},
    state::Resolver,
};
use crate::{
    diagnostic::{Code, Diagnostic, Span, quoted},
    model::{EnvType, EnvironmentName, Level, RuleId},
    policy::{Exception, Expression, Fault, Rule, RuleTest, Scope, Tested, run_test},
};

/// How many rules a manifest may have: each is asked of each plan.
const MOST_RULES: usize = 200;
/// How many tests its rules may have, together.
const MOST_TESTS: usize = 1000;
/// The longest text that a rule may say, in characters.
const LONGEST_SAY: usize = 300;

impl<'d> Resolver<'d> {
    /// The rules that nothing is wrong with.
    pub(super) fn rules(&mut self) -> Vec<Rule> {
        let document = self.document;
        let mut rules = Vec::new();
        let mut tests = 0;
        for (number, (id, declared)) in document.policies.iter().enumerate() {
            if number == MOST_RULES {
                let all = document.policies.len();
                let problem = format!("there are {all} rules, and there may be {MOST_RULES}");
                self.invalid_itself(
                    id.span,
                    problem,
                    "write one rule for what is refused for one reason",
                );
                break;
            }
            tests += declared.tests.len();
            if tests > MOST_TESTS {
                let problem = format!("the rules have more than {MOST_TESTS} tests");
                self.invalid_itself(
                    id.span,
                    problem,
                    "keep those that show something of their own",
                );
                break;
            }
            let rule = self.rule(id, declared);
            if let Some(rule) = &rule {
                self.test(rule, declared);
            }
            rules.extend(rule);
        }
        rules
    }

    fn rule(&mut self, id: &'d Spanned<String>, declared: &'d PolicyRule) -> Option<Rule> {
        let PolicyRule {
            applies,
            deny,
            say,
            level,
            except,
            tests,
        } = declared;
        let known = RuleId::new(&id.value);
        if known.is_none() {
            self.invalid_itself(
                id.span,
                format!("the id of a rule cannot be {}", quoted(&id.value)),
                "it has 1 to 64 small letters, digits and dashes, such as `prod-host-change-needs-two`",
            );
        }
        let scope = self.scope_of(applies.as_ref());
        let expression = deny.as_ref().and_then(|deny| self.expression(deny));
        let say = say.as_ref().and_then(|say| self.said(say));
        // All are looked at, whatever is wrong with one.
        let exceptions = except.iter().map(|exception| self.exception(exception));
        let exceptions: Vec<Option<Exception>> = exceptions.collect();
        let tests = tests.iter().map(|test| self.rule_test(test));
        let tests: Vec<Option<RuleTest>> = tests.collect();
        Some(Rule {
            id: known?,
            scope: scope?,
            deny: Arc::new(expression?),
            say: say?,
            level: match level {
                schema::RuleLevel::Deny => Level::Deny,
                schema::RuleLevel::Warn => Level::Warn,
            },
            exceptions: exceptions.into_iter().collect::<Option<_>>()?,
            tests: tests.into_iter().collect::<Option<_>>()?,
        })
    }

    fn scope_of(&mut self, declared: Option<&'d schema::RuleScope>) -> Option<Scope> {
        let Some(declared) = declared else {
            return Some(Scope::default());
        };
        let schema::RuleScope {
            environments,
            provider,
            env_type,
        } = declared;
        let mut are_known = true;
        for name in environments.iter().flatten() {
            self.check_environment(name);
            are_known &= self.document.environments.contains_key(name);
        }
        are_known.then(|| Scope {
            environments: environments.as_ref().map(|names| {
                let names = names.iter();
                names
                    .map(|name| EnvironmentName::new(name.value.as_str()))
                    .collect::<BTreeSet<_>>()
            }),
            provider: provider
                .as_ref()
                .map(|provider| provider.value.id.to_owned()),
            env_type: env_type
                .as_ref()
                .map(|env_type| EnvType::from(env_type.value).to_string()),
        })
    }

    fn expression(&mut self, deny: &Spanned<String>) -> Option<Expression> {
        let fault = match Expression::compile(&deny.value) {
            Ok(expression) => return Some(expression),
            Err(fault) => fault,
        };
        let Fault {
            names_nothing,
            problem,
            help,
            at,
        } = fault;
        let code = match names_nothing {
            true => Code::UnknownInRule,
            false => Code::InvalidRule,
        };
        let span = at.map_or(deny.span, |at| self.inside(deny, at));
        self.findings
            .push_of_environment(Diagnostic::new(code, span, problem).maybe_help(help));
        None
    }

    /// The place of a part of a text: where the file has the text as it is, or, where it is written otherwise, such as over several
    /// lines, where that part stands first; else that of the whole.
    fn inside(&self, text: &Spanned<String>, at: Range<usize>) -> Span {
        let source = self.sources.get(text.span.source);
        let written = source.text.get(text.span.range()).unwrap_or_default();
        if let Some(begins) = written.find(text.value.as_str()) {
            return text.span.part(begins + at.start, at.len());
        }
        let part = text.value.get(at.clone()).filter(|part| part.len() > 1);
        match part.and_then(|part| written.find(part)) {
            Some(begins) => text.span.part(begins, at.len()),
            None => text.span,
        }
    }

    fn said(&mut self, say: &Spanned<String>) -> Option<String> {
        let text = say.value.trim();
        let problem = if text.is_empty() {
            "`say` cannot be empty".to_owned()
        } else if text.chars().count() > LONGEST_SAY {
            format!("`say` has more than {LONGEST_SAY} characters")
        } else if text.chars().any(char::is_control) {
            "`say` has a control character, or several lines".to_owned()
        } else {
            return Some(text.to_owned());
        };
        self.invalid_itself(
            say.span,
            problem,
            "say in one sentence what is refused, and what it takes",
        );
        None
    }

    fn exception(&mut self, declared: &schema::RuleException) -> Option<Exception> {
        let schema::RuleException { key, until, why } = declared;
        let until = until.as_ref()?;
        let day = until.value.parse::<Date>().ok();
        let day = day.filter(|_| until.value.len() == "2027-01-31".len());
        if day.is_none() {
            self.invalid_itself(
                until.span,
                format!("`until` cannot be {}", quoted(&until.value)),
                "write the last day on which the exception holds, such as `2027-01-31`",
            );
        }
        let why = why.as_ref()?;
        if why.value.trim().is_empty() {
            self.invalid_itself(
                why.span,
                "`why` cannot be empty",
                "say why the webhook is excepted: a ticket, say",
            );
        }
        Some(Exception {
            key: key.as_ref()?.value.clone(),
            until: day?,
            why: why.value.clone(),
        })
    }

    fn rule_test(&mut self, declared: &schema::RuleTest) -> Option<RuleTest> {
        let schema::RuleTest {
            name,
            input,
            denied,
        } = declared;
        let input = input.as_ref()?;
        let mut parts = Path::new(&input.value).components();
        let is_inside = parts.all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if !is_inside || input.value.trim().is_empty() {
            self.invalid_itself(
                input.span,
                format!(
                    "{} is outside of the manifest's folder",
                    quoted(&input.value)
                ),
                "keep the inputs of tests beside the manifest, and name them from there",
            );
            return None;
        }
        Some(RuleTest {
            name: name.as_ref()?.value.clone(),
            beside: self.sources.get(input.span.source).label.clone(),
            path: input.value.clone(),
            denied: (*denied)?,
        })
    }

    /// Runs the tests whose inputs may be read.
    fn test(&mut self, rule: &Rule, declared: &PolicyRule) {
        for (test, declared) in rule.tests.iter().zip(&declared.tests) {
            let Some((name, input)) = declared.name.as_ref().zip(declared.input.as_ref()) else {
                continue;
            };
            let problem = match self.values.rule_input(&test.beside, &test.path) {
                Ok(Lookup::Withheld) => continue,
                Ok(Lookup::Found(text)) => match run_test(rule, test, &text) {
                    Tested::Passed => continue,
                    Tested::Failed(why) => {
                        let message = format!(
                            "the test {} of `{}` fails: {why}",
                            quoted(&test.name),
                            rule.id
                        );
                        let diagnostic = Diagnostic::new(Code::FailedRuleTest, name.span, message)
                            .help("mend the rule, or what the test expects; `hookwright policy test` runs the tests alone");
                        self.findings.push_of_environment(diagnostic);
                        continue;
                    }
                },
                Ok(Lookup::Unset) => "there is no such file".to_owned(),
                Err(problem) => problem,
            };
            let message = format!("the input {} cannot be read: {problem}", quoted(&test.path));
            let diagnostic = Diagnostic::new(Code::UnreadableFile, input.span, message).help(
                "make it with `hookwright policy explain`, relative to the manifest's folder",
            );
            self.findings.push_of_environment(diagnostic);
        }
    }
}
