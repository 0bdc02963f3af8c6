//! The program `hookwright`.
fn main() {}
