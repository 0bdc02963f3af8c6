//! Any bytes as a manifest: read, resolved, and what was found shown.
//!
//! `ASAN_OPTIONS=malloc_context_size=1:detect_stack_use_after_return=0 cargo +nightly fuzz run manifest
//! fuzz/corpus/manifest tests/fixtures/manifests/valid tests/fixtures/manifests/invalid
//! -- -dict=fuzz/manifest.dict -entropic=0 -max_len=2000`
//!
//! Reading a manifest takes less than a millisecond here. Without these flags, two thirds of the time go to libFuzzer's
//! own statistics of features, of which an input has thousands, and to stacks that the sanitizer keeps.

#![no_main]

mod mutate;
mod read;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| read::read(bytes));

// Bytes that change at random seldom get behind the parser. So half of the inputs are changed by their lines.
libfuzzer_sys::fuzz_mutator!(|bytes: &mut [u8], size: usize, largest: usize, seed: u32| {
    match std::str::from_utf8(&bytes[..size]) {
        Ok(text) if seed % 2 == 0 => {
            let changed = mutate::mutated(text, seed);
            let length = changed.len().min(largest);
            bytes[..length].copy_from_slice(&changed.as_bytes()[..length]);
            length
        }
        _ => libfuzzer_sys::fuzzer_mutate(bytes, size, largest),
    }
});
