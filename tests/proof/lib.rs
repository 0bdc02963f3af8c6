//! The planner and its nouns, and nothing else of the program: that they compile here is a part of the proof.

#![allow(
    dead_code,
    unused_imports,
    missing_docs,
    unreachable_pub,
    reason = "the program uses more of them than the planner does"
)]

#[path = "../../src/model/mod.rs"]
pub mod model;
#[path = "../../src/plan/mod.rs"]
pub mod plan;
