//! Input made to do harm: nothing panics, hangs, or makes messages as large as itself.

#![expect(
    clippy::disallowed_methods,
    reason = "tests read their fixtures and a clock"
)]

#[path = "../../fuzz/fuzz_targets/decode.rs"]
mod decode;
#[path = "../../fuzz/fuzz_targets/read.rs"]
mod read;

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use crate::support::Workspace;

const HEAD: &str = "version: 1
environments: { sandbox: { provider: truv, base_url: simulator } }
";

/// Validates, and returns what was shown, which must be little and come soon.
#[track_caller]
fn validate(manifest: impl AsRef<[u8]>, code: u8) -> String {
    let workspace = Workspace::with("");
    workspace.write("hookwright.yaml", manifest);
    let start = Instant::now();
    let run = workspace.run(&["validate"]);
    let shown = run.shown();
    assert!(shown.len() < 4_000, "{} bytes are shown", shown.len());
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(run.code, i32::from(code), "{shown}");
    shown
}

#[test]
fn messages_do_not_repeat_megabytes() {
    let long = "x".repeat(3_000_000);
    for manifest in [
        format!("{HEAD}webhooks: {{ loans: {{ url: \"{long}\", events: [order-created] }} }}\n"),
        format!(
            "{HEAD}webhooks: {{ loans: {{ url: https://h.example.com/, events: [\"{long}\"], name: \"{long}\" }} }}\n"
        ),
        format!(
            "{HEAD}webhooks: {{ loans: {{ url: https://h.example.com/, events: [\"group:{long}\"] }} }}\n"
        ),
        format!("{HEAD}webhooks:\n  ? \"{long}\"\n  : {{ ulr: x }}\n"),
        format!(
            "{HEAD}webhooks: {{ loans: {{ url: \"https://${{var:{long}}}/\", events: [order-created] }} }}\n"
        ),
        format!(
            "{HEAD}webhooks: {{ loans: {{ url: \"${{{long}}}\", events: [order-created] }} }}\n"
        ),
        format!(
            "{HEAD}webhooks: {{ loans: {{ url: https://h/, events: [order-created], environments: [\"{long}\"] }} }}\n"
        ),
        format!("version: {long}\n"),
        long.clone(),
        format!("{HEAD}# hookwright: ignore[{long}]\nwebhooks: {{ loans: {{ ulr: x }} }}\n"),
        format!("{HEAD}removed: [{long}, 1, {{}}]\n"),
    ] {
        validate(manifest, 65);
    }
}

#[test]
fn depth_is_bounded() {
    for manifest in [
        format!("{HEAD}webhooks: {}\n", "[".repeat(100_000)),
        format!("{HEAD}webhooks: {}\n", "{a: ".repeat(100_000)),
        format!(
            "{HEAD}webhooks:\n{}",
            (1..300)
                .map(|n| format!("{}a:\n", " ".repeat(n)))
                .collect::<String>()
        ),
        format!("{HEAD}webhooks:\n  {}x\n", "- ".repeat(100_000)),
    ] {
        let shown = validate(manifest, 65);
        assert!(shown.contains("error[HW004]"), "{shown}");
    }
}

#[test]
fn repetition_is_bounded() {
    // Aliases of aliases, and anchors in anchors.
    let mut bomb = format!("{HEAD}event_groups:\n  a0: &a0 [x]\n");
    for n in 1..60 {
        bomb += &format!("  a{n}: &a{n} [*a{0}, *a{0}]\n", n - 1);
    }
    assert!(validate(bomb, 65).contains("error[HW004]"));
    let anchors: String = (0..60).map(|n| format!("&b{n} [")).collect();
    let nested = format!(
        "{HEAD}removed: {anchors}{}{}\n",
        "x, ".repeat(100_000),
        "]".repeat(60)
    );
    assert!(validate(nested, 65).contains("error[HW004]"));
    let mut merges = format!("{HEAD}environments2:\n  m0: &m0 {{ k: v }}\n");
    for n in 1..60 {
        merges += &format!(
            "  m{n}: &m{n} {{ <<: [*m{0}, *m{0}], k{n}: *m{0} }}\n",
            n - 1
        );
    }
    assert!(validate(merges, 65).contains("error[HW004]"));
}

#[test]
fn many_errors_take_linear_time() {
    let mut manifest = HEAD.to_owned() + "event_groups: { orders: [order-created] }\nwebhooks:\n";
    for n in 0..20_000 {
        manifest +=
            &format!("  w{n}: {{ url: \"ftp://x/{n}\", events: [group:ordrs{n}], evnts: 1 }}\n");
    }
    let workspace = Workspace::with(&manifest);
    let start = Instant::now();
    let run = workspace.run(&["validate", "--format", "json"]).code(65);
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(run.json()["errors"], 20_000);
}

#[test]
fn lines_end_in_any_way_and_a_mark_may_come_first() {
    let manifest =
        format!("{HEAD}webhooks:\n  loans: {{ url: ftp://x/, events: [order-created] }}\n");
    let plain = validate(&manifest, 65);
    assert_eq!(validate(manifest.replace('\n', "\r\n"), 65), plain);
    assert_eq!(validate(format!("\u{feff}{manifest}"), 65), plain);
    for odd in [
        "\u{feff}",
        "\r\n",
        "\0",
        "%YAML 1.1\n---\n",
        "...\n",
        "\u{85}",
        "? ",
        "- - -\n",
    ] {
        validate(odd, 65);
    }
}

#[test]
fn the_corpus_and_what_is_near_it_is_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = [
        "fuzz/corpus/manifest",
        "tests/fixtures/manifests/valid",
        "tests/fixtures/manifests/invalid",
    ];
    let mut seeds = 0;
    for folder in folders {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            if path
                .extension()
                .is_some_and(|extension| extension == "snap")
                || bytes.len() > 4_096
            {
                continue;
            }
            seeds += 1;
            read::read(&bytes);
            for changed in near(&bytes, 6) {
                read::read(&changed);
            }
        }
    }
    assert!(seeds > 40, "{seeds}");
}

#[test]
fn the_corpus_of_answers_and_what_is_near_it_is_decoded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/answers");
    let mut seeds = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        seeds += 1;
        decode::decode(&bytes);
        for changed in near(&bytes, 40) {
            decode::decode(&changed);
        }
    }
    assert!(seeds > 20, "{seeds}");
}

/// Some of the texts that one change makes of this one: the same in every run.
fn near(bytes: &[u8], count: u64) -> Vec<Vec<u8>> {
    let mut state = bytes.iter().fold(7, |state: u64, byte| {
        state.wrapping_mul(31).wrapping_add(u64::from(*byte))
    });
    let mut next = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or_default() % below.max(1)
    };
    (0..count)
        .map(|_| {
            let mut changed = bytes.to_vec();
            let at = next(bytes.len());
            match next(4) {
                0 => changed.truncate(at),
                1 => changed.insert(at, b"[]{}:,&*#!|>'\"%@`-? \n\t$~\xff\xc3"[next(26)]),
                2 => drop(changed.drain(at..(at + next(20)).min(bytes.len()))),
                _ => {
                    let end = (at + next(40)).min(bytes.len());
                    let part = bytes[at..end].to_vec();
                    let to = next(bytes.len());
                    changed.splice(to..to, part);
                }
            }
            changed
        })
        .collect()
}
