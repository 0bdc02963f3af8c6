//! Any bytes as a manifest: read, resolved, and what was found shown.
//!
//! `cargo fuzz run manifest fuzz/corpus/manifest tests/fixtures/manifests/valid tests/fixtures/manifests/invalid -- -dict=fuzz/manifest.dict`

#![no_main]

mod read;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| read::read(bytes));
