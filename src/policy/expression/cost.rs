//! What evaluating may cost: the engine has no limit, so each turn of a comprehension is made to pay for itself first.
//!
//! A turn pays for the parts of the rule that are looked at in it. One that makes a list pays more, as what it makes is kept,
//! and the more, the longer the texts are that it can make. What cannot be paid is not evaluated.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use cel::{
    IdedExpr,
    common::ast::{CallExpr, ComprehensionExpr, Expr, LiteralValue, operators as op},
    common::types::{CelBool, CelInt},
};

use super::walk;

/// The units that the evaluation of one rule may take.
pub(super) const UNITS: u64 = 4_000_000;
/// What a turn pays for the value that it gets, of which the engine makes a copy.
const TURN: u64 = 20;
/// What a turn pays that adds to a list.
const KEPT: u64 = 50;
/// What a call of `matches` adds to a turn.
const MATCH: u64 = 100;
/// The function that a turn pays with. Nobody can write its name in a rule: `@` begins no name.
pub(super) const PAY: &str = "@pay";

/// What is left to pay with.
#[derive(Clone, Debug, Default)]
pub(super) struct Purse(Arc<AtomicU64>);

impl Purse {
    /// Fills it for a rule.
    pub(super) fn fill(&self) {
        self.0.store(UNITS, Ordering::Relaxed);
    }

    /// Pays; `false` where there is not so much left, and then nothing is any more.
    pub(super) fn pay(&self, units: u64) -> bool {
        match self.0.load(Ordering::Relaxed).checked_sub(units) {
            Some(left) => {
                self.0.store(left, Ordering::Relaxed);
                left > 0
            }
            None => {
                self.0.store(0, Ordering::Relaxed);
                false
            }
        }
    }

    /// Whether everything was spent.
    pub(super) fn is_empty(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }
}

/// Makes every turn of every comprehension pay.
pub(super) fn metered(mut expr: IdedExpr) -> IdedExpr {
    meter(&mut expr);
    expr
}

fn meter(expr: &mut IdedExpr) {
    match &mut expr.expr {
        Expr::Comprehension(over) => {
            let price = price(over);
            for part in [
                &mut over.iter_range,
                &mut over.accu_init,
                &mut over.loop_cond,
                &mut over.loop_step,
                &mut over.result,
            ] {
                meter(part);
            }
            // The engine keeps a list that grows apart only where the loop's own condition is a literal: there, the step pays.
            match added(&mut over.loop_step) {
                Some(step) => pay_before(step, price),
                None => pay_before(&mut over.loop_cond, price),
            }
        }
        Expr::Call(call) => {
            if let Some(target) = &mut call.target {
                meter(target);
            }
            call.args.iter_mut().for_each(meter);
        }
        Expr::Select(select) => meter(&mut select.operand),
        Expr::List(list) => list.elements.iter_mut().for_each(meter),
        Expr::Map(map) => {
            for entry in &mut map.entries {
                if let cel::common::ast::EntryExpr::MapEntry(entry) = &mut entry.expr {
                    meter(&mut entry.key);
                    meter(&mut entry.value);
                }
            }
        }
        Expr::Ident(_) | Expr::Literal(_) | Expr::Struct(_) | Expr::Unspecified => {}
    }
}

/// What a turn of a comprehension costs.
fn price(over: &ComprehensionExpr) -> u64 {
    let step = &over.loop_step;
    let looked_at = TURN + walk::size(step) + walk::size(&over.loop_cond);
    let looked_at = looked_at + MATCH * walk::calls(step, "matches");
    match over.accu_init.expr {
        // Texts that are put together are kept at their whole length.
        Expr::List(_) => {
            let longer = 1 + walk::calls(step, op::ADD).saturating_sub(1);
            looked_at + KEPT * longer * longer
        }
        _ => looked_at,
    }
}

/// Where the step of a comprehension that makes a list has what it looks at first: the guard of `filter`, or the only element that
/// `map` adds.
fn added(step: &mut IdedExpr) -> Option<&mut IdedExpr> {
    let Expr::Call(call) = &mut step.expr else {
        return None;
    };
    match (call.func_name.as_str(), &mut call.args[..]) {
        (op::CONDITIONAL, [guard, then, _]) => {
            let adds = matches!(&then.expr, Expr::Call(call) if call.func_name == op::ADD)
                && matches!(&then.expr, Expr::Call(call)
                    if matches!(call.args.last().map(|last| &last.expr), Some(Expr::List(_))));
            adds.then_some(guard)
        }
        (op::ADD, [_, list]) => match &mut list.expr {
            Expr::List(list) => list.elements.first_mut(),
            _ => None,
        },
        _ => None,
    }
}

/// `@pay(price) ? expr : false`: paying comes first, and an error of it is no other value's.
fn pay_before(expr: &mut IdedExpr, price: u64) {
    let id = expr.id;
    let node = |expr| IdedExpr { id, expr };
    let price = i64::try_from(price).unwrap_or(i64::MAX);
    let call = |func_name: &str, args| {
        Expr::Call(CallExpr {
            func_name: func_name.to_owned(),
            target: None,
            args,
        })
    };
    let price = node(Expr::Literal(LiteralValue::Int(CelInt::from(price))));
    let otherwise = node(Expr::Literal(LiteralValue::Boolean(CelBool::from(false))));
    let then = std::mem::take(expr);
    let paid = node(call(PAY, vec![price]));
    *expr = node(call(op::CONDITIONAL, vec![paid, then, otherwise]));
}
