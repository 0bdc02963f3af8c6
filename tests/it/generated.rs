//! What is generated and committed: stale files fail here, and `BLESS=1` writes them anew.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::support::Workspace;

/// Whatever has a schema: the manifest, the saved plan, and every JSON document.
fn schemas() -> Vec<&'static str> {
    let documents = hookwright::report::json::schemas().into_keys();
    documents
        .chain(["manifest", "plan-file", "policy-input"])
        .collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn printed(name: &str) -> String {
    Workspace::new().run(&["schema", name]).code(0).stdout
}

/// Whoever runs the tests says whether to write the files.
fn bless() -> bool {
    std::env::var("BLESS").is_ok_and(|value| value == "1")
}

#[test]
fn schemas_are_fresh() {
    let folder = root().join("schema");
    if bless() {
        fs::create_dir_all(&folder).unwrap();
    }
    for name in schemas() {
        let path = folder.join(format!("{name}.schema.json"));
        let expected = printed(name);
        if bless() {
            fs::write(&path, &expected).unwrap();
        }
        let found = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            found == expected,
            "schema/{name}.schema.json is stale: write it anew with `BLESS=1 cargo test --test it generated`"
        );
    }
    let files = fs::read_dir(&folder).unwrap().count();
    assert_eq!(
        files,
        schemas().len(),
        "schema/ has a file that nothing writes"
    );
}

#[test]
fn schemas_are_valid_under_their_meta_schema() {
    for name in schemas() {
        let schema: Value = serde_json::from_str(&printed(name)).unwrap();
        assert!(
            schema["$schema"].is_string(),
            "{name} does not say which it is"
        );
        if let Err(err) = jsonschema::meta::validate(&schema) {
            panic!("{name}: {err}");
        }
    }
}

/// Beside the manifests of the service is what runs and watches it; `deploy` is about that.
fn is_manifest(path: &Path) -> bool {
    let is_yaml = path
        .extension()
        .is_some_and(|it| it == "yaml" || it == "yml");
    let is_deployed = path.starts_with(root().join("examples/deploy"));
    is_yaml && (!is_deployed || path.ends_with("hookwright.yaml"))
}

pub(crate) fn manifests_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // Those of CI systems are no manifests; `pipelines` is about them.
        if path.ends_with("pipelines") {
            continue;
        }
        if path.is_dir() {
            manifests_below(&path, found);
        } else if is_manifest(&path) {
            found.push(path);
        }
    }
}

#[test]
fn examples_are_valid_by_an_independent_parser_and_validator() {
    let schema: Value = serde_json::from_str(&printed("manifest")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut examples = Vec::new();
    manifests_below(&root().join("examples"), &mut examples);
    assert!(!examples.is_empty());
    for path in examples {
        let text = fs::read_to_string(&path).unwrap();
        let manifest: Value = serde_yaml::from_str(&text).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&manifest)
            .map(|err| format!("{}: {err}", err.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
        let run = Workspace::new().run(&["validate", "--file", path.to_str().unwrap()]);
        let _ = run.code(0);
    }
}

#[test]
fn schema_refuses_what_the_program_refuses() {
    let schema: Value = serde_json::from_str(&printed("manifest")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let environment = "environments: {sandbox: {provider: truv, base_url: simulator}}\n";
    let webhook = "webhooks: {a: {url: 'https://h.example.com/', events: [order-created]}}\n";
    let valid = format!("version: 1\n{environment}{webhook}");
    for (what, manifest) in [
        ("an unknown key", format!("{valid}colour: red\n")),
        ("another version", valid.replace("version: 1", "version: 2")),
        ("an unknown provider", valid.replace("truv", "acme")),
        ("no URL", valid.replace("url:", "link:")),
        ("a wrong type", valid.replace("[order-created]", "{}")),
        ("no version", valid.replace("version: 1\n", "")),
    ] {
        let parsed: Value = serde_yaml::from_str(&manifest).unwrap();
        assert!(!validator.is_valid(&parsed), "the schema accepts {what}");
        let _ = Workspace::with(&manifest).run(&["validate"]).code(65);
    }
    let parsed: Value = serde_yaml::from_str(&valid).unwrap();
    assert!(validator.is_valid(&parsed));
    let _ = Workspace::with(&valid).run(&["validate"]).code(0);
}
