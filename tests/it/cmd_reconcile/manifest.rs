//! The manifest is read anew: swapped, broken, mended.

use std::{fs, os::unix::fs::symlink};

use hookwright::model::EnvType;

use super::{LINKS, ORDERS, Service, api, applied, declared};
use crate::support::{Api, Workspace};

/// A folder that is swapped as Kubernetes swaps a mounted ConfigMap: by turning a link.
fn swap(workspace: &Workspace, version: &str, text: &str) {
    workspace.write(&format!("{version}/hookwright.yaml"), text);
    let there = workspace.path().join("turning");
    symlink(version, &there).unwrap();
    fs::rename(&there, workspace.path().join("current")).unwrap();
}

/// The lock is beside the folder that is swapped: one inside it would be another file after that.
fn in_folder(api: &Api, text: &str) -> Workspace {
    let text = &text.replace("sandbox.lock", "../sandbox.lock");
    let workspace = api.workspace(text);
    fs::remove_file(workspace.path().join("hookwright.yaml")).unwrap();
    swap(&workspace, "v1", &text.replace("[API]", &api.base_url()));
    workspace
}

fn moved(api: &Api, text: &str) -> String {
    text.replace("sandbox.lock", "../sandbox.lock")
        .replace("[API]", &api.base_url())
}

const IN_FOLDER: [&str; 6] = [
    "-f",
    "current",
    "--state",
    "state.json",
    "--audit-log",
    "audit.log",
];

#[test]
fn a_manifest_that_is_swapped_is_in_force_with_the_next_round() {
    let api = api();
    let text = applied(ORDERS);
    let workspace = in_folder(&api, &text);
    let mut service = Service::start(&workspace, &IN_FOLDER);
    service.wait_for("InSync is true (InSync)");
    swap(&workspace, "v2", &(moved(&api, &text) + LINKS));
    service.wait_for_event("manifest", "the manifest has moved");
    while api.live(EnvType::Sandbox).len() < 2 {
        std::thread::yield_now();
    }
    service.stop();
}

#[test]
fn an_invalid_manifest_keeps_the_last_valid_one_in_force() {
    let api = api();
    let text = applied(ORDERS);
    let workspace = in_folder(&api, &text);
    let mut service = Service::start(&workspace, &IN_FOLDER);
    service.wait_for("InSync is true (InSync)");
    swap(
        &workspace,
        "v2",
        "version: 1\nenvironments: { sandbox: { provider: nobody } }\n",
    );
    service.wait_for_event("manifest", "the last valid one stays in force");
    let message = service.wait_for("Stalled is true (ManifestInvalid)");
    insta::assert_snapshot!(message);
    // The valid one is still mended.
    let id = api
        .simulator
        .webhooks(crate::support::CLIENT_ID, EnvType::Sandbox)[0]
        .id
        .clone();
    api.simulator.remove(&id).unwrap();
    while api.live(EnvType::Sandbox).is_empty() {
        std::thread::yield_now();
    }
    swap(&workspace, "v3", &moved(&api, &text));
    service.wait_for_event("manifest", "the manifest is valid again");
    service.wait_for("Stalled is false (NotStalled)");
    service.stop();
}

#[test]
fn a_manifest_that_vanishes_is_said_and_the_last_one_stays() {
    let api = api();
    let workspace = api.workspace(&declared("mode: detect", ORDERS));
    let mut service = Service::start(&workspace, &[]);
    service.wait_for("InSync is false (LiveMoved)");
    fs::remove_file(workspace.path().join("hookwright.yaml")).unwrap();
    let message = service.wait_for("Stalled is true (ManifestInvalid)");
    insta::assert_snapshot!(message);
    let before = api.count("GET");
    while api.count("GET") < before + 1 {
        std::thread::yield_now();
    }
    service.stop();
}

/// Without webhooks, a file that is being written looks like a manifest that declares none.
#[test]
fn a_manifest_that_is_emptied_deletes_nothing() {
    let api = api();
    let text = applied(ORDERS).replace("    lock:", "    prune: true\n    lock:");
    let workspace = in_folder(&api, &text);
    let mut service = Service::start(&workspace, &IN_FOLDER);
    service.wait_for("InSync is true (InSync)");
    let empty = text
        .replace("[API]", &api.base_url())
        .replace(&format!("webhooks:\n{ORDERS}"), "webhooks: {}\n");
    swap(&workspace, "v2", &empty);
    service.wait_for("Stalled is true (Refused)");
    service.stop();
    assert_eq!(api.count("DELETE"), 0);
}

#[test]
fn an_environment_to_apply_that_comes_later_needs_a_lock() {
    let api = api();
    let text = declared("mode: apply", ORDERS);
    let workspace = in_folder(&api, &text);
    let mut service = Service::start(&workspace, &IN_FOLDER);
    let message = service.wait_for("Stalled is true (NoLock)");
    insta::assert_snapshot!(message);
    service.stop();
    assert_eq!(api.count("POST"), 0);
    let mut service = Service::start(&workspace, &[&IN_FOLDER[..], &["--unlocked"]].concat());
    service.wait_for("InSync is true (InSync)");
    service.stop();
    assert_eq!(api.count("POST"), 1);
}
