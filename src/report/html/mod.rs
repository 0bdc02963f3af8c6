//! Pages for people: one self-contained HTML file, without a script, that loads nothing.
//!
//! `base.html` is what every page extends. Templates escape all they are given; what is marked as safe
//! was escaped part by part here.

mod plan;
mod stats;
mod status;

pub use plan::plan;
pub use stats::stats;
pub use status::status;
