//! Any text as a rule, asked of any input.
//!
//! `cargo +nightly fuzz run rules fuzz/corpus/rules -- -dict=fuzz/rules.dict -max_len=4000`
//!
//! An input of the corpus is a rule; after an empty line, it may have the document that it is asked of.

#![no_main]

mod judge;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| judge::judge(bytes));
