//! What reading and checking a manifest costs, and what the bare YAML parser costs on the same file.
//!
//! `cargo bench --bench manifest` generates manifests of 1,000, 10,000 and 100,000 webhooks, each with
//! five events and three environments with overrides. Every measurement is a process of its own, so
//! that its processor time and its peak memory (`VmHWM`, Linux) are its own; of several, the fastest
//! counts. Numbers behind
//! `--` choose other sizes.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark reads files, and says what it measured"
)]

use std::{env, fmt::Write as _, fs, path::Path, process::Command};

use granit_parser::Parser;
use hookwright::{
    diagnostic::{Source, Sources},
    manifest::{Document, Offline},
};

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];
const RUNS: usize = 5;

/// What one process measured.
#[derive(Clone, Copy)]
struct Measured {
    seconds: f64,
    peak: usize,
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).filter(|one| one != "--bench").collect();
    if let [what, path] = arguments.as_slice() {
        return child(what, Path::new(path));
    }
    let sizes: Vec<usize> = arguments
        .iter()
        .filter_map(|one| one.parse().ok())
        .collect();
    let sizes = if sizes.is_empty() {
        SIZES.to_vec()
    } else {
        sizes
    };
    let folder = env::temp_dir().join(format!("hookwright-bench-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a temporary folder can be created");
    println!(
        "webhooks      MB | parser      s    MB/s |  reading      s | validate    s    MB/s  of parser | peak MB  of file"
    );
    let mut first: Option<(usize, f64)> = None;
    for size in sizes {
        let path = folder.join(format!("{size}.yaml"));
        let text = manifest(size);
        fs::write(&path, &text).expect("a temporary file can be written");
        let megabytes = text.len() as f64 / 1e6;
        drop(text);
        let idle = best("read", &path);
        let parser = best("parser", &path);
        let document = best("document", &path);
        let validate = best("validate", &path);
        // The text itself counts; the program's own pages do not.
        let own = idle.peak as f64 - megabytes * 1e6;
        let peak = (validate.peak as f64 - own) / 1e6;
        println!(
            "{size:>8} {megabytes:>7.2} | {:>13.4} {:>7.1} | {:>13.4} | {:>13.4} {:>7.1} {:>9.0}% | {peak:>7.1} {:>6.1}x",
            parser.seconds,
            megabytes / parser.seconds,
            document.seconds,
            validate.seconds,
            megabytes / validate.seconds,
            100.0 * parser.seconds / validate.seconds,
            peak / megabytes,
        );
        match first {
            None => first = Some((size, validate.seconds)),
            Some((small, seconds)) => println!(
                "         {}x the webhooks of {small}: {:.1}x the time",
                size / small,
                validate.seconds / seconds
            ),
        }
    }
    fs::remove_dir_all(&folder).ok();
}

/// The fastest of several processes.
fn best(what: &str, path: &Path) -> Measured {
    let program = env::current_exe().expect("a program knows where it is");
    (0..RUNS)
        .map(|_| {
            let output = Command::new(&program)
                .arg(what)
                .arg(path)
                .output()
                .expect("the benchmark can run itself");
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let mut numbers = text.split_whitespace();
            let seconds = numbers.next().and_then(|one| one.parse().ok());
            let peak = numbers.next().and_then(|one| one.parse().ok());
            match (seconds, peak) {
                (Some(seconds), Some(peak)) => Measured { seconds, peak },
                _ => panic!("{what} failed: {}", String::from_utf8_lossy(&output.stderr)),
            }
        })
        .min_by(|a, b| a.seconds.total_cmp(&b.seconds))
        .expect("there is at least one run")
}

fn child(what: &str, path: &Path) {
    let text = fs::read_to_string(path).expect("the parent wrote it");
    let start = busy();
    match what {
        "read" => assert!(!text.is_empty()),
        "parser" => {
            let options = granit_parser::options! { emit_comments: false };
            let events = Parser::new_from_str_with_options(&text, options).filter(Result::is_ok);
            assert!(events.count() > 0);
        }
        _ => {
            let mut sources = Sources::default();
            sources.add(Source::new("bench.yaml", text));
            let document = Document::read(&sources);
            if what == "document" {
                println!("{} {}", busy() - start, peak());
                return;
            }
            let selected: Vec<_> = document.environments().collect();
            let checked = document.check(&selected, &Offline, &sources);
            assert_eq!(selected.len(), 3);
            assert_eq!(checked.diagnostics, []);
        }
    }
    let seconds = busy() - start;
    println!("{seconds} {}", peak());
}

/// How long this process was on a processor, in seconds: what others run beside it does not count.
fn busy() -> f64 {
    let text = fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanoseconds = text.split_whitespace().next();
    nanoseconds
        .and_then(|one| one.parse::<f64>().ok())
        .unwrap_or_default()
        / 1e9
}

/// The most memory this process had, in bytes.
fn peak() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.trim().strip_suffix(" kB"))
        .and_then(|number| number.trim().parse::<usize>().ok())
        .unwrap_or_default()
        * 1024
}

fn manifest(webhooks: usize) -> String {
    let mut text = "version: 1
environments:
  sandbox: { provider: truv, base_url: simulator, vars: { host: hooks.sandbox.example.com } }
  dev: { provider: truv, base_url: simulator, vars: { host: hooks.dev.example.com } }
  prod: { provider: truv, base_url: simulator, vars: { host: hooks.example.com } }
webhooks:
"
    .to_owned();
    for number in 0..webhooks {
        write!(
            text,
            "  team-{number}-loans:
    name: acme-team-{number}-loans
    url: https://${{var:host}}/teams/{number}/loans
    events:
      - order-created
      - order-status-updated
      - order-refresh-failed
      - task-status-updated
      - employment-*
    enabled: true
    environments:
      sandbox:
        enabled: false
      dev:
        url: https://${{var:host}}/dev/teams/{number}/loans
      prod:
        name: acme-production-team-{number}-loans
        url: https://${{var:host}}/production/teams/{number}/loans
"
        )
        .expect("a text can be written to");
    }
    text
}
