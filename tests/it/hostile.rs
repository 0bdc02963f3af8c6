//! Input made to do harm: nothing panics, hangs, or makes messages as large as itself.

#![expect(clippy::disallowed_methods, reason = "tests read their fixtures")]

#[path = "../../fuzz/fuzz_targets/decode.rs"]
mod decode;
#[path = "../../fuzz/fuzz_targets/judge.rs"]
mod judge;
#[path = "../../fuzz/fuzz_targets/mutate.rs"]
mod mutate;
#[path = "../../fuzz/fuzz_targets/read.rs"]
mod read;

use std::{fs, path::Path};

use crate::support::{Run, Workspace};

const HEAD: &str = "version: 1
environments: { sandbox: { provider: truv, base_url: simulator } }
";

/// Runs the program, which must not compute for long: however busy the machine is, its own seconds count.
#[track_caller]
fn soon(workspace: &Workspace, arguments: &[&str]) -> Run {
    #[cfg(unix)]
    return workspace.run_within("-t 20", arguments, "");
    #[cfg(not(unix))]
    return workspace.run(arguments);
}

/// Validates, and returns what was shown, which must be little and come soon.
#[track_caller]
fn validate(manifest: impl AsRef<[u8]>, code: u8) -> String {
    let workspace = Workspace::with("");
    workspace.write("hookwright.yaml", manifest);
    let run = soon(&workspace, &["validate"]);
    let shown = run.shown();
    assert!(shown.len() < 4_000, "{} bytes are shown", shown.len());
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
    let run = soon(&workspace, &["validate", "--format", "json"]).code(65);
    assert_eq!(run.json()["errors"], 60_000);
}

/// Manifests with many faults of one kind, and how many they have.
fn many_of_a_kind() -> Vec<(&'static str, String, usize)> {
    const MANY: usize = 3_000;
    let list = |word: &str| {
        let words: Vec<String> = (0..MANY).map(|n| format!("{word}{n}")).collect();
        format!("[{}]", words.join(", "))
    };
    let webhooks = |fields: &str| {
        let webhook = |n| format!("  w{n}: {{ {} }}\n", fields.replace("{n}", &format!("{n}")));
        let all: String = (0..MANY).map(webhook).collect();
        format!("{HEAD}webhooks:\n{all}")
    };
    let hook = "url: https://h.example.com/{n}, events: [order-created]";
    vec![
        (
            "HW020",
            format!(
                "{HEAD}webhooks: {{ a: {{ url: https://h.example.com/, events: {} }} }}\n",
                list("zz")
            ),
            MANY,
        ),
        (
            "HW012",
            format!(
                "{HEAD}webhooks: {{ a: {{ url: https://h.example.com/, events: {} }} }}\n",
                list("group:z")
            ),
            MANY,
        ),
        ("HW006", webhooks(&format!("{hook}, bogus: 1")), MANY),
        ("HW009", webhooks(&format!("{hook}, adopt: [1]")), MANY),
        (
            "HW022",
            webhooks("url: ftp://h/{n}, events: [order-created]"),
            MANY,
        ),
        (
            "HW007",
            format!(
                "{HEAD}webhooks:\n{}",
                "  a: { url: https://h.example.com/, events: [order-created] }\n".repeat(MANY + 1)
            ),
            MANY,
        ),
        (
            "HW039",
            format!(
                "{}{}",
                "# hookwright: ignore[HW020] is not there\n".repeat(MANY),
                webhooks(hook)
            ),
            MANY,
        ),
    ]
}

#[test]
fn of_one_kind_in_one_file_the_first_thousand_are_shown_and_the_rest_is_counted() {
    for (code, manifest, many) in many_of_a_kind() {
        let workspace = Workspace::with(&manifest);
        let document = workspace.run(&["validate", "--format", "json"]).json();
        let shown = document["diagnostics"].as_array().unwrap();
        let of_kind: Vec<_> = shown.iter().filter(|one| one["code"] == code).collect();
        assert_eq!(of_kind.len(), 1_001, "{code}: {document:#}");
        let total: u64 = of_kind
            .iter()
            .map(|one| one["stands_for"].as_u64().unwrap_or(1))
            .sum();
        assert_eq!(total, many as u64, "{code}");
        let counted = document["errors"].as_u64().unwrap() + document["warnings"].as_u64().unwrap();
        assert!(counted >= total, "{code}: {counted}");
        let text = workspace.run(&["validate"]);
        let rest = format!(
            "{} more findings of this kind in this file are not shown",
            many - 1_000
        );
        assert!(text.stdout.contains(&rest), "{code}: {}", text.stdout);
    }
}

#[test]
fn reports_for_forges_keep_to_their_limits_and_lose_no_error() {
    // Six files with a thousand warnings each, and then one with an error.
    let workspace = Workspace::new();
    let events: Vec<String> = (0..1_000).map(|n| format!("zz{n}")).collect();
    for n in 0..6 {
        let environments = if n == 0 { HEAD } else { "version: 1\n" };
        let manifest = format!(
            "{environments}webhooks: {{ w{n}: {{ url: https://h.example.com/{n}, events: [{}] }} }}\n",
            events.join(", ")
        );
        workspace.write(&format!("hookwright/{n}.yaml"), manifest);
    }
    workspace.write("hookwright/z.yaml", "version: 1\nbogus: 1\n");
    let sarif = workspace
        .run(&["validate", "--format", "sarif"])
        .code(65)
        .json();
    let run = &sarif["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 5_000);
    assert_eq!(results[0]["level"], "error");
    let note = &run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"];
    assert_eq!(note, "1001 more findings are not in this log.");
    let gitlab = workspace
        .run(&["validate", "--format", "gitlab"])
        .code(65)
        .json();
    let issues = gitlab.as_array().unwrap();
    assert_eq!(issues.len(), 5_001);
    assert_eq!(
        issues[5_000]["description"],
        "1001 more findings are not in this report; the same command with `--format text` shows them"
    );
    let github = workspace.run(&["validate", "--format", "github"]).code(65);
    assert_eq!(github.stdout.matches("::warning ").count(), 10);
    assert!(
        github.stdout.contains("::5991 more of this kind"),
        "{}",
        github.stdout
    );
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

/// The fuzzer's own changes: most of them leave what the parser reads, and all of them can be read.
#[test]
fn changes_by_lines_get_behind_the_parser() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/manifest/block.yaml");
    let text = fs::read_to_string(path).unwrap();
    let mut parsed = 0;
    for seed in 0..200 {
        let changed = mutate::mutated(&text, seed);
        assert_eq!(changed, mutate::mutated(&text, seed));
        read::read(changed.as_bytes());
        let yaml: Result<serde_json::Value, _> = serde_yaml::from_str(&changed);
        parsed += usize::from(yaml.is_ok());
    }
    assert!(parsed > 100, "{parsed} of 200");
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

#[test]
fn the_corpus_of_rules_and_what_is_near_it_is_judged() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/rules");
    let mut seeds = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        seeds += 1;
        judge::judge(&bytes);
        for changed in near(&bytes, 20) {
            judge::judge(&changed);
        }
    }
    assert!(seeds > 15, "{seeds}");
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

/// The names of all properties in a schema.
fn keys(schema: &serde_json::Value, found: &mut std::collections::BTreeSet<String>) {
    if let Some(properties) = schema["properties"].as_object() {
        found.extend(properties.keys().cloned());
    }
    match schema {
        serde_json::Value::Object(map) => map.values().for_each(|inner| keys(inner, found)),
        serde_json::Value::Array(items) => items.iter().for_each(|inner| keys(inner, found)),
        _ => {}
    }
}

#[test]
fn the_fuzzer_knows_all_that_rules_see() {
    let schema = include_str!("../../schema/policy-input.schema.json");
    let mut found = std::collections::BTreeSet::new();
    keys(&serde_json::from_str(schema).unwrap(), &mut found);
    assert!(found.len() > 30, "{found:?}");
    let dictionary = include_str!("../../fuzz/rules.dict");
    let known = |name: &String| dictionary.contains(&format!("\"{name}\"\n"));
    let missing: Vec<_> = found.iter().filter(|name| !known(name)).collect();
    assert!(missing.is_empty(), "add to `fuzz/rules.dict`: {missing:?}");
}

#[test]
fn the_fuzzer_knows_every_key_of_a_manifest() {
    let mut found = std::collections::BTreeSet::new();
    keys(&hookwright::manifest::json_schema(), &mut found);
    assert!(found.len() > 40, "{found:?}");
    let dictionary = include_str!("../../fuzz/manifest.dict");
    let known = |key: &String| dictionary.contains(&format!("\"{key}: \"\n"));
    let missing: Vec<_> = found.iter().filter(|key| !known(key)).collect();
    assert!(
        missing.is_empty(),
        "add to `fuzz/manifest.dict`: {missing:?}"
    );
}

/// A manifest of so many environments, and these webhooks.
fn manifest_of(environments: usize, webhooks: &str) -> String {
    let environments: String = (0..environments)
        .map(|n| format!("  e{n}: {{ provider: truv, env_type: sandbox, base_url: simulator }}\n"))
        .collect();
    format!("version: 1\nenvironments:\n{environments}{webhooks}")
}

#[test]
fn what_webhooks_come_to_in_all_environments_is_bounded() {
    let events = "order-created, ".repeat(16_000);
    let webhooks =
        format!("webhooks: {{ loans: {{ url: https://h.example.com/, events: [{events}] }} }}\n");
    let shown = validate(manifest_of(400, &webhooks), 65);
    assert!(
        shown.contains(
            "error[HW004]: written out for each environment, with the values and files that it refers to, the manifest comes to more than 128 MiB"
        ),
        "{shown}"
    );
    assert!(shown.contains("split the manifest"), "{shown}");
}

#[test]
fn a_long_value_in_many_places_is_bounded() {
    let value = "v".repeat(60_000);
    let webhooks: String = (0..2_400)
        .map(|n| {
            format!(
                "  w{n}: {{ url: https://h/, name: \"${{var:long}}\", events: [order-created] }}\n"
            )
        })
        .collect();
    let manifest = format!(
        "version: 1\nenvironments: {{ sandbox: {{ provider: truv, base_url: simulator, vars: {{ long: {value} }} }} }}\nwebhooks:\n{webhooks}"
    );
    let workspace = Workspace::with("");
    workspace.write("hookwright.yaml", manifest);
    let run = workspace.run(&["validate", "--format", "json"]);
    assert!(
        run.stdout.contains("comes to more than 128 MiB"),
        "{}",
        run.shown()
    );
}

#[test]
fn a_group_is_expanded_once_for_all_webhooks() {
    let group = "no-such-event, ".repeat(20_000);
    let webhooks: String = (0..5_000)
        .map(|n| format!("  w{n}: {{ url: https://h.example.com/{n}, events: [\"group:g\"] }}\n"))
        .collect();
    let manifest = format!("{HEAD}event_groups: {{ g: [{group}] }}\nwebhooks:\n{webhooks}");
    let workspace = Workspace::with("");
    workspace.write("hookwright.yaml", manifest);
    let run = workspace.run(&["validate", "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stdout.contains("19,000 more") || run.stdout.contains("19000 more"),
        "{}",
        &run.stdout[run.stdout.len() - 1_500..]
    );
}

#[test]
fn lists_of_patterns_are_bounded() {
    let owns: String = (0..1_001).map(|n| format!("a{n}-*, ")).collect();
    let manifest = format!(
        "version: 1\nenvironments:\n  sandbox:\n    provider: truv\n    base_url: simulator\n    owns: [{owns}]\n"
    );
    let shown = validate(manifest, 65);
    assert!(
        shown.contains("error[HW004]: there are 1001 patterns; a list has at most 1000"),
        "{shown}"
    );
}

#[test]
fn texts_that_refer_to_values_are_bounded() {
    let long = "${var:x}".repeat(2_049);
    let manifest =
        format!("{HEAD}webhooks: {{ loans: {{ url: \"{long}\", events: [order-created] }} }}\n");
    let shown = validate(manifest, 65);
    assert!(
        shown.contains("error[HW004]: a text with `${…}` has at most 16 KiB, this one 16392 bytes"),
        "{shown}"
    );
}

#[test]
fn aliases_of_a_long_text_are_bounded() {
    // In quotes with an escape, it has to be put together, and is copied by each alias.
    let long = "x".repeat(1_000_000);
    let aliases = "*a, ".repeat(2_000);
    let manifest = format!("{HEAD}event_groups: {{ g: [&a \"{long}\\n\", {aliases}] }}\n");
    let shown = validate(manifest, 65);
    assert!(
        shown.contains("error[HW004]: the anchors and aliases of this file repeat too many values"),
        "{shown}"
    );
}

#[test]
fn environments_that_wait_for_each_other_are_looked_at_once() {
    let chain: String = (0..5_000)
        .map(|n| format!("  e{n}: {{ provider: truv, env_type: sandbox, base_url: simulator, after: [e{}] }}\n", n + 1))
        .collect();
    let manifest = |after: &str| {
        format!(
            "version: 1\nenvironments:\n{chain}  e5000: {{ provider: truv, env_type: sandbox, base_url: simulator, after: [{after}] }}\n"
        )
    };
    validate(manifest(""), 0);
    let workspace = Workspace::with("");
    workspace.write("hookwright.yaml", manifest("e4999"));
    let run = workspace.run(&["validate"]);
    let shown = run.shown();
    assert_eq!(shown.matches("would wait for itself").count(), 2, "{shown}");
}

#[test]
fn comments_are_not_aligned_with_a_line_that_is_very_long() {
    let workspace = Workspace::with("");
    let long = "x".repeat(100_000);
    let owns: String = (0..2_000).map(|n| format!("      - a{n} # c\n")).collect();
    workspace.write(
        "hookwright.yaml",
        format!("version: 1\nenvironments:\n  sandbox:\n    provider: truv\n    owns:\n      - {long} # c\n{owns}"),
    );
    let run = workspace.run(&["fmt"]);
    assert!(run.code == 0 || run.code == 1, "{}", run.shown());
    let written = fs::read(workspace.path().join("hookwright.yaml")).unwrap();
    assert!(written.len() < 200_000, "{} bytes", written.len());
}
