//! The objects for Kubernetes, as kustomize makes them.

use std::{collections::BTreeSet, fs, os::unix::fs::symlink};

use serde_json::{Value, json};

use super::{folder, passes, prometheus::ALERTS, text, tool};
use crate::support::Workspace;

const MANIFEST: &str = "kubernetes/base/hookwright.yaml";
const RULE: &str = "kubernetes/monitored/prometheusrule.yaml";

/// All objects of a folder.
fn rendered(name: &str) -> Option<Vec<Value>> {
    let mut command = tool("kubectl")?;
    let folder = folder().join("kubernetes").join(name);
    let objects = passes(command.arg("kustomize").arg(folder));
    let objects = objects.split("\n---\n");
    Some(
        objects
            .map(|text| serde_yaml::from_str(text).unwrap())
            .collect(),
    )
}

fn object<'o>(objects: &'o [Value], kind: &str) -> &'o Value {
    let mut found = objects.iter().filter(|object| object["kind"] == kind);
    let object = found.next().unwrap_or_else(|| panic!("there is no {kind}"));
    assert!(found.next().is_none(), "there are several {kind}");
    object
}

fn strings(value: &Value) -> Vec<&str> {
    let values = value.as_array().unwrap().iter();
    values.map(|value| value.as_str().unwrap()).collect()
}

/// Those that Kubernetes itself does not know.
fn schema_of(kind: &str) -> Option<Value> {
    let schema = match kind {
        "ServiceMonitor" => include_str!("../../fixtures/deploy/servicemonitor.schema.json"),
        "PrometheusRule" => include_str!("../../fixtures/deploy/prometheusrule.schema.json"),
        _ => return None,
    };
    Some(serde_json::from_str(schema).unwrap())
}

#[test]
fn the_objects_are_valid_under_their_schemas() {
    let Some(objects) = rendered("monitored") else {
        return;
    };
    let workspace = Workspace::new();
    let mut files = Vec::new();
    let mut others = 0;
    for (index, object) in objects.iter().enumerate() {
        let kind = object["kind"].as_str().unwrap();
        let Some(schema) = schema_of(kind) else {
            files.push(workspace.write(&format!("{index}-{kind}.yaml"), object.to_string()));
            continue;
        };
        others += 1;
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(object)
            .map(|err| format!("{}: {err}", err.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{kind}: {errors:#?}");
    }
    assert_eq!((files.len(), others), (7, 2));
    if let Some(mut command) = tool("kubernetes-validate") {
        passes(command.args(["--strict", "--quiet"]).args(files));
    }
}

#[test]
fn a_copy_has_no_right_that_it_does_not_need() {
    let Some(objects) = rendered("base") else {
        return;
    };
    let pod = &object(&objects, "Deployment")["spec"]["template"]["spec"];
    let context = &pod["securityContext"];
    assert_eq!(context["runAsNonRoot"], true);
    assert_eq!(context["seccompProfile"]["type"], "RuntimeDefault");
    assert_eq!(pod["automountServiceAccountToken"], false);
    let containers = pod["containers"].as_array().unwrap();
    assert_eq!(containers.len(), 1);
    let container = &containers[0];
    assert_eq!(
        container["securityContext"],
        json!({
            "allowPrivilegeEscalation": false,
            "capabilities": { "drop": ["ALL"] },
            "readOnlyRootFilesystem": true,
        })
    );
    assert!(container["resources"]["limits"]["memory"].is_string());
    // The image's own user.
    let dockerfile = fs::read_to_string(folder().join("../../Dockerfile")).unwrap();
    let user = format!(
        "USER {0}:{1}\n",
        context["runAsUser"], context["runAsGroup"]
    );
    assert!(dockerfile.contains(&user), "{user}");
    // What it writes to, it can write to.
    let mounts = container["volumeMounts"].as_array().unwrap();
    for flag in ["--state=", "--audit-log="] {
        let mut arguments = strings(&container["args"]).into_iter();
        let file = arguments.find_map(|one| one.strip_prefix(flag)).unwrap();
        let mut writable = mounts.iter().filter(|mount| mount["readOnly"] != true);
        assert!(writable.any(|mount| file.starts_with(mount["mountPath"].as_str().unwrap())));
    }
    // The namespace takes nothing else.
    let labels = &object(&objects, "Namespace")["metadata"]["labels"];
    assert_eq!(labels["pod-security.kubernetes.io/enforce"], "restricted");
}

#[test]
fn while_one_copy_is_taken_away_another_works() {
    let Some(objects) = rendered("base") else {
        return;
    };
    let deployment = &object(&objects, "Deployment")["spec"];
    assert_eq!(deployment["replicas"], 2);
    assert_eq!(
        object(&objects, "PodDisruptionBudget")["spec"]["minAvailable"],
        1
    );
    let pod = &deployment["template"]["spec"];
    assert_eq!(
        pod["topologySpreadConstraints"].as_array().unwrap().len(),
        2
    );
    let container = &pod["containers"][0];
    for (probe, path) in [
        ("startupProbe", "/livez"),
        ("livenessProbe", "/livez"),
        ("readinessProbe", "/readyz"),
    ] {
        assert_eq!(
            container[probe]["httpGet"],
            json!({ "path": path, "port": "http" })
        );
    }
    // Two copies need a lock to tell which of them works.
    let manifest: Value = serde_yaml::from_str(&text(MANIFEST)).unwrap();
    for (name, environment) in manifest["environments"].as_object().unwrap() {
        let lock = environment["lock"]["url"].as_str().unwrap();
        assert!(lock.ends_with(name), "{name} has the lock {lock}");
    }
}

/// A selector with a label too many selects nothing, and nobody is told.
#[test]
fn selectors_select_what_they_should() {
    let Some(objects) = rendered("monitored") else {
        return;
    };
    let copies = json!({ "app.kubernetes.io/name": "hookwright" });
    let deployment = &object(&objects, "Deployment")["spec"];
    assert_eq!(deployment["template"]["metadata"]["labels"], copies);
    assert_eq!(deployment["selector"]["matchLabels"], copies);
    let service = object(&objects, "Service");
    assert_eq!(service["spec"]["selector"], copies);
    let budget = object(&objects, "PodDisruptionBudget");
    assert_eq!(budget["spec"]["selector"]["matchLabels"], copies);
    let monitor = &object(&objects, "ServiceMonitor")["spec"];
    assert_eq!(
        monitor["selector"]["matchLabels"],
        service["metadata"]["labels"]
    );
    assert_eq!(
        monitor["endpoints"][0]["port"],
        service["spec"]["ports"][0]["name"]
    );
    let policy = &object(&objects, "NetworkPolicy")["spec"];
    assert_eq!(policy["podSelector"]["matchLabels"], copies);
    // The name service's pods are not ours.
    assert_eq!(
        policy["egress"][0]["to"][0]["podSelector"]["matchLabels"],
        json!({ "k8s-app": "kube-dns" })
    );
    let namespaces: BTreeSet<&str> = objects
        .iter()
        .filter(|object| object["kind"] != "Namespace")
        .map(|object| object["metadata"]["namespace"].as_str().unwrap())
        .collect();
    assert_eq!(namespaces, BTreeSet::from(["hookwright"]));
}

#[test]
fn the_manifest_is_mounted_so_that_changes_arrive() {
    let Some(objects) = rendered("base") else {
        return;
    };
    let pod = &object(&objects, "Deployment")["spec"]["template"]["spec"];
    let mounts = pod["containers"][0]["volumeMounts"].as_array().unwrap();
    assert!(mounts.iter().all(|mount| mount["subPath"].is_null()));
    let config = object(&objects, "ConfigMap");
    // A digest in its name would replace the copies instead.
    let volumes = pod["volumes"].as_array().unwrap();
    let name = &config["metadata"]["name"];
    assert_eq!(name, "hookwright-manifest");
    assert!(
        volumes
            .iter()
            .any(|volume| volume["configMap"]["name"] == *name)
    );
    assert_eq!(config["data"]["hookwright.yaml"], text(MANIFEST));
}

/// The kubelet makes links to links, and swaps the one in the middle.
#[test]
fn the_manifest_is_valid_as_it_is_mounted() {
    let workspace = Workspace::new();
    workspace.write("etc/..2026_11_29/hookwright.yaml", text(MANIFEST));
    let etc = workspace.path().join("etc");
    symlink("..2026_11_29", etc.join("..data")).unwrap();
    symlink("..data/hookwright.yaml", etc.join("hookwright.yaml")).unwrap();
    let run = workspace.run(&["validate", "-f", "etc"]).code(0);
    assert_eq!(run.stderr, "");
}

#[test]
fn secrets_are_referred_to_and_those_that_are_needed_are_named() {
    let Some(objects) = rendered("monitored") else {
        return;
    };
    assert!(objects.iter().all(|object| object["kind"] != "Secret"));
    let container = &object(&objects, "Deployment")["spec"]["template"]["spec"]["containers"][0];
    let used = format!("{}{}", text(MANIFEST), container["args"]);
    let mut names = BTreeSet::new();
    for rest in used.split("/run/secrets/hookwright/").skip(1) {
        let is_part = |found: char| found.is_ascii_alphanumeric() || found == '-';
        names.insert(rest.split(|found| !is_part(found)).next().unwrap());
    }
    assert!(names.len() > 3, "{names:?}");
    for name in names {
        let made = format!("--from-file={name}");
        assert!(text("kubernetes/README.md").contains(&made), "{name}");
    }
}

#[test]
fn the_rule_for_the_operator_is_fresh() {
    let mut rule = String::from(
        "# Made of ../../prometheus/alerts.yaml: `BLESS=1 cargo test --test it deploy` writes it anew.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: hookwright
  labels:
    app.kubernetes.io/name: hookwright
spec:
",
    );
    let alerts = text(ALERTS);
    for line in alerts.lines().skip_while(|line| *line != "groups:") {
        if !line.is_empty() {
            rule.push_str("  ");
        }
        rule.push_str(line);
        rule.push('\n');
    }
    let file = folder().join(RULE);
    if std::env::var("BLESS").is_ok_and(|value| value == "1") {
        fs::write(&file, &rule).unwrap();
    }
    assert!(
        fs::read_to_string(&file).unwrap_or_default() == rule,
        "{RULE} is stale: write it anew with `BLESS=1 cargo test --test it deploy`"
    );
}
