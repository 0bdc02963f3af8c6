//! A provider is named in its two folders and in one list, and nowhere else.

use super::{program, scan};

/// The list of providers.
const LIST: &str = "src/providers.rs";

/// The parts of the program that have a folder for each provider.
const FOLDERS: [&str; 2] = ["src/provider/", "src/simulator/"];

/// The providers of the list: each stands on a line of its own, and is a name.
fn providers(list: &str) -> Vec<String> {
    list.lines()
        .filter(|line| line.starts_with("            "))
        .map(str::trim)
        .filter(|line| line.bytes().all(|byte| byte.is_ascii_lowercase()))
        .map(str::to_owned)
        .collect()
}

/// Where a file names a provider and may not, by line. A comment counts, and so does a part of a word.
fn named(file: &str, text: &str, providers: &[String]) -> Vec<String> {
    let is_own = FOLDERS.iter().any(|folder| {
        let inner = file
            .strip_prefix(folder)
            .and_then(|inner| inner.split_once('/'));
        inner.is_some_and(|(inner, _)| providers.iter().any(|provider| provider == inner))
    });
    if is_own || file == LIST {
        return Vec::new();
    }
    let lines = scan::without_tests(text).lines().enumerate();
    let found = lines.filter_map(|(at, line)| {
        let line = line.to_ascii_lowercase();
        let provider = providers
            .iter()
            .find(|provider| line.contains(provider.as_str()))?;
        Some(format!(
            "{file}:{} names `{provider}`: ask its profile or its dialect",
            at + 1
        ))
    });
    found.collect()
}

#[test]
fn a_provider_is_named_in_its_folders_and_in_the_list_alone() {
    let program = program();
    let list = program.iter().find(|(file, _)| file == LIST);
    let providers = providers(&list.expect("there is a list of providers").1);
    assert!(providers.len() > 1, "{providers:?}");
    let found: Vec<String> = program
        .iter()
        .flat_map(|(file, text)| named(file, text, &providers))
        .collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn each_provider_of_the_list_has_its_two_folders_and_its_id() {
    let program = program();
    let list = program.iter().find(|(file, _)| file == LIST);
    let providers = providers(&list.expect("there is a list of providers").1);
    let ids: Vec<&str> = hookwright::model::ProviderProfile::all()
        .map(|known| known.id)
        .collect();
    assert_eq!(
        ids, providers,
        "the id of a provider is the name of its folders"
    );
    for provider in providers {
        for folder in FOLDERS {
            let module = format!("{folder}{provider}/mod.rs");
            assert!(
                program.iter().any(|(file, _)| *file == module),
                "there is no {module}"
            );
        }
    }
}

#[test]
fn planted_names_are_caught() {
    let providers =
        providers("    ($make:ident) => {\n            acme\n            other\n        }\n");
    assert_eq!(providers, ["acme", "other"]);
    for (file, text) in [
        ("src/plan/order.rs", "\n// As Acme does.\n"),
        (
            "src/provider/client/api.rs",
            "\nconst HEADER: &str = \"X-ACME-Sign\";",
        ),
        ("src/simulator/journal.rs", "\nuse super::acme;"),
        ("src/provider/acme.rs", "\nstruct OtherApi;"),
    ] {
        let found = named(file, text, &providers);
        assert_eq!(found.len(), 1, "{text}");
        assert!(
            found[0].starts_with(&format!("{file}:2 names `")),
            "{found:?}"
        );
    }
    for (file, text) in [
        ("src/provider/acme/profile.rs", "title: \"Acme\""),
        ("src/simulator/other/mod.rs", "pub use super::acme::API;"),
        (LIST, "acme"),
        (
            "src/plan/order.rs",
            "fn f() {}\n#[cfg(test)]\nmod tests {\n    // Acme\n}",
        ),
    ] {
        assert_eq!(named(file, text, &providers), [""; 0], "{text}");
    }
}
