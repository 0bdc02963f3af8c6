//! Texts → expressions that can be evaluated.

use std::ops::Range;

use cel::{IdedExpr, parser::PrattParser};

use super::{
    Fault, Names, aside, check,
    cost::metered,
    patterns::{Patterns, patterns},
    walk,
};

/// The longest text of a rule, in bytes.
pub const LONGEST: usize = 2048;
/// How deeply a text may be nested.
const DEEPEST: u16 = 48;
/// How many parts an expression may have, with those that macros make.
const MOST_PARTS: usize = 4000;
/// How many comprehensions may be in one another.
const MOST_LOOPS: usize = 3;
/// How deep a tree may be.
const MOST_LEVELS: usize = 200;

/// An expression that compiles, and is true or false of an input.
#[derive(Clone, Debug)]
pub struct Expression {
    text: String,
    pub(super) tree: IdedExpr,
    pub(super) names: Names,
    pub(super) patterns: Patterns,
}

impl Expression {
    /// Compiles a text.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and where.
    pub fn compile(text: &str) -> Result<Self, Fault> {
        bounded(text)?;
        let compiled = aside(|| {
            let tree = parse(text)?;
            let names = check::check(&tree, text)?;
            Ok(Self {
                text: text.to_owned(),
                patterns: patterns(&tree)?,
                tree: metered(tree),
                names,
            })
        });
        compiled.unwrap_or_else(|| Err(Fault::new("the rule could not be compiled")))
    }

    /// Its text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it names this part of the input, such as `change`.
    pub fn names(&self, variable: &str) -> bool {
        self.names.contains(variable)
    }
}

/// What can be told of a text without reading it.
fn bounded(text: &str) -> Result<(), Fault> {
    if text.len() > LONGEST {
        let problem = format!("the rule has {} bytes", text.len());
        return Err(Fault::new(problem).help(format!(
            "a rule has at most {LONGEST} bytes: write several rules"
        )));
    }
    if text.trim().is_empty() {
        return Err(Fault::new("the rule is empty").help(
            "say what is true of a plan that is to be refused, such as `counts.delete > 5`",
        ));
    }
    let is_odd = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    match text.char_indices().find(|(_, c)| is_odd(*c)) {
        Some((at, odd)) => {
            let problem = format!(
                "the rule has the control character U+{:04X}",
                u32::from(odd)
            );
            Err(Fault {
                at: Some(at..at + odd.len_utf8()),
                ..Fault::new(problem)
            })
        }
        None => Ok(()),
    }
}

fn parse(text: &str) -> Result<IdedExpr, Fault> {
    // The engine's other parser, ANTLR's, takes gigabytes for some texts of a hundred bytes.
    let parser = PrattParser::new()
        .max_recursion_depth(DEEPEST)
        .max_expression_node_count(MOST_PARTS)
        .error_recovery_limit(4)
        .error_reporting_limit(4);
    let tree = parser.parse(text).map_err(|errors| {
        // The first one that has a place is what people look for.
        let mut errors = errors.errors;
        errors.sort_by_key(|error| error.pos.0 <= 0);
        let first = errors.into_iter().next();
        first.map_or_else(
            || Fault::new("the rule is not CEL"),
            |error| Fault {
                at: place(text, error.pos),
                ..Fault::new(format!("the rule is not CEL: {}", said(&error.msg)))
            },
        )
    })?;
    let (loops, levels) = walk::depths(&tree);
    if loops > MOST_LOOPS {
        let problem = format!(
            "{loops} comprehensions (`exists`, `all`, `map` and the like) are in one another"
        );
        return Err(Fault::new(problem).help(format!("there may be {MOST_LOOPS}")));
    }
    if levels > MOST_LEVELS {
        return Err(Fault::new("the rule is nested too deeply").help("write several rules"));
    }
    Ok(tree)
}

/// The engine's words, in one line.
fn said(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    let line = line.trim().trim_end_matches('.');
    line.strip_prefix("Syntax error: ")
        .unwrap_or(line)
        .to_owned()
}

/// The place of a line and a column, both counted from 1.
fn place(text: &str, (line, column): (isize, isize)) -> Option<Range<usize>> {
    let line = usize::try_from(line).ok()?.checked_sub(1)?;
    let column = usize::try_from(column).ok()?.saturating_sub(1);
    let mut before = 0;
    for (number, found) in text.split_inclusive('\n').enumerate() {
        if number == line {
            let found = found.trim_end_matches('\n');
            let mut at = column.min(found.len());
            while !found.is_char_boundary(at) {
                at -= 1;
            }
            let end = found[at..].chars().next().map_or(at, |c| at + c.len_utf8());
            return Some(before + at..before + end);
        }
        before += found.len();
    }
    None
}
