use std::sync::Arc;

use super::*;
use crate::model::{Level, RuleId, Verdict};

fn compiled(text: &str) -> Result<Expression, Fault> {
    Expression::compile(text)
}

fn rule(text: &str) -> Rule {
    Rule {
        id: RuleId::new("rule").unwrap(),
        scope: Scope::default(),
        deny: Arc::new(compiled(text).unwrap_or_else(|fault| panic!("{text}: {fault:?}"))),
        say: "no".to_owned(),
        level: Level::Deny,
        exceptions: Vec::new(),
        tests: Vec::new(),
    }
}

/// What a rule says of an input.
fn verdict(text: &str, input: &Input) -> Verdict {
    let rulings = judge::rulings(&[&rule(text)], input);
    rulings[0].verdict.clone()
}

fn input() -> Input {
    Input::from_json(
        r#"{
            "format_version": 1,
            "environment": {"name": "prod", "provider": "truv", "env_type": "production"},
            "time": "2026-11-30T16:30:00Z",
            "operations": [
                {"action": "update", "key": "loans", "name": "acme-loans",
                 "before": {"name": "acme-loans", "url": "https://old.example.com/webhooks/loans?k=1", "events": ["order-created"], "enabled": true},
                 "after": {"name": "acme-loans", "url": "https://new.example.com:8443/loans", "events": ["order-created"], "enabled": true},
                 "changes": ["url"]},
                {"action": "delete", "name": "acme-old",
                 "before": {"name": "acme-old", "url": "https://old.example.com/old", "events": ["task-status-updated"], "enabled": true},
                 "events_removed": ["task-status-updated"]}
            ],
            "coverage": {"order-created": {"before": 1, "after": 1, "minimum": 1}, "task-status-updated": {"before": 1, "after": 0, "minimum": 0}},
            "change": {"author": "ana", "approvers": ["ben"]}
        }"#,
    )
    .unwrap()
}

#[test]
fn rules_are_true_or_false_of_a_plan() {
    let input = input();
    for (text, denies) in [
        (
            "operations.exists(o, o.before.host != o.after.host) && change.approvers.size() < 2",
            true,
        ),
        ("size(operations) > 2", false),
        ("counts.delete > 0", true),
        ("counts.update == 1 && counts.operations == 2", true),
        (
            "coverage.exists(e, coverage[e].before > 0 && coverage[e].minimum == 0)",
            true,
        ),
        (
            "operations.exists(o, o.action != 'delete' && !o.after.path.contains('/webhooks/'))",
            true,
        ),
        ("operations.all(o, o.name.startsWith('acme-'))", true),
        (
            "operations.filter(o, o.action == 'update').map(o, o.after.port) == [8443]",
            true,
        ),
        ("operations.exists_one(o, o.key == 'loans')", true),
        (
            "operations.exists(o, o.name.matches('^acme-[a-z]+$'))",
            true,
        ),
        // In Berlin it is half past five on a Monday.
        (
            "time.getHours('Europe/Berlin') >= 17 && time.getDayOfWeek('Europe/Berlin') == 1",
            true,
        ),
        ("time.getHours() >= 17", false),
        ("timestamp('2026-11-30T16:00:00Z') < time", true),
        (
            "time - duration('1h') > timestamp('2026-11-30T16:00:00Z')",
            false,
        ),
        ("environment.env_type == \"production\"", true),
        ("'ben' in change.approvers", true),
        ("operations[0][\"key\"] == \"loans\"", true),
        ("has(change.labels)", false),
        ("operations[0].before.query == 'k=1'", true),
        ("operations.exists(o, !o.after.exists)", true),
    ] {
        let expected = if denies {
            Verdict::Denies
        } else {
            Verdict::Passes
        };
        assert_eq!(verdict(text, &input), expected, "{text}");
    }
}

#[test]
fn what_cannot_be_evaluated_is_against_the_plan_and_says_why() {
    let input = input();
    for (text, why) in [
        ("'prod' in change.labels", "`labels` is not known"),
        ("blast_radius.lost > 0", "`lost` is not known"),
        (
            "operations.exists(o, o.traffic.live)",
            "`live` is not known",
        ),
        ("operations[7].key == 'a'", "a list has no such element"),
        (
            "coverage[operations[0].after.url].after > 0",
            "a map has no such key",
        ),
        ("1 / 0 > 1", "it divides by zero"),
        ("9223372036854775807 + 1 > 0", "a number gets too large"),
        ("operations[0].key < 5", "`<` does not take string and int"),
        (
            "time.getHours('Mars/Olympus') > 1",
            "there is no such time zone",
        ),
    ] {
        assert_eq!(
            verdict(text, &input),
            Verdict::NotEvaluated(why.to_owned()),
            "{text}"
        );
    }
    // What decides without it is evaluated.
    assert_eq!(
        verdict("false && blast_radius.lost > 0", &input),
        Verdict::Passes
    );
    assert_eq!(
        verdict("blast_radius.lost > 0 || counts.delete > 0", &input),
        Verdict::Denies
    );
    assert_eq!(
        verdict("has(blast_radius.lost) && blast_radius.lost > 0", &input),
        Verdict::Passes
    );
}

#[test]
fn what_is_wrong_with_a_rule_is_said_with_its_place() {
    let long = format!("'{}' == ''", "a".repeat(LONGEST));
    for (text, problem, at, help) in [
        ("", "the rule is empty", None, "say what is true"),
        (&long, "the rule has 2056 bytes", None, "at most 2048 bytes"),
        (
            "true\u{7}",
            "the control character U+0007",
            Some("\u{7}"),
            "",
        ),
        (
            "operations.exists(o, o.befor.host == '')",
            "there is no field `befor`",
            Some("befor"),
            "did you mean `before`?",
        ),
        (
            "operations.exists(o, o.before.hst == '')",
            "there is no field `hst`",
            Some("hst"),
            "did you mean `host`?",
        ),
        (
            "opertions.size() > 1",
            "there is nothing called `opertions`",
            Some("opertions"),
            "did you mean `operations`?",
        ),
        (
            "operations.exists(o, p.key == '')",
            "there is nothing called `p`",
            Some("p"),
            "a rule sees",
        ),
        (
            "counts.delete > limit",
            "there is nothing called `limit`",
            Some("limit"),
            "a rule sees `blast_radius`",
        ),
        (
            "operations.map(o, o.after).exists(w, w.hots == '')",
            "there is no field `hots`",
            Some("hots"),
            "did you mean `host`?",
        ),
        (
            "operations.filter(o, true).exists(w, w.keyy == '')",
            "there is no field `keyy`",
            Some("keyy"),
            "did you mean `key`?",
        ),
        (
            "coverage.exists(e, coverage[e].min == 0)",
            "there is no field `min`",
            Some("min"),
            "there is",
        ),
        (
            "environment[\"nam\"] == ''",
            "there is no field `nam`",
            Some("nam"),
            "did you mean `name`?",
        ),
        (
            "operations[0].key.lenght > 1",
            "there is no field `lenght`",
            Some("lenght"),
            "this is a text",
        ),
        (
            "system('rm') == ''",
            "there is no function `system`",
            Some("system"),
            "there is",
        ),
        (
            "operations.exists(o, o.key.startswith('a'))",
            "there is no function `startswith`",
            Some("startswith"),
            "did you mean `startsWith`?",
        ),
        (
            "operations.any(o, true)",
            "there is no function `any`",
            Some("any"),
            "",
        ),
        (
            "size(operations)",
            "the rule gives a number, and is to be true or false",
            None,
            "compare it",
        ),
        ("counts.delete > ", "the rule is not CEL", None, ""),
        ("counts.delete >> 3", "the rule is not CEL", Some(">"), ""),
        ("operations.exists(o, )", "the rule is not CEL", None, ""),
        ("'unclosed", "the rule is not CEL", None, ""),
        (
            "Input{name: 'a'} == Input{}",
            "a part that no rule may have",
            None,
            "",
        ),
        (
            "[1].all(a, [1].all(b, [1].all(c, [1].all(d, true))))",
            "4 comprehensions",
            None,
            "there may be 3",
        ),
        (
            "'a'.matches('(')",
            "the pattern of `matches` is not valid: unclosed group",
            None,
            "",
        ),
        (
            "'a'.matches('(a{1000}){1000}')",
            "the pattern of `matches` repeats too much",
            None,
            "256 KiB",
        ),
        (
            "'a'.matches(operations[0].key)",
            "the pattern of `matches` is not a literal",
            None,
            "write the pattern",
        ),
    ] {
        let Err(fault) = compiled(text) else {
            panic!("{text}");
        };
        assert!(fault.problem.contains(problem), "{text}: {fault:?}");
        let told = fault.help.clone().unwrap_or_default();
        assert!(told.contains(help), "{text}: {fault:?}");
        if let Some(at) = at {
            let place = fault
                .at
                .clone()
                .unwrap_or_else(|| panic!("{text}: {fault:?}"));
            assert_eq!(&text[place], at, "{text}: {fault:?}");
        }
    }
}

/// Texts that made parsers of the engine take gigabytes, or overflow the stack.
#[test]
fn texts_that_explode_are_answered_at_once() {
    let motif = "!!(!!!!!!(!!!!(((((!!(!!(!!!!((";
    for text in [
        motif.repeat(8) + "1",
        "(".repeat(1000) + "true" + &")".repeat(1000),
        "[".repeat(1000) + "1" + &"]".repeat(1000),
        "{".repeat(2000),
        "!".repeat(2000) + "true",
        "-".repeat(2000) + "1",
        "a.".repeat(1000) + "a",
        "true ? ".repeat(290),
        "size(".repeat(400),
        "has(".repeat(500),
        "[1].map(a,".repeat(200),
        "'a' + ".repeat(339) + "'a' == ''",
        "true || ".repeat(255) + "true",
    ] {
        assert!(text.len() <= LONGEST, "{}", text.len());
        if let Ok(expression) = compiled(&text) {
            let mut rule = rule("true");
            rule.deny = Arc::new(expression);
            assert_eq!(judge::rulings(&[&rule], &input()).len(), 1);
        }
    }
}

fn many(count: usize) -> Input {
    let mut input = input();
    let operation = input.operations[0].clone();
    input.operations = vec![operation; count];
    input
}

#[test]
fn what_would_take_too_long_is_against_the_plan() {
    let input = many(3_000);
    let too_long = Verdict::NotEvaluated("it takes more steps than a rule may take".to_owned());
    for text in [
        "operations.exists(o, operations.exists(p, operations.exists(q, o.key == 'no')))",
        "size(operations.map(o, operations.map(p, o.url))) == 1"
            .replace("o.url", "o.name")
            .as_str(),
        "size(operations.filter(o, operations.filter(p, true).size() > 0)) == 1",
        // Nothing that decides beside it takes back that it was too much.
        "operations.all(o, operations.all(p, operations.all(q, true))) && false",
        "true || operations.all(o, operations.all(p, operations.all(q, true)))",
    ] {
        let said = verdict(text, &input);
        if text.starts_with("true ||") {
            assert_eq!(said, Verdict::Denies, "what is not looked at costs nothing");
        } else {
            assert_eq!(said, too_long, "{text}");
        }
    }
    let all = "operations.all(o, o.before.host != '' && o.after.host.matches('example'))";
    assert_eq!(verdict(all, &input), Verdict::Denies);
    assert_eq!(
        verdict("size(operations) > 1", &many(200_001)),
        Verdict::NotEvaluated(
            "the plan has more webhooks and operations than a rule may look at".to_owned()
        )
    );
}

#[test]
fn rules_are_asked_only_of_the_plans_that_they_are_for() {
    let input = input();
    let mut rule = rule("true");
    for (scope, is_for) in [
        (Scope::default(), true),
        (
            Scope {
                env_type: Some("production".to_owned()),
                ..Scope::default()
            },
            true,
        ),
        (
            Scope {
                env_type: Some("sandbox".to_owned()),
                ..Scope::default()
            },
            false,
        ),
        (
            Scope {
                provider: Some("transcrypts".to_owned()),
                ..Scope::default()
            },
            false,
        ),
        (
            Scope {
                environments: Some([crate::model::EnvironmentName::new("prod")].into()),
                ..Scope::default()
            },
            true,
        ),
        (
            Scope {
                environments: Some([crate::model::EnvironmentName::new("staging")].into()),
                ..Scope::default()
            },
            false,
        ),
    ] {
        rule.scope = scope;
        assert_eq!(
            judge(&[rule.clone()], &input).len(),
            usize::from(is_for),
            "{:?}",
            rule.scope
        );
    }
    rule.scope = Scope::default();
    let idle = Input {
        operations: Vec::new(),
        ..input
    };
    assert_eq!(judge(&[rule], &idle), Vec::new());
}

#[test]
fn an_exception_leaves_a_webhook_out_of_account_until_its_day_is_over() {
    let mut rule = rule("operations.exists(o, o.before.host != o.after.host)");
    let except = |key: &str, until: &str| Exception {
        key: key.to_owned(),
        until: until.parse().unwrap(),
        why: "LEND-812".to_owned(),
    };
    let mut input = input();
    rule.exceptions = vec![
        except("loans", "2026-11-30"),
        except("acme-old", "2027-01-01"),
        except("other", "2027-01-01"),
    ];
    let ruling = &judge(&[rule.clone()], &input)[0];
    assert_eq!(ruling.verdict, Verdict::Passes);
    assert_eq!(ruling.excepted, ["loans", "acme-old"]);
    input.time = "2026-12-01T00:00:00Z".parse().unwrap();
    let ruling = &judge(&[rule], &input)[0];
    assert_eq!(ruling.verdict, Verdict::Denies);
    assert_eq!(ruling.excepted, ["acme-old"]);
}

#[test]
fn what_is_no_input_is_said() {
    for (text, why) in [
        (
            "",
            "it is not a policy input: EOF while parsing a value at line 1 column 0",
        ),
        (
            "{\"format_version\": NaN}",
            "it is not a policy input: expected value at line 1 column 20",
        ),
        (
            r#"{"format_version": 2, "environment": {"name": "a", "provider": "truv", "env_type": "sandbox"}, "time": "2026-01-01T00:00:00Z"}"#,
            "its `format_version` is 2, and this hookwright reads 1",
        ),
        (
            r#"{"format_version": 1, "operation": []}"#,
            "it is not a policy input: unknown field `operation`, expected one of",
        ),
    ] {
        let error = Input::from_json(text).unwrap_err().to_string();
        assert!(error.starts_with(why), "{error}");
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(Input::from_json(&deep).is_err());
}

proptest::proptest! {
    #[test]
    fn any_text_is_a_rule_or_a_fault_and_any_rule_has_an_answer(
        text in "[ -~\\n]{0,60}|(operations|o|\\.|exists|all|map|\\(|\\)|,| |\\[|\\]|!|'a'|1|==|&&|\\?|:|\\{|\\}|size|key|before|host|-|has){0,40}"
    ) {
        if let Ok(expression) = compiled(&text) {
            let mut rule = rule("true");
            rule.deny = Arc::new(expression);
            proptest::prop_assert_eq!(judge::rulings(&[&rule], &input()).len(), 1);
        }
    }
}
