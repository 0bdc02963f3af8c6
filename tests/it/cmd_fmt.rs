//! `fmt`.

use std::fs;

use crate::support::{PROD_SECRET, Workspace};

const MESSY: &str = "webhooks:
    loans: {url: 'https://hooks.example.com/loans'} # one
version: 1
";
const CLEAN: &str = "version: 1

webhooks:
  loans: { url: https://hooks.example.com/loans }  # one
";

fn content(workspace: &Workspace, name: &str) -> String {
    fs::read_to_string(workspace.path().join(name)).unwrap()
}

#[test]
fn files_are_written_and_named_only_where_they_change() {
    let workspace = Workspace::new();
    workspace.write("hookwright/clean.yaml", CLEAN);
    workspace.write("hookwright/messy.yml", MESSY);
    let run = workspace.run(&["fmt"]).code(0);
    insta::assert_snapshot!(run.shown(), @r"
    exit 0
    ----- stdout -----
    hookwright/messy.yml
    ----- stderr -----
    Formatted: 1 of 2.
    ");
    assert_eq!(content(&workspace, "hookwright/messy.yml"), CLEAN);
    let run = workspace.run(&["fmt"]).code(0);
    insta::assert_snapshot!(run.shown(), @r"
    exit 0
    ----- stdout -----
    ----- stderr -----
    Nothing to format.
    ");
}

#[test]
fn check_lists_files_and_writes_nothing() {
    let workspace = Workspace::with(MESSY);
    let run = workspace.run(&["fmt", "--check"]).code(2);
    insta::assert_snapshot!(run.shown(), @r"
    exit 2
    ----- stdout -----
    hookwright.yaml
    ----- stderr -----
    Not formatted: 1 of 1. Run `hookwright fmt`.
    ");
    assert_eq!(content(&workspace, "hookwright.yaml"), MESSY);
    let run = Workspace::with(CLEAN).run(&["fmt", "--check"]).code(0);
    assert_eq!(run.stdout, "");
}

#[test]
fn diff_shows_what_would_change() {
    let workspace = Workspace::with(MESSY);
    let run = workspace.run(&["fmt", "--diff"]).code(0);
    insta::assert_snapshot!(run.stdout, @r"
    --- hookwright.yaml
    +++ hookwright.yaml
    @@ -1,3 +1,4 @@
    -webhooks:
    -    loans: {url: 'https://hooks.example.com/loans'} # one
     version: 1
    +
    +webhooks:
    +  loans: { url: https://hooks.example.com/loans }  # one
    ");
    let _ = workspace.run(&["fmt", "--diff", "--check"]).code(2);
    assert_eq!(content(&workspace, "hookwright.yaml"), MESSY);
}

#[test]
fn standard_input_goes_to_standard_output() {
    let workspace = Workspace::new();
    let run = workspace.run_with_input(&["fmt", "-"], MESSY).code(0);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), (CLEAN, ""));
    let run = workspace
        .run_with_input(&["fmt", "--check", "-"], MESSY)
        .code(2);
    assert_eq!(run.stdout, "<stdin>\n");
    let run = workspace.run(&["fmt", "-", "hookwright.yaml"]).code(64);
    insta::assert_snapshot!(run.stderr, @"error: `-` cannot be formatted together with files");
    let run = workspace.run(&["fmt", "-", "--format", "json"]).code(64);
    insta::assert_snapshot!(run.stderr, @r"
    error: what is read from `-` is written to standard output, which `--format json` takes
      hint: add `--check` or `--diff`, or name a file
    ");
}

#[test]
fn where_one_file_cannot_be_read_none_is_written() {
    let workspace = Workspace::new();
    workspace.write("a.yaml", MESSY);
    workspace.write("b.yaml", "version: 1\nwebhooks: {\n");
    let run = workspace.run(&["fmt", "a.yaml", "b.yaml"]).code(65);
    insta::assert_snapshot!(run.shown(), @r"
    exit 65
    ----- stdout -----
    ----- stderr -----
    error[HW001]: unclosed bracket '{'
     --> b.yaml:2:11
      |
    2 | webhooks: {
      |           ^
      |
      = help: close it, or quote what is text

    1 error
    For more about this error, run `hookwright explain HW001`.
    ");
    assert_eq!(content(&workspace, "a.yaml"), MESSY);
    let run = workspace
        .run(&["fmt", "a.yaml", "b.yaml", "--format", "json"])
        .code(65);
    assert_eq!(run.json()["outcome"], "invalid");
    let run = workspace.run(&["fmt", "absent.yaml"]).code(65);
    insta::assert_snapshot!(run.stderr, @"error: failed to read `absent.yaml`: No such file or directory (os error 2)");
}

#[test]
fn what_the_layout_cannot_do_is_left_as_it_is() {
    let manifest = "version: 1 # \u{f0000}\n";
    let workspace = Workspace::with(manifest);
    let run = workspace.run(&["fmt"]).code(1);
    insta::assert_snapshot!(run.stderr, @r"
    error: failed to format `hookwright.yaml`: the layout of this YAML is not supported: it has characters for private use
      hint: nothing was written; what is in the file is valid and can stay as it is
    ");
    assert_eq!(content(&workspace, "hookwright.yaml"), manifest);
}

#[test]
fn json_says_what_changes() {
    let workspace = Workspace::with(MESSY);
    let run = workspace
        .run(&["fmt", "--check", "--diff", "--format", "json"])
        .code(2);
    let document = run.json();
    assert_eq!(document["outcome"], "changes");
    assert_eq!(document["files"][0]["file"], "hookwright.yaml");
    assert_eq!(document["files"][0]["changes"], true);
    let diff = document["files"][0]["diff"].as_str().unwrap();
    assert!(diff.contains("\n+webhooks:\n"), "{diff}");
    let document = workspace.run(&["fmt", "--format", "json"]).code(0).json();
    assert_eq!(document["outcome"], "applied");
    let document = workspace.run(&["fmt", "--format", "json"]).code(0).json();
    assert_eq!(document["outcome"], "nothing");
}

#[test]
fn secrets_in_a_manifest_are_not_shown() {
    let secret = PROD_SECRET;
    let manifest = format!(
        "environments:
  prod:
    credentials: {{client_id: 'me', access_secret:   '{secret}'}}
    provider: truv
version: 1
"
    );
    let workspace = Workspace::with(&manifest);
    for arguments in [
        &["fmt", "--diff"][..],
        &["fmt", "--diff", "--format", "json"],
    ] {
        let run = workspace.run(arguments).code(0);
        assert!(run.stdout.contains("access_secret"), "{}", run.shown());
        assert!(!run.shown().contains(secret), "{}", run.shown());
    }
    // The manifest itself is no output about it.
    let run = workspace.run_with_input(&["fmt", "-"], &manifest).code(0);
    assert!(run.stdout.contains(secret));
}

#[cfg(unix)]
#[test]
fn permissions_and_links_stay_and_what_does_not_change_is_not_touched() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
    let workspace = Workspace::new();
    let path = workspace.write("shared/real.yaml", MESSY);
    symlink(&path, workspace.path().join("hookwright.yaml")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let _ = workspace.run(&["fmt"]).code(0);
    assert!(
        fs::symlink_metadata(workspace.path().join("hookwright.yaml"))
            .unwrap()
            .is_symlink()
    );
    let metadata = fs::metadata(&path).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o777, 0o640);
    assert_eq!(content(&workspace, "shared/real.yaml"), CLEAN);
    let _ = workspace.run(&["fmt"]).code(0);
    assert_eq!(fs::metadata(&path).unwrap().ino(), metadata.ino());
    assert_eq!(workspace.files().len(), 2, "nothing is left beside it");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o440)).unwrap();
    fs::write(workspace.path().join("other.yaml"), MESSY).unwrap();
    fs::set_permissions(
        workspace.path().join("other.yaml"),
        fs::Permissions::from_mode(0o440),
    )
    .unwrap();
    let run = workspace.run(&["fmt", "other.yaml"]).code(1);
    insta::assert_snapshot!(run.stderr, @"error: failed to write `other.yaml`, which is as it was: permission denied");
}

#[test]
fn a_file_that_is_too_large_to_be_laid_out_says_what_to_do() {
    let workspace = Workspace::new();
    workspace.write(
        "large.yaml",
        format!("version: 1\n{}", "# a comment\n".repeat(530_000)),
    );
    let run = workspace.run(&["fmt", "large.yaml"]);
    insta::assert_snapshot!(run.shown(), @r"
    exit 1
    ----- stdout -----
    ----- stderr -----
    error: failed to format `large.yaml`: it is larger than 6 MiB, the most that is laid out
      hint: nothing was written; split it into several files of one folder, which are one manifest
    ");
}
