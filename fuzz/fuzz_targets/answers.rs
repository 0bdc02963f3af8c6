//! Any bytes as a provider's answer to each kind of request.
//!
//! `cargo fuzz run answers fuzz/corpus/answers`

#![no_main]

mod decode;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| decode::decode(bytes));
