//! Expressions in CEL, and the engine that evaluates them: the crate `cel`, which nothing else names.
//!
//! The engine has no limits of its own, and its parsers have had holes. So everything that a text could make grow is bounded
//! here, and by nothing that depends on the machine: the same rule and input come to the same answer everywhere.
//!
//! | bound | value |
//! |---|---|
//! | the text | 2 KiB, no control characters |
//! | how deeply it is nested | 48 levels, and 3 of comprehensions |
//! | what it can name | the input's variables and fields, and a closed list of functions |
//! | patterns of `matches` | literals, which compile to at most 256 KiB |
//! | evaluation | 4,000,000 units: about as many parts of a rule as are looked at (`cost`) |
//! | the stack | a thread of its own with 64 MiB |

mod check;
mod compile;
mod cost;
mod evaluate;
mod functions;
mod patterns;
mod walk;

use std::{collections::BTreeSet, ops::Range, thread};

pub use compile::{Expression, LONGEST};
pub(super) use evaluate::{Question, answer};

/// The stack of the thread on which the engine runs: only what is used of it is taken.
const STACK: usize = 64 * 1024 * 1024;

/// Why a text is no rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Whether it names something that is not there; else it does not compile.
    pub names_nothing: bool,
    /// What is wrong.
    pub problem: String,
    /// What would be right.
    pub help: Option<String>,
    /// Where in the text, in bytes, where that is known.
    pub at: Option<Range<usize>>,
}

impl Fault {
    fn new(problem: impl Into<String>) -> Self {
        Self {
            names_nothing: false,
            problem: problem.into(),
            help: None,
            at: None,
        }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// What an expression names of the input.
type Names = BTreeSet<String>;

/// Runs the engine on a stack that is large enough for whatever is let in. `None` where it panics, or no thread can be had.
fn aside<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    thread::scope(|scope| {
        let thread = thread::Builder::new()
            .name("policy".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, work);
        thread.ok()?.join().ok()
    })
}
