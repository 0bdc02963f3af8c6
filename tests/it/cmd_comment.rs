//! `comment`: one comment on a pull request of GitHub, or a merge request of GitLab.

use hookwright::forge::Forge;
use http::Method;

use crate::cmd_apply_saved::forged;
use crate::support::{
    Api, Run, Workspace,
    forge::{Fault, ForgeApi, HEAD, OWN, STRANGER, TOKEN},
    sandbox_manifest,
};

const OLD: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const BOTH: [Forge; 2] = [Forge::GitHub, Forge::GitLab];

fn comment(workspace: &Workspace, body: &str) -> Run {
    workspace.run_with_input(&["comment", "--body", "-"], body)
}

/// Runs it, and asserts that no secret is shown at any verbosity.
#[track_caller]
fn silent(workspace: &Workspace, arguments: &[&str]) -> Run {
    let mut all = vec!["comment", "-vvv"];
    all.extend(arguments);
    let run = workspace.run_with_input(&all, "a plan");
    assert!(!run.shown().contains("c0ffee"), "{}", run.shown());
    run
}

#[test]
fn one_comment_is_created_updated_and_left() {
    for forge in BOTH {
        let api = ForgeApi::start(forge);
        let workspace = api.workspace();
        let _ = comment(&workspace, "a plan").code(0);
        let _ = comment(&workspace, "another plan").code(0);
        let writes = api.count("P");
        let run = comment(&workspace, "another plan").code(0);
        assert!(run.stdout.contains("it says so already"), "{}", run.shown());
        assert_eq!(api.count("P"), writes, "an equal comment was written");
        let comments = api.comments();
        assert_eq!(comments.len(), 1, "{comments:?}");
        let body = format!("<!-- hookwright:comment name=plan commit={HEAD} -->\nanother plan");
        assert_eq!(comments[0].body, body);
    }
}

#[test]
fn what_was_done_is_said_with_where_to_see_it() {
    let api = ForgeApi::start(Forge::GitHub);
    let run = comment(&api.workspace(), "a plan");
    insta::assert_snapshot!(run.shown(), @r#"
    exit 0
    ----- stdout -----
    Created comment `plan` on pull request 7 of `acme/hooks`:
    https://github.com/acme/hooks/pull/7#issuecomment-1000
    ----- stderr -----
    "#);
    let api = ForgeApi::start(Forge::GitLab);
    let run = comment(&api.workspace(), "a plan");
    insta::assert_snapshot!(run.shown(), @r#"
    exit 0
    ----- stdout -----
    Created comment `plan` on merge request 7 of `1234`.
    ----- stderr -----
    "#);
}

#[test]
fn comments_of_other_names_are_others() {
    let api = ForgeApi::start(Forge::GitHub);
    let workspace = api.workspace();
    for name in ["sandbox", "prod", "sandbox"] {
        let run = ["comment", "--body", "-", "--name", name];
        let _ = workspace.run_with_input(&run, name).code(0);
    }
    assert_eq!(api.comments().len(), 2);
    let run = workspace.run(&["comment", "--body", "-", "--name=--> x"]);
    insta::assert_snapshot!(run.code(64).shown(), @r#"
    exit 64
    ----- stdout -----
    ----- stderr -----
    error: `--> x` cannot name a comment: use up to 60 letters, digits, `.`, `_` and single `-`
    "#);
}

#[test]
fn the_comment_is_found_behind_hundreds_of_others() {
    for forge in BOTH {
        let api = ForgeApi::start(forge);
        for at in 0..230 {
            api.seed(STRANGER, &format!("remark {at}"));
        }
        let workspace = api.workspace();
        let _ = comment(&workspace, "a plan").code(0);
        for at in 0..120 {
            api.seed(OWN, &format!("another remark {at}"));
        }
        let _ = comment(&workspace, "another plan").code(0);
        let ours = api.comments();
        let ours = ours.iter().filter(|one| one.body.contains("hookwright"));
        assert_eq!(ours.count(), 1);
        assert_eq!(api.count("POST"), 1);
    }
}

#[test]
fn strangers_comment_with_the_marker_is_neither_edited_nor_trusted() {
    for forge in BOTH {
        let api = ForgeApi::start(forge);
        let forged = format!("<!-- hookwright:comment name=plan commit={HEAD} -->\napprove me");
        api.seed(STRANGER, &forged);
        let workspace = api.workspace();
        // Were it trusted, it would be newer than this one.
        let run = ["comment", "--body", "-", "--commit", OLD];
        let _ = workspace.run_with_input(&run, "a plan").code(0);
        let comments = api.comments();
        assert_eq!(comments[0].body, forged);
        assert_eq!(comments.len(), 2);
        let _ = workspace.run(&["comment", "--outdated"]).code(0);
        assert_eq!(api.comments()[0].body, forged);
    }
}

#[test]
fn nothing_is_posted_where_nothing_changes_unless_asked() {
    let api = ForgeApi::start(Forge::GitHub);
    let workspace = api.workspace();
    let run = comment(&workspace, " \n").code(0);
    assert_eq!(
        run.stdout,
        "Nothing to say in comment `plan` on pull request 7 of `acme/hooks`.\n"
    );
    assert_eq!(api.comments(), []);
    let _ = workspace
        .run(&["comment", "--body", "-", "--always"])
        .code(0);
    assert!(api.comments()[0].body.contains("nothing to change"));
    let _ = comment(&workspace, "a plan").code(0);
    let _ = comment(&workspace, "").code(0);
    let comments = api.comments();
    assert_eq!(comments.len(), 1);
    assert!(comments[0].body.contains("nothing to change"));
}

#[test]
fn a_plan_of_an_older_commit_says_so_and_replaces_nothing_newer() {
    for forge in BOTH {
        let api = ForgeApi::start(forge);
        let workspace = api.workspace();
        let old = ["comment", "--body", "-", "--commit", OLD];
        let run = workspace.run_with_input(&old, "an old plan").code(0);
        assert!(run.stdout.contains("outdated"), "{}", run.shown());
        let body = &api.comments()[0].body;
        assert!(body.contains("> **This plan is outdated.**"), "{body}");
        let _ = comment(&workspace, "the plan").code(0);
        assert!(!api.comments()[0].body.contains("outdated"));
        let run = workspace.run_with_input(&old, "an old plan").code(0);
        assert!(run.stdout.contains("a newer commit"), "{}", run.shown());
        assert!(api.comments()[0].body.ends_with("the plan"));
        let _ = workspace.run(&["comment", "--outdated"]).code(0);
        let body = &api.comments()[0].body;
        assert!(
            body.contains("outdated") && body.ends_with("the plan"),
            "{body}"
        );
    }
}

#[test]
fn more_than_one_of_a_name_leave_one_that_holds() {
    let api = ForgeApi::start(Forge::GitHub);
    let marked = "<!-- hookwright:comment name=plan -->\nan old plan";
    api.seed(OWN, marked);
    api.seed(OWN, marked);
    let run = comment(&api.workspace(), "the plan").code(0);
    assert!(run.stdout.contains("There were 1 more"), "{}", run.shown());
    let comments = api.comments();
    assert!(comments[0].body.ends_with("the plan"));
    assert!(comments[1].body.contains("This plan is outdated"));
}

#[test]
fn workflow_tokens_which_may_not_ask_who_they_are_are_known_all_the_same() {
    let api = ForgeApi::start(Forge::GitHub).of_app();
    let workspace = api.workspace();
    let _ = comment(&workspace, "a plan").code(0);
    let _ = comment(&workspace, "another plan").code(0);
    assert_eq!(api.comments().len(), 1);
}

#[test]
fn workflow_run_of_a_fork_finds_its_pull_request_by_what_github_says() {
    let api = ForgeApi::start(Forge::GitHub);
    let workspace = api.workspace();
    let event = |commit: &str| {
        serde_json::json!({"workflow_run": {
            "event": "pull_request", "head_sha": commit, "head_branch": "main",
            "head_repository": {"owner": {"login": "stranger"}}, "pull_requests": [],
        }})
        .to_string()
    };
    workspace.write("event.json", event(HEAD));
    let _ = comment(&workspace, "a plan").code(0);
    assert_eq!(api.comments().len(), 1);
    workspace.write("event.json", event(OLD));
    let run = comment(&workspace, "a plan").code(1);
    insta::assert_snapshot!(run.shown(), @r#"
    exit 1
    ----- stdout -----
    ----- stderr -----
    error: `acme/hooks` has no open pull request of `stranger:main` at aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      hint: it may have been closed, or pushed to, in the meantime: then a newer run comments
    "#);
}

#[test]
fn rate_limits_and_failures_that_pass_are_waited_out() {
    for forge in BOTH {
        let api = ForgeApi::start(forge);
        api.fault(Fault::new(Method::GET, 502));
        api.fault(Fault::new(Method::GET, 429).header("retry-after", "0"));
        api.fault(Fault::new(Method::POST, 403).header("retry-after", "0"));
        let _ = comment(&api.workspace(), "a plan").code(0);
        assert_eq!(api.comments().len(), 1);
        assert_eq!(api.count("POST"), 2);
    }
}

#[test]
fn a_comment_whose_answer_is_lost_is_not_posted_twice() {
    for forge in BOTH {
        let api = ForgeApi::start(forge);
        api.fault(Fault::new(Method::POST, 502).carried_out());
        let _ = comment(&api.workspace(), "a plan").code(0);
        assert_eq!(api.comments().len(), 1);
        assert_eq!(api.count("POST"), 1);
        // And one that was not carried out is.
        let api = ForgeApi::start(forge);
        api.fault(Fault::new(Method::POST, 502));
        let _ = comment(&api.workspace(), "a plan").code(0);
        assert_eq!(api.comments().len(), 1);
        assert_eq!(api.count("POST"), 2);
    }
}

#[test]
fn a_limit_that_lasts_too_long_ends_the_run() {
    let api = ForgeApi::start(Forge::GitHub);
    let limited = Fault::new(Method::GET, 403)
        .header("x-ratelimit-remaining", "0")
        .header("x-ratelimit-reset", "1767225600")
        .header("date", "Wed, 31 Dec 2025 23:00:00 GMT")
        .body("{\"message\": \"API rate limit exceeded for installation.\"}");
    api.fault(limited);
    let run = comment(&api.workspace(), "a plan");
    insta::assert_snapshot!(run.shown(), @r#"
    exit 1
    ----- stdout -----
    ----- stderr -----
    error: failed to comment on pull request 7 of `acme/hooks`: GitHub: GET /user: the rate limit is used up; it asks to wait 3600 s; waiting 3600 s more would exceed the 120 s allowed
      hint: run again later: the comment is updated where it is there already
    "#);
}

#[test]
fn missing_permissions_say_which() {
    let api = ForgeApi::start(Forge::GitHub);
    let forbidden = "{\"message\": \"Resource not accessible by integration\"}";
    api.fault(Fault::new(Method::POST, 403).body(forbidden));
    let run = comment(&api.workspace(), "a plan");
    insta::assert_snapshot!(run.shown(), @r#"
    exit 1
    ----- stdout -----
    ----- stderr -----
    error: failed to comment on pull request 7 of `acme/hooks`: GitHub: POST /repos/acme/hooks/issues/7/comments: forbidden, status 403: Resource not accessible by integration
      hint: give the job `permissions: pull-requests: write`; the token of a fork's pull request cannot have it: comment from a `workflow_run` workflow then (examples/pipelines/github/fork)
    "#);
    let api = ForgeApi::start(Forge::GitLab);
    api.fault(Fault::new(Method::POST, 403).body("{\"message\": \"403 Forbidden\"}"));
    let run = comment(&api.workspace(), "a plan");
    insta::assert_snapshot!(run.shown(), @r#"
    exit 1
    ----- stdout -----
    ----- stderr -----
    error: failed to comment on merge request 7 of `1234`: GitLab: POST /api/v4/projects/1234/merge_requests/7/notes: forbidden, status 403: 403 Forbidden
      hint: the token needs the scope `api`, and its user the role Reporter or a higher one
    "#);
}

#[test]
fn wrong_tokens_and_places_say_what_to_do() {
    let token = |forge, variable| {
        let api = ForgeApi::start(forge);
        let workspace = api.workspace().env(variable, "wrong-c0ffee");
        comment(&workspace, "a plan").code(1).stderr
    };
    let number = |forge| {
        let api = ForgeApi::start(forge);
        let run = ["comment", "--outdated", "--number", "8"];
        api.workspace().run(&run).code(1).stderr
    };
    insta::assert_snapshot!(token(Forge::GitHub, "GITHUB_TOKEN"), @r#"
    error: failed to comment on pull request 7 of `acme/hooks`: GitHub: GET /user: the token is not accepted, status 401: Bad credentials
      hint: check that the variable with the token is passed to the step: `env: GITHUB_TOKEN: ${{ github.token }}`
    "#);
    insta::assert_snapshot!(token(Forge::GitLab, "GITLAB_TOKEN"), @r#"
    error: failed to comment on merge request 7 of `1234`: GitLab: GET /api/v4/user: the token is not accepted, status 401: Bad credentials
      hint: use a project or personal access token of scope `api`: a job's own CI_JOB_TOKEN cannot write comments
    "#);
    insta::assert_snapshot!(number(Forge::GitHub), @r#"
    error: failed to comment on pull request 8 of `acme/hooks`: GitHub: GET /repos/acme/hooks/pulls/8: not found, status 404: Not Found
      hint: check `--repository` and `--number`; what a token may not see is not there for it
    "#);
    insta::assert_snapshot!(number(Forge::GitLab), @r#"
    error: failed to comment on merge request 8 of `1234`: GitLab: GET /api/v4/projects/1234/merge_requests/8: not found, status 404: Not Found
      hint: check `--repository` and `--number`; what a token may not see is not there for it
    "#);
}

#[test]
fn wrong_usage_says_what_is_missing() {
    let api = ForgeApi::start(Forge::GitHub);
    let usage = |workspace: &Workspace, arguments: &[&str]| {
        let run = workspace.run_with_input(arguments, "a plan");
        run.code(64).stderr
    };
    let outdated = &["comment", "--outdated"][..];
    insta::assert_snapshot!(usage(&Workspace::new(), outdated), @r#"
    error: this is neither GitHub Actions nor GitLab CI/CD
      hint: say where the pull request is: `--forge github` or `--forge gitlab`
    "#);
    insta::assert_snapshot!(usage(&api.workspace().env("GITHUB_TOKEN", ""), outdated), @r#"
    error: there is no token: none of `GITHUB_TOKEN`, `GH_TOKEN` is set
      hint: pass it to the step: `env: GITHUB_TOKEN: ${{ github.token }}`
    "#);
    insta::assert_snapshot!(usage(&api.workspace().env("GITHUB_EVENT_PATH", ""), outdated), @r#"
    error: this run is not of a pull request
      hint: run it for pull requests only, or name one with `--number`
    "#);
    insta::assert_snapshot!(usage(&api.workspace().env("GITHUB_REPOSITORY", "acme"), outdated), @r#"
    error: `acme` is no repository of GitHub: it is written `owner/name`
    "#);
    let plain = api
        .workspace()
        .env("GITHUB_API_URL", "http://github.example.com");
    insta::assert_snapshot!(usage(&plain, outdated), @r#"
    error: `--api-url` cannot be used: plain `http` to another machine would send the credentials unencrypted
    "#);
    insta::assert_snapshot!(usage(&api.workspace(), &["comment"]), @r#"
    error: the following required arguments were not provided:
      <PLAN|--body <FILE>|--outdated>

    Usage: hookwright comment <PLAN|--body <FILE>|--outdated>

    For more information, try '--help'.
    "#);
    assert_eq!(api.requests(), [""; 0]);
}

#[test]
fn a_body_that_cannot_be_read_is_said() {
    let workspace = ForgeApi::start(Forge::GitHub).workspace();
    let run = workspace.run(&["comment", "--body", "absent.md"]);
    insta::assert_snapshot!(run.code(65).stderr, @r#"
    error: failed to read `absent.md`: No such file or directory (os error 2)
    "#);
}

#[test]
fn a_page_on_another_host_is_not_followed() {
    let api = ForgeApi::start(Forge::GitHub);
    // The user, the pull request, then the page.
    let page = Fault::new(Method::GET, 200)
        .header("link", "<https://evil.test/comments?page=2>; rel=\"next\"")
        .body("[]");
    let user = Fault::new(Method::GET, 200).body("{\"id\": 41}");
    let pull = Fault::new(Method::GET, 200).body("{}");
    for fault in [user, pull, page] {
        api.fault(fault);
    }
    let run = comment(&api.workspace(), "a plan");
    insta::assert_snapshot!(run.shown(), @r#"
    exit 1
    ----- stdout -----
    ----- stderr -----
    error: failed to comment on pull request 7 of `acme/hooks`: GitHub: GET /repos/acme/hooks/issues/7/comments: the next page https://evil.test/comments is not on the API's own scheme, host and port
    "#);
    assert_eq!(api.count("POST"), 0);
}

#[test]
fn json_is_one_document_that_its_schema_describes() {
    let api = ForgeApi::start(Forge::GitHub);
    let workspace = api.workspace();
    let schema = Workspace::new().run(&["schema", "comment"]).code(0).json();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (outcome, action) in [("applied", "created"), ("nothing", "unchanged")] {
        let run = ["comment", "--body", "-", "--format", "json"];
        let document = workspace.run_with_input(&run, "a plan").code(0).json();
        assert!(validator.is_valid(&document), "{document}");
        assert_eq!(document["outcome"], outcome);
        assert_eq!(document["action"], action);
        assert_eq!(document["number"], 7);
    }
    let workspace = workspace.env("GITHUB_TOKEN", "");
    let run = workspace.run(&["comment", "--outdated", "--format", "json"]);
    assert_eq!(run.code(64).json()["outcome"], "invalid");
}

#[test]
fn tokens_are_never_shown() {
    for forge in BOTH {
        let api = ForgeApi::start(forge);
        let workspace = api.workspace().env("HOOKWRIGHT_TOKEN_VARIABLE", "OTHER");
        let workspace = workspace.env("OTHER", TOKEN);
        let _ = silent(&workspace, &["--body", "-"]).code(0);
        // A careless proxy repeats what it was sent.
        let echo = Fault::new(Method::GET, 400)
            .body("{\"message\": \"token ghs_c0ffeetokenc0ffeetokenc0ffee is odd\"}");
        api.fault(echo);
        let _ = silent(&workspace, &["--body", "-"]).code(1);
        let run = ["--body", "-", "--format", "json"];
        api.fault(Fault::new(Method::GET, 400).body("ghs_c0ffeetokenc0ffeetokenc0ffee"));
        let _ = silent(&workspace, &run).code(1);
        let workspace = workspace.env("OTHER", "c0ffee\nX-Other: 1");
        let _ = silent(&workspace, &run).code(64);
    }
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = ForgeApi::start(Forge::GitHub);
    let api = ForgeApi::start(Forge::GitHub);
    let redirect = Fault::new(Method::GET, 301).header("location", elsewhere.url());
    api.fault(redirect);
    let run = comment(&api.workspace(), "a plan").code(1);
    assert!(
        run.stderr.contains("was the repository renamed?"),
        "{}",
        run.shown()
    );
    assert_eq!(elsewhere.requests(), [""; 0]);
}

#[test]
fn a_plan_that_is_too_long_for_github_is_cut() {
    let api = ForgeApi::start(Forge::GitHub);
    let body = "- a line of a long plan\n".repeat(10_000);
    let _ = comment(&api.workspace(), &body).code(0);
    let there = &api.comments()[0].body;
    assert!(there.contains("The rest is cut off here"));
}

const ORDERS: &str = "  orders:
    url: https://hooks.example.com/orders
    events: [order-created]
";

#[test]
fn a_saved_plan_is_shown_and_one_without_changes_is_not() {
    for forge in BOTH {
        let (api, forge) = (Api::truv(), ForgeApi::start(forge));
        let workspace = forge.surround(api.workspace(&sandbox_manifest(ORDERS)));
        let plan = ["plan", "--out", "a.plan", "--commit", HEAD];
        let _ = workspace.run(&plan).code(0);
        let _ = workspace.run(&["comment", "a.plan"]).code(0);
        let body = &forge.comments()[0].body;
        assert!(
            body.contains("Plan: 1 to create, 0 to update, 0 to delete."),
            "{body}"
        );
        assert!(body.starts_with(&format!(
            "<!-- hookwright:comment name=plan commit={HEAD} -->\n"
        )));
        // Of an older commit, and of none that is newer.
        let old = ["plan", "--out", "old.plan", "--commit", OLD];
        let _ = workspace.run(&old).code(0);
        let run = workspace.run(&["comment", "old.plan"]).code(0);
        assert!(run.stdout.contains("a newer commit"), "{}", run.shown());
        // Applied, so that nothing changes any more.
        let _ = workspace.run(&["apply", "a.plan"]).code(0);
        let _ = workspace.run(&plan).code(0);
        let _ = workspace.run(&["comment", "a.plan"]).code(0);
        assert!(forge.comments()[0].body.contains("nothing to change"));
        let other = ["comment", "a.plan", "--name", "other"];
        let _ = workspace.run(&other).code(0);
        assert_eq!(forge.comments().len(), 1);
    }
}

#[test]
fn the_merge_that_is_checked_out_is_the_commit_that_was_pushed() {
    let (api, forge) = (Api::truv(), ForgeApi::start(Forge::GitHub));
    let workspace = forge.surround(api.workspace(&sandbox_manifest(ORDERS)));
    // As GitHub has it for a pull request.
    let workspace = workspace.env("GITHUB_SHA", OLD);
    let _ = workspace.run(&["plan", "--out", "a.plan"]).code(0);
    let _ = workspace.run(&["comment", "a.plan"]).code(0);
    assert!(!forge.comments()[0].body.contains("outdated"));
}

#[test]
fn a_plan_that_has_expired_says_so() {
    let (api, forge) = (Api::truv(), ForgeApi::start(Forge::GitHub));
    let workspace = forge.surround(api.workspace(&sandbox_manifest(ORDERS)));
    let plan = [
        "plan",
        "--out",
        "a.plan",
        "--commit",
        HEAD,
        "--expires",
        "1h",
    ];
    let _ = workspace.run(&plan).code(0);
    let plan = std::fs::read_to_string(workspace.path().join("a.plan")).unwrap();
    let expired = forged(&plan, |content| {
        content["expires_at"] = "2026-01-01T00:00:00Z".into();
    });
    workspace.write("a.plan", expired);
    let _ = workspace.run(&["comment", "a.plan"]).code(0);
    let body = &forge.comments()[0].body;
    assert!(body.contains("**This plan expired at "), "{body}");
}

#[test]
fn a_file_that_is_no_plan_is_not_commented() {
    let forge = ForgeApi::start(Forge::GitHub);
    let workspace = forge.workspace();
    workspace.write("a.plan", "{}");
    let _ = workspace.run(&["comment", "a.plan"]).code(65);
    let _ = workspace.run(&["comment", "absent.plan"]).code(65);
    assert_eq!(forge.requests(), [""; 0]);
}

/// Several jobs of one push find no comment, and each makes one.
#[test]
fn runs_at_once_leave_one_comment() {
    const RUNS: usize = 3;
    for forge in [Forge::GitHub, Forge::GitLab] {
        let forge = ForgeApi::start(forge);
        forge.create_at_once(RUNS);
        forge.seed(
            STRANGER,
            "<!-- hookwright:comment name=plan -->\nof somebody else",
        );
        let workspace = forge.workspace();
        let path = workspace.write("plan.md", "a plan");
        let runs = (0..RUNS).map(|_| {
            let mut command = workspace.command(&["comment", "--body", path.to_str().unwrap()]);
            command.stderr(std::process::Stdio::piped());
            command.spawn().unwrap()
        });
        for run in runs.collect::<Vec<_>>() {
            let output = run.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{said}");
        }
        let comments = forge.comments();
        assert_eq!(comments.len(), 2, "{comments:#?}");
        assert!(comments[1].body.ends_with("a plan"), "{comments:#?}");
        assert_eq!(comments[1].author, OWN);
    }
}
