//! The locks of a run: taken before it reads what it plans from, kept while it writes, given back at its
//! end.

#[cfg(feature = "object-store")]
mod elapsed;
mod file;
mod held;
#[cfg(feature = "object-store")]
mod object;
mod who;

pub(crate) use self::{
    held::{Locks, identity},
    who::{Who, secrets},
};
