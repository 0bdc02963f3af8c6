//! The patterns of `matches`: literals, which are compiled with the rule, and bounded.

use std::collections::BTreeMap;

use cel::{
    IdedExpr,
    common::ast::{Expr, LiteralValue},
};
use regex::{Regex, RegexBuilder};

use super::{Fault, walk};

/// The most memory that a pattern may compile to, in bytes.
const LARGEST: usize = 256 * 1024;
/// How deeply a pattern may be nested.
const DEEPEST: u32 = 32;

/// The patterns of an expression, by their texts.
pub(super) type Patterns = BTreeMap<String, Regex>;

pub(super) fn patterns(expr: &IdedExpr) -> Result<Patterns, Fault> {
    let mut found = Patterns::new();
    collect(expr, &mut found)?;
    Ok(found)
}

fn collect(expr: &IdedExpr, found: &mut Patterns) -> Result<(), Fault> {
    if let Expr::Call(call) = &expr.expr
        && call.func_name == "matches"
    {
        let pattern = call.args.last().map(|pattern| &pattern.expr);
        let Some(Expr::Literal(LiteralValue::String(pattern))) = pattern else {
            return Err(Fault::new("the pattern of `matches` is not a literal")
                .help("write the pattern itself, such as `o.after.path.matches('^/webhooks/')`"));
        };
        let pattern = pattern.inner();
        found.insert(pattern.to_owned(), compile(pattern)?);
    }
    let parts = walk::parts(&expr.expr).unwrap_or_default();
    parts.into_iter().try_for_each(|part| collect(part, found))
}

fn compile(pattern: &str) -> Result<Regex, Fault> {
    let compiled = RegexBuilder::new(pattern)
        .size_limit(LARGEST)
        .dfa_size_limit(LARGEST)
        .nest_limit(DEEPEST)
        .build();
    compiled.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => {
            Fault::new("the pattern of `matches` repeats too much").help(
                "it may take 256 KiB: write fewer or smaller repetitions, such as `*` for `{1,1000}`",
            )
        }
        error => {
            let text = error.to_string();
            let last = text.lines().last().unwrap_or_default();
            let why = last.trim_start_matches("error: ");
            Fault::new(format!("the pattern of `matches` is not valid: {why}"))
        }
    })
}
