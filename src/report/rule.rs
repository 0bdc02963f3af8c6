//! What a finding breaks: a code of diagnostics, a guard, a rule of the user's own.

use std::borrow::Cow;

use crate::{
    diagnostic::{Code, Severity},
    model::RuleId,
    plan::{Refusal, RefusalCode, Shown, WarningCode},
};

/// What a finding breaks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// What a manifest must be.
    Code(Code),
    /// A guard of plans.
    Guard(RefusalCode),
    /// What someone should know about a plan.
    Warning(WarningCode),
    /// A rule of the user's own.
    Policy(RuleId),
    /// That the live state of an environment can be read.
    NotPlanned,
}

impl Rule {
    /// What refuses.
    pub(super) fn of(refusal: &Refusal<Shown>) -> Self {
        match refusal {
            Refusal::Policy { rule, .. } => Self::Policy(rule.clone()),
            guard => Self::Guard(guard.code()),
        }
    }

    /// All that plans can break beside the codes of diagnostics and the rules of a manifest.
    pub(super) fn of_plans() -> Vec<Self> {
        let guards = RefusalCode::ALL.iter();
        let guards = guards.filter(|guard| **guard != RefusalCode::Policy);
        let warnings = WarningCode::ALL.iter().map(|code| Self::Warning(*code));
        let own = guards.map(|guard| Self::Guard(*guard)).chain(warnings);
        own.chain([Self::NotPlanned]).collect()
    }

    /// The name, the same in every format.
    pub fn id(&self) -> Cow<'static, str> {
        match self {
            Self::Code(code) => code.as_str().into(),
            Self::Guard(guard) => guard.as_str().into(),
            Self::Warning(code) => code.as_str().into(),
            Self::Policy(rule) => format!("policy/{rule}").into(),
            Self::NotPlanned => "not-planned".into(),
        }
    }

    /// The name in words that programs may show.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Code(code) => format!("{code:?}"),
            Self::Guard(guard) => format!("{guard:?}"),
            Self::Warning(code) => format!("{code:?}"),
            Self::Policy(rule) => rule.to_string(),
            Self::NotPlanned => format!("{self:?}"),
        }
    }

    /// What it means that it is broken, in a few words.
    pub(super) fn title(&self) -> &'static str {
        match self {
            Self::Code(code) => code.title(),
            Self::Guard(guard) => guard.title(),
            Self::Warning(code) => code.title(),
            Self::Policy(_) => RefusalCode::Policy.title(),
            Self::NotPlanned => "the live state of an environment could not be read",
        }
    }

    /// The same at length, as Markdown, where there is more to say.
    pub(super) fn documentation(&self) -> Option<String> {
        match self {
            Self::Code(code) => Some(code.documentation()),
            Self::Guard(_) | Self::Warning(_) | Self::Policy(_) | Self::NotPlanned => None,
        }
    }

    /// How bad it is, unless a finding says otherwise.
    pub(super) fn severity(&self) -> Severity {
        match self {
            Self::Code(code) => code.severity(),
            Self::Warning(_) => Severity::Warning,
            Self::Guard(_) | Self::Policy(_) | Self::NotPlanned => Severity::Error,
        }
    }
}
