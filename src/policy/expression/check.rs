//! Whether everything that an expression names is there, told before it is evaluated.
//!
//! The engine checks no types: a field that is misspelt would be found only once a plan has such an operation. So the
//! types of the input are followed through the tree, as far as they are known.

use std::ops::Range;

use cel::{
    IdedExpr,
    common::ast::{ComprehensionExpr, Expr, LiteralValue, operators as op},
};

use super::{
    super::shape::{Shapes, Type},
    Fault, Names,
    functions::Gives,
    walk,
};
use crate::diagnostic::{did_you_mean, listed, quoted};

/// Checks an expression, which must be true or false, and gives the variables that it names.
pub(super) fn check(tree: &IdedExpr, text: &str) -> Result<Names, Fault> {
    let mut checker = Checker {
        shapes: Shapes::of_input(),
        text,
        scope: Vec::new(),
        names: Names::new(),
    };
    match checker.type_of(tree)? {
        Type::Truth | Type::Any => Ok(checker.names),
        other => Err(Fault::new(format!(
            "the rule gives {}, and is to be true or false",
            other.noun()
        ))
        .help("compare it with something, such as `size(operations) > 10`")),
    }
}

struct Checker<'t> {
    shapes: &'static Shapes,
    text: &'t str,
    /// What comprehensions have named, the innermost last.
    scope: Vec<(String, Type)>,
    names: Names,
}

impl Checker<'_> {
    fn type_of(&mut self, expr: &IdedExpr) -> Result<Type, Fault> {
        match &expr.expr {
            Expr::Literal(literal) => Ok(match literal {
                LiteralValue::Boolean(_) => Type::Truth,
                LiteralValue::Int(_) | LiteralValue::UInt(_) | LiteralValue::Double(_) => {
                    Type::Number
                }
                LiteralValue::String(_) => Type::Text,
                LiteralValue::Bytes(_) | LiteralValue::Null => Type::Any,
            }),
            Expr::Ident(name) => self.variable(name),
            Expr::Select(select) => {
                let of = self.type_of(&select.operand)?;
                let field = self.field(&of, &select.field)?;
                // `has(…)` only asks whether it is there.
                Ok(if select.test { Type::Truth } else { field })
            }
            Expr::Call(call) => {
                let Some(gives) = Gives::of(&call.func_name) else {
                    return Err(self.no_function(&call.func_name));
                };
                let operands = call.target.as_deref().into_iter().chain(&call.args);
                let operands: Vec<&IdedExpr> = operands.collect();
                let mut types = Vec::new();
                for operand in &operands {
                    types.push(self.type_of(operand)?);
                }
                // `operations[0]["key"]` is a field as `operations[0].key` is.
                if let (op::INDEX, Some(Expr::Literal(LiteralValue::String(field)))) = (
                    call.func_name.as_str(),
                    operands.get(1).map(|part| &part.expr),
                ) {
                    return self.field(&types[0], field.inner());
                }
                Ok(gives.type_of(&types))
            }
            Expr::List(list) if list.optional_indices.is_empty() => {
                let mut inner = Type::Any;
                for element in &list.elements {
                    inner = self.type_of(element)?;
                }
                Ok(Type::List(Box::new(inner)))
            }
            Expr::Map(_) => {
                let parts = walk::parts(&expr.expr).ok_or_else(not_allowed)?;
                for part in parts {
                    self.type_of(part)?;
                }
                Ok(Type::Any)
            }
            Expr::Comprehension(over) => self.comprehension(over),
            Expr::List(_) | Expr::Struct(_) | Expr::Unspecified => Err(not_allowed()),
        }
    }

    fn comprehension(&mut self, over: &ComprehensionExpr) -> Result<Type, Fault> {
        if over.iter_var2.is_some() {
            return Err(not_allowed());
        }
        let item = match self.type_of(&over.iter_range)? {
            Type::List(inner) => *inner,
            Type::Map(_) => Type::Text,
            Type::Any | Type::Structure(_) => Type::Any,
            other => {
                return Err(Fault::new(format!(
                    "`{}` goes through a list or a map, and this is {}",
                    over.iter_var,
                    other.noun()
                )));
            }
        };
        let result = self.type_of(&over.accu_init)?;
        let depth = self.scope.len();
        self.scope.push((over.accu_var.clone(), result.clone()));
        self.scope.push((over.iter_var.clone(), item));
        self.type_of(&over.loop_cond)?;
        let made = self.made(&over.loop_step)?;
        self.type_of(&over.result)?;
        self.scope.truncate(depth);
        Ok(match result {
            // A list is of what a turn adds to it.
            Type::List(_) => Type::List(Box::new(made)),
            // `exists_one` counts, and compares.
            Type::Number => Type::Truth,
            other => other,
        })
    }

    /// What a turn adds to a list.
    fn made(&mut self, step: &IdedExpr) -> Result<Type, Fault> {
        let whole = self.type_of(step)?;
        let then = match &step.expr {
            Expr::Call(call) if call.func_name == op::CONDITIONAL => call.args.get(1),
            _ => Some(step),
        };
        let Some(Expr::Call(call)) = then.map(|step| &step.expr) else {
            return Ok(whole);
        };
        match call.args.last().map(|last| &last.expr) {
            Some(Expr::List(list)) if call.func_name == op::ADD && list.elements.len() == 1 => {
                self.type_of(&list.elements[0])
            }
            _ => Ok(whole),
        }
    }

    fn variable(&mut self, name: &str) -> Result<Type, Fault> {
        let mut scope = self.scope.iter().rev();
        if let Some((_, found)) = scope.find(|(known, _)| known == name) {
            return Ok(found.clone());
        }
        if let Some(found) = self.shapes.variables.get(name) {
            self.names.insert(name.to_owned());
            return Ok(found.clone());
        }
        let scope = self.scope.iter().map(|(known, _)| known.as_str());
        let scope = scope.filter(|known| !known.starts_with('@'));
        let known: Vec<&str> = scope
            .chain(self.shapes.variables.keys().map(String::as_str))
            .collect();
        let fault = self.unknown("nothing called", name);
        Err(fault.help(near(name, &known, "a rule sees")))
    }

    fn field(&self, of: &Type, name: &str) -> Result<Type, Fault> {
        let known = match of {
            Type::Any => return Ok(Type::Any),
            Type::Map(inner) => return Ok((**inner).clone()),
            Type::Structure(structure) => self.shapes.fields(structure),
            Type::Truth
            | Type::Number
            | Type::Text
            | Type::Moment
            | Type::Length
            | Type::List(_) => None,
        };
        let fault = self.unknown("no field", name);
        let Some(known) = known else {
            return Err(fault.help(format!("this is {}, which has no fields", of.noun())));
        };
        match known.get(name) {
            Some(found) => Ok(found.clone()),
            None => {
                let known: Vec<&str> = known.keys().map(String::as_str).collect();
                Err(fault.help(near(name, &known, "there is")))
            }
        }
    }

    fn no_function(&self, name: &str) -> Fault {
        let known: Vec<&str> = Gives::names().collect();
        self.unknown("no function", name)
            .help(near(name, &known, "there is"))
    }

    /// A name of something that is not there.
    fn unknown(&self, what: &str, name: &str) -> Fault {
        Fault {
            names_nothing: true,
            at: self.place(name),
            ..Fault::new(format!("there is {what} {}", quoted(name)))
        }
    }

    /// Where a name stands: its first place in the text, as a word.
    fn place(&self, name: &str) -> Option<Range<usize>> {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let mut places = self.text.match_indices(name);
        let at = places.find(|(at, _)| {
            let before = self.text[..*at].chars().next_back();
            let after = self.text[at + name.len()..].chars().next();
            !before.is_some_and(is_part) && !after.is_some_and(is_part)
        });
        at.map(|(at, _)| at..at + name.len())
    }
}

fn near(name: &str, known: &[&str], there: &str) -> String {
    did_you_mean(name, known.iter().copied())
        .unwrap_or_else(|| format!("{there} {}", listed(known.iter().copied(), "and")))
}

fn not_allowed() -> Fault {
    Fault::new("the rule has a part that no rule may have")
        .help("write it without structures of your own, and without `?` before a name")
}
