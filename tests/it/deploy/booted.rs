//! The unit under a real systemd, with everything that the unit keeps from the service.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
};

use rustix::process::geteuid;

use super::{folder, text, tool, wait_for};
use crate::support::{CLIENT_ID, PROD_SECRET, SANDBOX_SECRET, Workspace};

const BOOT: &str = include_str!("../../fixtures/deploy/boot.sh");
/// In place of the unit's own times, which are long.
const TIMES: &str = "[Service]\nRestartSec=100ms\nWatchdogSec=5s\n";

/// A systemd in namespaces of its own, until it is dropped.
struct Machine {
    unshare: Child,
    first: String,
    _folder: Workspace,
}

impl Machine {
    /// One that starts the unit; `None` where this machine or this user cannot have it.
    #[expect(
        clippy::print_stdout,
        reason = "what is passed over is said, as by other tests"
    )]
    fn boot() -> Option<Self> {
        let (mut command, _) = (tool("unshare")?, tool("systemd-analyze")?);
        if !geteuid().is_root() {
            println!("passed over: only root can boot a systemd");
            return None;
        }
        let workspace = installed();
        let script = workspace.write("boot.sh", BOOT);
        let mut unshare = command
            .args(["--mount", "--pid", "--uts", "--ipc", "--net", "--cgroup"])
            .args(["--fork", "--kill-child", "sh"])
            .args([&script, workspace.path()])
            .arg(env!("CARGO_BIN_EXE_hookwright"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(unshare.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        if line != "booting\n" {
            let mut why = String::new();
            let mut stderr = unshare.stderr.take().unwrap();
            stderr.read_to_string(&mut why).unwrap();
            unshare.wait().unwrap();
            println!("passed over: this machine lets no systemd boot: {why}");
            return None;
        }
        let children = format!("/proc/{0}/task/{0}/children", unshare.id());
        let first = fs::read_to_string(children).unwrap().trim().to_owned();
        Some(Self {
            unshare,
            first,
            _folder: workspace,
        })
    }

    /// What `systemctl` says there.
    fn systemctl(&self, arguments: &[&str]) -> String {
        let output = Command::new("nsenter")
            .args(["--mount", "--pid", "--target", &self.first, "systemctl"])
            .args(arguments)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    fn property(&self, name: &str) -> String {
        let property = format!("--property={name}");
        let said = self.systemctl(&["show", "--value", &property, "hookwright"]);
        said.trim().to_owned()
    }

    #[track_caller]
    fn wait_until_active(&self) {
        wait_for("the unit is active", || {
            let state = self.property("ActiveState");
            (state == "active").then_some(()).ok_or(state)
        });
    }

    /// What is in a file that the service keeps.
    fn kept(&self, name: &str) -> Option<String> {
        let folder = "var/lib/private/hookwright";
        fs::read_to_string(format!("/proc/{}/root/{folder}/{name}", self.first)).ok()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // The first process goes with it, and everything else with that.
        self.unshare.kill().ok();
        self.unshare.wait().ok();
    }
}

/// The unit and its manifest, installed as its README says, but with the simulator in place of providers.
fn installed() -> Workspace {
    let workspace = Workspace::new();
    let write = |path: &str, text: &str| workspace.write(&format!("files/etc/{path}"), text);
    let unit = folder().join("systemd/hookwright.service");
    write(
        "systemd/system/hookwright.service",
        &fs::read_to_string(unit).unwrap(),
    );
    write("systemd/system/hookwright.service.d/times.conf", TIMES);
    let manifest = text("systemd/hookwright.yaml");
    let simulated = "provider: truv\n    base_url: simulator\n";
    let manifest = manifest.replace("provider: truv\n", simulated);
    write("hookwright/hookwright.yaml", &manifest);
    for (name, secret) in [
        ("truv-client-id", CLIENT_ID),
        ("truv-sandbox-secret", SANDBOX_SECRET),
        ("truv-prod-secret", PROD_SECRET),
        ("shared-secret", "0123456789abcdef0123456789abcdef"),
    ] {
        write(&format!("credstore/hookwright.{name}"), secret);
    }
    workspace
}

#[test]
fn the_unit_runs_under_a_real_systemd_with_all_that_it_forbids() {
    let Some(machine) = Machine::boot() else {
        return;
    };
    // It said that it is ready, read its credentials, and applied what `sandbox` lacked.
    machine.wait_until_active();
    wait_for("what was written is recorded", || {
        let log = machine.kept("audit.jsonl").unwrap_or_default();
        let is_there = log.contains("acme-loan-decisions");
        is_there.then_some(()).ok_or(log)
    });
    assert_eq!(machine.property("NRestarts"), "0");
    // It stands still, and is started anew.
    machine.systemctl(&["kill", "--signal=STOP", "hookwright"]);
    wait_for("the watchdog starts it anew", || {
        let restarts = machine.property("NRestarts");
        (restarts != "0").then_some(()).ok_or(restarts)
    });
    machine.wait_until_active();
    // It ends by itself when it is told to.
    machine.systemctl(&["stop", "hookwright"]);
    let ended = ["ActiveState", "Result", "ExecMainStatus"].map(|name| machine.property(name));
    assert_eq!(ended, ["inactive", "success", "0"]);
}
