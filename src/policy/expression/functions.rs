//! The functions that a rule can call: a closed list. What is not here is a fault of the rule, and is never called.

use cel::common::ast::operators as op;

use super::super::shape::Type;

/// What a call comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gives {
    Truth,
    Number,
    Text,
    Moment,
    Length,
    /// What its first operand is.
    First,
    /// What its second argument is: both ways of a choice.
    Choice,
    /// A part of what it is applied to.
    Part,
}

/// The operators and functions, by their names in the tree. Those of operators have signs in them.
const FUNCTIONS: &[(&str, Gives)] = &[
    (op::LOGICAL_AND, Gives::Truth),
    (op::LOGICAL_OR, Gives::Truth),
    (op::LOGICAL_NOT, Gives::Truth),
    (op::NOT_STRICTLY_FALSE, Gives::Truth),
    (op::EQUALS, Gives::Truth),
    (op::NOT_EQUALS, Gives::Truth),
    (op::LESS, Gives::Truth),
    (op::LESS_EQUALS, Gives::Truth),
    (op::GREATER, Gives::Truth),
    (op::GREATER_EQUALS, Gives::Truth),
    (op::IN, Gives::Truth),
    (op::ADD, Gives::First),
    (op::SUBSTRACT, Gives::First),
    (op::MULTIPLY, Gives::Number),
    (op::DIVIDE, Gives::Number),
    (op::MODULO, Gives::Number),
    (op::NEGATE, Gives::First),
    (op::CONDITIONAL, Gives::Choice),
    (op::INDEX, Gives::Part),
    ("size", Gives::Number),
    ("contains", Gives::Truth),
    ("startsWith", Gives::Truth),
    ("endsWith", Gives::Truth),
    ("matches", Gives::Truth),
    ("string", Gives::Text),
    ("int", Gives::Number),
    ("double", Gives::Number),
    ("timestamp", Gives::Moment),
    ("duration", Gives::Length),
    ("getFullYear", Gives::Number),
    ("getMonth", Gives::Number),
    ("getDate", Gives::Number),
    ("getDayOfMonth", Gives::Number),
    ("getDayOfWeek", Gives::Number),
    ("getDayOfYear", Gives::Number),
    ("getHours", Gives::Number),
    ("getMinutes", Gives::Number),
    ("getSeconds", Gives::Number),
];

/// The macros, which are no calls any more when a tree is looked at.
const MACROS: &[&str] = &["has", "all", "exists", "exists_one", "map", "filter"];

impl Gives {
    /// What calls of this name come to.
    pub(super) fn of(name: &str) -> Option<Self> {
        let mut functions = FUNCTIONS.iter();
        functions
            .find(|(known, _)| *known == name)
            .map(|(_, gives)| *gives)
    }

    /// The names that people write.
    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        let names = FUNCTIONS.iter().map(|(name, _)| *name);
        let called = names.filter(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        called.chain(MACROS.iter().copied())
    }

    /// What a call gives whose operands are these.
    pub(super) fn type_of(self, operands: &[Type]) -> Type {
        match self {
            Self::Truth => Type::Truth,
            Self::Number => Type::Number,
            Self::Text => Type::Text,
            Self::Moment => Type::Moment,
            Self::Length => Type::Length,
            // The difference of two moments is a length.
            Self::First => match operands {
                [Type::Moment, Type::Moment] => Type::Any,
                [first, ..] => first.clone(),
                [] => Type::Any,
            },
            Self::Choice => operands.get(1).cloned().unwrap_or(Type::Any),
            Self::Part => match operands.first() {
                Some(Type::List(inner) | Type::Map(inner)) => (**inner).clone(),
                _ => Type::Any,
            },
        }
    }
}
