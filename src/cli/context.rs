//! What every command gets beside its own arguments.

use super::{args::GlobalArgs, terminal::Terminal};

/// The flags that all commands have, and the streams of the run.
#[derive(Clone, Copy)]
pub(crate) struct Context<'r> {
    pub(crate) global: &'r GlobalArgs,
    pub(crate) terminal: &'r Terminal,
}
