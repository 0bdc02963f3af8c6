//! Going through the tree of an expression.

use cel::{
    IdedExpr,
    common::ast::{EntryExpr, Expr},
};

/// The parts of an expression, one level down. `None` for a kind of part that no rule may have.
pub(super) fn parts(expr: &Expr) -> Option<Vec<&IdedExpr>> {
    Some(match expr {
        Expr::Ident(_) | Expr::Literal(_) => Vec::new(),
        Expr::Call(call) => {
            let target = call.target.as_deref();
            target.into_iter().chain(&call.args).collect()
        }
        Expr::Select(select) => vec![&select.operand],
        Expr::List(list) if list.optional_indices.is_empty() => list.elements.iter().collect(),
        Expr::Map(map) => {
            let mut parts = Vec::new();
            for entry in &map.entries {
                match &entry.expr {
                    EntryExpr::MapEntry(entry) if !entry.optional => {
                        parts.extend([&entry.key, &entry.value]);
                    }
                    EntryExpr::MapEntry(_) | EntryExpr::StructField(_) => return None,
                }
            }
            parts
        }
        Expr::Comprehension(over) if over.iter_var2.is_none() => vec![
            &over.iter_range,
            &over.accu_init,
            &over.loop_cond,
            &over.loop_step,
            &over.result,
        ],
        Expr::List(_) | Expr::Comprehension(_) | Expr::Struct(_) | Expr::Unspecified => {
            return None;
        }
    })
}

/// How many parts an expression has, itself among them; what is in inner comprehensions counts for those.
pub(super) fn size(expr: &IdedExpr) -> u64 {
    let inner = parts(&expr.expr).unwrap_or_default();
    let is_inner = |part: &&&IdedExpr| !matches!(part.expr, Expr::Comprehension(_));
    1 + inner
        .iter()
        .filter(is_inner)
        .map(|part| size(part))
        .sum::<u64>()
}

/// How many calls of a function there are in an expression.
pub(super) fn calls(expr: &IdedExpr, name: &str) -> u64 {
    let is_one = matches!(&expr.expr, Expr::Call(call) if call.func_name == name);
    let inner = parts(&expr.expr).unwrap_or_default();
    u64::from(is_one) + inner.iter().map(|part| calls(part, name)).sum::<u64>()
}

/// How many comprehensions are in one another, and how many levels there are in all.
pub(super) fn depths(expr: &IdedExpr) -> (usize, usize) {
    let inner = parts(&expr.expr).unwrap_or_default();
    let (mut loops, mut levels) = (0, 0);
    for part in inner {
        let (inner_loops, inner_levels) = depths(part);
        loops = loops.max(inner_loops);
        levels = levels.max(inner_levels);
    }
    let is_loop = matches!(expr.expr, Expr::Comprehension(_));
    (loops + usize::from(is_loop), levels + 1)
}
