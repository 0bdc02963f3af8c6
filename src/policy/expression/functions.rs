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

/// An operator or a function: its name in the tree, how people write it, and what it gives.
#[derive(Clone, Copy, Debug)]
pub(super) struct Function {
    name: &'static str,
    pub(super) gives: Gives,
    /// Whether people write it by its name.
    is_called: bool,
}

const fn operator(name: &'static str, gives: Gives) -> Function {
    Function {
        name,
        gives,
        is_called: false,
    }
}

const fn function(name: &'static str, gives: Gives) -> Function {
    Function {
        name,
        gives,
        is_called: true,
    }
}

const FUNCTIONS: &[Function] = &[
    operator(op::LOGICAL_AND, Gives::Truth),
    operator(op::LOGICAL_OR, Gives::Truth),
    operator(op::LOGICAL_NOT, Gives::Truth),
    operator(op::NOT_STRICTLY_FALSE, Gives::Truth),
    operator(op::EQUALS, Gives::Truth),
    operator(op::NOT_EQUALS, Gives::Truth),
    operator(op::LESS, Gives::Truth),
    operator(op::LESS_EQUALS, Gives::Truth),
    operator(op::GREATER, Gives::Truth),
    operator(op::GREATER_EQUALS, Gives::Truth),
    operator(op::IN, Gives::Truth),
    operator(op::ADD, Gives::First),
    operator(op::SUBSTRACT, Gives::First),
    operator(op::MULTIPLY, Gives::Number),
    operator(op::DIVIDE, Gives::Number),
    operator(op::MODULO, Gives::Number),
    operator(op::NEGATE, Gives::First),
    operator(op::CONDITIONAL, Gives::Choice),
    operator(op::INDEX, Gives::Part),
    function("size", Gives::Number),
    function("contains", Gives::Truth),
    function("startsWith", Gives::Truth),
    function("endsWith", Gives::Truth),
    function("matches", Gives::Truth),
    function("string", Gives::Text),
    function("int", Gives::Number),
    function("double", Gives::Number),
    function("timestamp", Gives::Moment),
    function("duration", Gives::Length),
    function("getFullYear", Gives::Number),
    function("getMonth", Gives::Number),
    function("getDate", Gives::Number),
    function("getDayOfMonth", Gives::Number),
    function("getDayOfWeek", Gives::Number),
    function("getDayOfYear", Gives::Number),
    function("getHours", Gives::Number),
    function("getMinutes", Gives::Number),
    function("getSeconds", Gives::Number),
];

/// The macros, which are no calls any more when a tree is looked at.
const MACROS: &[&str] = &["has", "all", "exists", "exists_one", "map", "filter"];

impl Function {
    /// The one of this name.
    pub(super) fn find(name: &str) -> Option<&'static Self> {
        FUNCTIONS.iter().find(|function| function.name == name)
    }

    /// The names that people write.
    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        let called = FUNCTIONS.iter().filter(|function| function.is_called);
        called
            .map(|function| function.name)
            .chain(MACROS.iter().copied())
    }

    /// What a call gives whose operands are these.
    pub(super) fn type_of(&self, operands: &[Type]) -> Type {
        match self.gives {
            Gives::Truth => Type::Truth,
            Gives::Number => Type::Number,
            Gives::Text => Type::Text,
            Gives::Moment => Type::Moment,
            Gives::Length => Type::Length,
            // The difference of two moments is a length.
            Gives::First => match operands {
                [Type::Moment, Type::Moment] => Type::Any,
                [first, ..] => first.clone(),
                [] => Type::Any,
            },
            Gives::Choice => operands.get(1).cloned().unwrap_or(Type::Any),
            Gives::Part => match operands.first() {
                Some(Type::List(inner) | Type::Map(inner)) => (**inner).clone(),
                _ => Type::Any,
            },
        }
    }
}
