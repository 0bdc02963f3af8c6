//! Pages for people: one self-contained HTML file, without a script, that loads nothing.
//!
//! `base.html` is what every page extends. Templates escape all they are given, but for what is
//! `Marked`: its texts were escaped one by one.

mod marked;
mod plan;
mod stats;
mod status;

pub use plan::plan;
pub use stats::stats;
pub use status::status;
