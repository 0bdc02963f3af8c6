//! What masking costs: a provider's answers and rendered output, with so many secrets to look for.
//!
//! `cargo bench --bench masker` makes answers of 10 MB and masks them for 1, 50 and 1,000 secrets. Every measurement
//! is the fastest of several, and looks at the same text: plain answers, answers in which each secret occurs, and
//! answers that are full of escapes, which are undone step by step. Numbers behind `--` choose other sizes, in MB.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark takes the time, and says what it measured"
)]

use std::{env, fmt::Write as _, hint::black_box, time::Instant};

use hookwright::model::Masker;

const SECRETS: [usize; 3] = [1, 50, 1_000];
const RUNS: usize = 3;

fn main() {
    let sizes = env::args().skip(1).filter_map(|one| one.parse().ok());
    let mut sizes: Vec<usize> = sizes.collect();
    if sizes.is_empty() {
        sizes.push(10);
    }
    println!("   MB  secrets  text     | building s |    mask s    MB/s | foreign s    MB/s");
    for size in sizes {
        for secrets in SECRETS {
            for (name, every) in [("plain", 0), ("secrets", 10), ("escapes", 0)] {
                let secrets: Vec<String> = (0..secrets).map(secret).collect();
                let text = answers(size * 1_000_000, &secrets, every, name == "escapes");
                measure(name, &text, &secrets);
            }
        }
    }
}

fn measure(name: &str, text: &str, secrets: &[String]) {
    let megabytes = text.len() as f64 / 1e6;
    let fastest = |run: &dyn Fn()| {
        let times = (0..RUNS).map(|_| {
            let begun = Instant::now();
            run();
            begun.elapsed().as_secs_f64()
        });
        times.fold(f64::INFINITY, f64::min)
    };
    let masker = || Masker::new(secrets.iter().cloned());
    // The first text that is looked at builds what finds the values.
    let building = fastest(&|| drop(black_box(masker().mask("a text"))));
    let ready = masker();
    let masking = fastest(&|| drop(black_box(ready.mask(text))));
    let foreign = fastest(&|| drop(black_box(ready.mask_foreign(text))));
    println!(
        "{megabytes:>5.1} {:>8}  {name:<8} | {building:>10.3} | {masking:>9.3} {:>7.0} | {foreign:>9.3} {:>7.0}",
        secrets.len(),
        megabytes / masking,
        megabytes / foreign,
    );
}

/// A secret as providers give them out.
fn secret(number: usize) -> String {
    format!(
        "prod-{:040x}",
        (number as u128 + 1) * 0x9e37_79b9_7f4a_7c15_f39c
    )
}

/// Pages of webhooks, so long; every so many webhooks one repeats a secret.
fn answers(length: usize, secrets: &[String], every: usize, escaped: bool) -> String {
    let slash = if escaped { "\\/" } else { "/" };
    let space = if escaped { "%2520" } else { "-" };
    let mut text = String::with_capacity(length + 512);
    for number in 0.. {
        if text.len() >= length {
            break;
        }
        let repeated = match every {
            0 => "nothing",
            _ if number % every == 0 => secrets[number / every % secrets.len()].as_str(),
            _ => "something",
        };
        writeln!(
            text,
            r#"{{"id":"{number:032x}","name":"acme{space}loans{space}{number}","webhook_url":"https:{slash}{slash}hooks.example.com{slash}truv{slash}{repeated}","events":["order-created","order-status-updated"],"env_type":"prod","enabled":true}},"#
        )
        .expect("a string takes everything");
    }
    text
}
