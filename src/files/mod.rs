//! Named files: read up to a bound, and replaced as a whole.
//!
//! Whoever names a file may name `/dev/zero`, a folder, or one that another branch has put there. So each kind of
//! file has a [`Limit`], and a new file is written beside the old one, under a name that nobody can know before.

#![expect(clippy::disallowed_methods, reason = "this is where files are opened")]

mod lines;
mod read;
mod write;

pub(crate) use self::{
    lines::{Line, Lines},
    read::{Limit, Rest, bounded, read, text},
    write::{Over, Readers, WriteError, flush, folder, prove, write, write_with},
};
