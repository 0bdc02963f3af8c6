//! The threat model names tests; each of them is there.

use std::{collections::BTreeSet, fs, path::Path};

/// Whether a file has a test of this name.
fn has_test(text: &str, name: &str) -> bool {
    let signature = format!("fn {name}(");
    text.match_indices(&signature).any(|(at, _)| {
        let before = text[..at].trim_end().trim_end_matches("async").trim_end();
        let attributes = before.rsplit("\n\n").next().unwrap_or_default();
        attributes.contains("#[test]") || attributes.contains("#[tokio::test")
    })
}

#[test]
fn every_test_that_the_threat_model_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let model = fs::read_to_string(root.join("docs/threat-model.md")).unwrap();
    let mut named = BTreeSet::new();
    for row in model.lines().filter(|line| line.starts_with("| ")) {
        // The last cell: what shows it.
        let cell = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        named.extend(cell.split('`').filter(|part| part.contains("::")));
    }
    assert!(named.len() > 30, "the table was not read: {named:?}");
    for test in named {
        let (file, name) = test.split_once("::").unwrap();
        let places = [format!("tests/it/{file}.rs"), format!("src/{file}.rs")];
        let texts = places
            .iter()
            .filter_map(|place| fs::read_to_string(root.join(place)).ok());
        let found = texts.into_iter().any(|text| has_test(&text, name));
        assert!(
            found,
            "docs/threat-model.md names `{test}`, which is not there"
        );
    }
}

#[test]
fn every_row_of_an_attack_names_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let model = fs::read_to_string(root.join("docs/threat-model.md")).unwrap();
    let mut in_attacks = false;
    for line in model.lines() {
        in_attacks = match line {
            "| tries to | what stops it | shown by |" => true,
            _ => in_attacks && line.starts_with('|'),
        };
        if in_attacks && !line.starts_with("| tries to") && !line.starts_with("|---") {
            assert!(line.contains("::"), "nothing shows: {line}");
        }
    }
}
