//! `verify-signature`: for authors of receivers.

use crate::support::{Api, Run, SANDBOX_SECRET, Workspace, sandbox_manifest};

/// `printf '{"event_type":"order-created"}' | openssl dgst -sha256 -hmac "$TRUV_SANDBOX_SECRET"`
const BODY: &str = r#"{"event_type":"order-created"}"#;
const SIGNATURE: &str = "v1=b36a921625397a12e122a4c834a8afb1f23ad1f2918c6da6f17cec63002bce7e";

const BY_VARIABLE: [&str; 2] = ["--secret-env", "TRUV_SANDBOX_SECRET"];

fn verify(body: &str, arguments: &[&str]) -> Run {
    let arguments = [&["verify-signature"], arguments].concat();
    Workspace::new().run_with_input(&arguments, body)
}

#[test]
fn signature_of_the_body_is_valid() {
    let run = verify(BODY, &[&[SIGNATURE][..], &BY_VARIABLE].concat()).code(0);
    insta::assert_snapshot!(run.shown(), @"
    exit 0
    ----- stdout -----
    Valid: signed with the key of variable `TRUV_SANDBOX_SECRET`.
    ----- stderr -----
    ");
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let mut shown = String::new();
    let digits = SIGNATURE.trim_start_matches("v1=");
    let newline = format!("{BODY}\n");
    for (body, signature) in [
        (BODY, digits),
        (BODY, "v1=12"),
        (BODY, "v1=X-WEBHOOK-SIGN"),
        (newline.as_str(), SIGNATURE),
        ("{}", SIGNATURE),
    ] {
        let run = verify(body, &[&[signature][..], &BY_VARIABLE].concat()).code(1);
        assert_eq!(run.stderr, "");
        shown.push_str(&run.stdout);
    }
    insta::assert_snapshot!(shown, @"
    Not valid: the value does not begin with `v1=`.
    To go on: pass the header's value as it came; without a prefix it would be
      Transcrypts'.
    Not valid: the value has 2 hex digits, and HMAC-SHA256 has 64.
    To go on: pass the header's value as it came, without its name, quotes or line
      breaks.
    Not valid: character 4 of the value is no hex digit.
    To go on: pass the header's value as it came, without its name, quotes or line
      breaks.
    Not valid: the value is the signature of another form of this body: a newline
      was added at its end.
    To go on: verify the bytes as they were received, before anything parses or
      rewrites them.
    Not valid: this body and key do not give the value.
    To go on: the key is another one (another environment's, or one that was
      replaced), or the body is not the one that was signed.
    ");
}

#[test]
fn one_of_two_keys_that_are_rotated_is_enough() {
    let arguments = [
        SIGNATURE,
        "--secret-env",
        "TRUV_PROD_SECRET,TRUV_SANDBOX_SECRET",
        "--format",
        "json",
    ];
    let run = verify(BODY, &arguments).code(0);
    insta::assert_snapshot!(run.stdout, @r#"
    {
      "format_version": 1,
      "kind": "verify-signature",
      "outcome": "nothing",
      "valid": true,
      "provider": "truv",
      "key": "variable `TRUV_SANDBOX_SECRET`",
      "problem": null
    }
    "#);
}

#[test]
fn json_says_what_is_wrong() {
    let arguments = [SIGNATURE, "--format", "json", "--provider", "transcrypts"];
    let run = verify(BODY, &[&arguments[..], &BY_VARIABLE].concat()).code(1);
    insta::assert_snapshot!(run.stdout, @r#"
    {
      "format_version": 1,
      "kind": "verify-signature",
      "outcome": "failed",
      "valid": false,
      "provider": "transcrypts",
      "key": null,
      "problem": {
        "code": "prefix-unexpected",
        "message": "the value begins with `v1=`, and this provider writes no prefix",
        "hint": "pass the header's value as it came; with this prefix it would be Truv's"
      }
    }
    "#);
}

#[test]
fn key_can_come_from_a_file_or_from_the_manifest() {
    let api = Api::truv();
    let orders = "  orders: { url: \"https://h.example.com/\", events: [order-created] }\n";
    let workspace = api.workspace(&sandbox_manifest(orders));
    workspace.write("secret.txt", format!("{SANDBOX_SECRET}\n"));
    let by_file = ["verify-signature", SIGNATURE, "--secret-file", "secret.txt"];
    let run = workspace.run_with_input(&by_file, BODY).code(0);
    assert_eq!(
        run.stdout,
        "Valid: signed with the key of file `secret.txt`.\n"
    );
    let run = workspace
        .run_with_input(&["verify-signature", SIGNATURE], BODY)
        .code(0);
    assert_eq!(
        run.stdout,
        "Valid: signed with the key of environment `sandbox`.\n"
    );
    assert_eq!(api.requests(), [""; 0]);
}

#[test]
fn signature_can_be_given_with_its_header() {
    let header = format!("x-webhook-sign: {SIGNATURE}");
    for header in [header.as_str(), &header.replace(": ", "=")] {
        let arguments = [
            "--header",
            "Content-Type: application/json",
            "--header",
            header,
        ];
        let run = verify(BODY, &[&arguments[..], &BY_VARIABLE].concat()).code(0);
        assert_eq!(run.stderr, "");
    }
    let mut shown = String::new();
    for arguments in [
        &[][..],
        &["--header", "Content-Type: application/json"],
        &[SIGNATURE, "--header", &header],
        &["--header", "X-WEBHOOK-SIGN"],
        &[SIGNATURE, "--at", "soon"],
        &[SIGNATURE, "--tolerance", "soon"],
    ] {
        let run = verify(BODY, &[arguments, &BY_VARIABLE].concat()).code(64);
        shown.push_str(&run.stderr);
    }
    insta::assert_snapshot!(shown, @"
    error: the signature is missing
      hint: Truv sends it as `X-WEBHOOK-SIGN`: pass its value, or `--header 'X-WEBHOOK-SIGN: …'`
    error: the signature is missing
      hint: Truv sends it as `X-WEBHOOK-SIGN`: pass its value, or `--header 'X-WEBHOOK-SIGN: …'`
    error: the signature is there twice: as an argument, and as `--header 'X-WEBHOOK-SIGN: …'`
    error: invalid value 'X-WEBHOOK-SIGN' for '--header <NAME: VALUE>': write it as it came: `NAME: VALUE`

    For more information, try '--help'.
    error: invalid value 'soon' for '--at <TIME>': write how long ago, such as `2h` or `7d`, a time such as `2026-01-31T12:00:00Z`, or a day or time of your zone such as `2026-01-31` or `2026-01-31T12:00`

    For more information, try '--help'.
    error: invalid value 'soon' for '--tolerance <DURATION>': write a duration such as `30s`, `50ms` or `1m 30s`

    For more information, try '--help'.
    ");
}

#[test]
fn missing_key_is_wrong_usage() {
    let mut shown = String::new();
    for arguments in [
        &["--secret-env", SANDBOX_SECRET][..],
        &["--secret-env", "EMPTY"],
        &["--file", "-"],
        &["--secret", SANDBOX_SECRET],
    ] {
        let arguments = [&["verify-signature", SIGNATURE], arguments].concat();
        let workspace = Workspace::new().env("EMPTY", "\n");
        shown.push_str(&workspace.run(&arguments).code(64).stderr);
    }
    insta::assert_snapshot!(shown, @"
    error: `--secret-env` has something that is no variable's name
      hint: `--secret-env` takes the name of a variable, never the secret itself
    error: the secret in variable `EMPTY` is empty
    error: standard input has the body, so the manifest must be in a file
    error: unexpected argument '--secret' found

      tip: a similar argument exists: '--secret-env'

    Usage: hookwright verify-signature --secret-env <NAME> <SIGNATURE>

    For more information, try '--help'.
    ");
}
