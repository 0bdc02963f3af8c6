//! The canonical layout of manifests: what it looks like, and that it changes no meaning.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use hookwright::{
    diagnostic::{Source, Sources},
    manifest::{Document, Lookup, Unformatted, Values, format},
};
use proptest::prelude::*;

use crate::generated::manifests_below;

/// The manifests of these folders, with their paths.
fn manifests(folders: &[&str]) -> Vec<(PathBuf, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in folders {
        manifests_below(&root.join(folder), &mut found);
    }
    let read = |path: PathBuf| (path.clone(), fs::read(path).unwrap());
    found.into_iter().map(read).collect()
}

fn format_text(text: &str) -> Result<String, Unformatted> {
    let mut sources = Sources::default();
    let id = sources.add(Source::new("m.yaml", text));
    format(&sources, id)
}

#[track_caller]
fn formatted(text: &str) -> String {
    match format_text(text) {
        Ok(formatted) => formatted,
        Err(err) => panic!("{err:?}\n{text}"),
    }
}

/// The world that the manifests of these tests refer to.
struct World;

impl Values for World {
    fn env(&self, name: &str) -> Result<Lookup, String> {
        Ok(Lookup::Found(name.to_lowercase()))
    }

    fn file(&self, _beside: &str, path: &str) -> Result<Lookup, String> {
        Ok(Lookup::Found(path.to_owned()))
    }
}

/// What a manifest means: what each environment should have and may do, and what is said of it.
fn meaning(text: &str) -> String {
    let mut sources = Sources::default();
    sources.add(Source::new("m.yaml", text));
    let document = Document::read(&sources);
    let all: Vec<_> = document.environments().collect();
    let resolution = document.resolve(&all, &World, &sources);
    let mut meaning = String::new();
    for environment in &resolution.environments {
        writeln!(meaning, "{environment:?}").unwrap();
    }
    let mut said: Vec<_> = resolution
        .diagnostics
        .iter()
        .map(|one| format!("{} {}\n", one.code, one.message))
        .collect();
    said.sort();
    meaning + &said.concat()
}

#[test]
fn canonical_layout_is_this() {
    insta::assert_snapshot!(formatted(
        "# yaml-language-server: $schema=./manifest.schema.json
webhooks:   # ours
    # Where decisions go.
    loans:
       events: [ \"order-created\",   'order-status-updated', \"employment-*\", task-status-updated, link-connected ]
       # not the old one

       url:    \"https://hooks.example.com/loans\"   # public
       name:   'no'        # a name
    tasks: { url: 'https://hooks.example.com/tasks', events: [order-created] , name: \"2024\"}
       # deeper than what is above it
    # About profile.
    profile:
       events:
       - profile-created   # first


       # between
       - \"profile-updated\"
       url: >-
          https://hooks.example.com/
# At the end of webhooks.
# Where events may come from.
environments:

    sandbox:
        base_url: simulator
        provider: truv   # truv | transcrypts



    prod: {base_url: \"simulator\", provider: truv}
version:   1
# At the very end."
    ), @r#"
    # yaml-language-server: $schema=./manifest.schema.json
    version: 1

    # At the end of webhooks.
    # Where events may come from.
    environments:
      sandbox:
        provider: truv  # truv | transcrypts
        base_url: simulator

      prod: { provider: truv, base_url: simulator }

    webhooks:  # ours
      # Where decisions go.
      loans:
        name: "no"  # a name
        # not the old one

        url: https://hooks.example.com/loans  # public
        events: [
          order-created,
          order-status-updated,
          "employment-*",
          task-status-updated,
          link-connected,
        ]
      tasks: { name: "2024", url: https://hooks.example.com/tasks, events: [order-created] }
      # deeper than what is above it
      # About profile.
      profile:
        url: >-
          https://hooks.example.com/
        events:
          - profile-created  # first

          # between
          - profile-updated
    # At the very end.
    "#);
}

#[test]
fn comments_that_stood_below_each_other_still_do() {
    insta::assert_snapshot!(formatted(
        "version: 1
environments:
  sandbox:
      provider: truv          # one
      base_url: simulator     # two
      prune: true # alone
      protect: [acme-loans-and-everything]     # three, which is wider
"
    ), @r"
    version: 1

    environments:
      sandbox:
        provider: truv       # one
        base_url: simulator  # two
        prune: true  # alone
        protect: [acme-loans-and-everything]  # three, which is wider
    ");
}

#[test]
fn aliases_stay_behind_their_anchors_and_nothing_moves_over_a_merge() {
    insta::assert_snapshot!(formatted(
        "webhooks:
  a: &a
    url: https://hooks.example.com/a
    events: &events [order-created]
    <<: { enabled: false }
    moved_from: [https://hooks.example.com/b]
    name: behind
  b:
    environments: { prod: { events: *events } }
    <<: *a
    events: *events
    url: https://hooks.example.com/c
environments:
  prod: &prod { provider: truv, base_url: simulator }
  dev: *prod
version: 1
defaults:
  environments: &both [prod]
event_groups:
  both: *both
"
    ), @r"
    version: 1

    environments:
      prod: &prod { provider: truv, base_url: simulator }
      dev: *prod

    defaults:
      environments: &both [prod]

    event_groups:
      both: *both

    webhooks:
      a: &a
        url: https://hooks.example.com/a
        events: &events [order-created]
        <<: { enabled: false }
        name: behind
        moved_from: [https://hooks.example.com/b]
      b:
        environments: { prod: { events: *events } }
        <<: *a
        url: https://hooks.example.com/c
        events: *events
    ");
}

#[test]
fn anchors_that_are_defined_twice_keep_the_order_of_all_that_mention_them() {
    let text = "version: 1

webhooks:
  a:
    events: &e [order-created]
    url: &u https://hooks.example.com/a
    name: *e
    moved_from: &e [https://hooks.example.com/b]
    enabled: &u true
";
    assert_eq!(
        formatted(text),
        "version: 1

webhooks:
  a:
    url: &u https://hooks.example.com/a
    events: &e [order-created]
    name: *e
    enabled: &u true
    moved_from: &e [https://hooks.example.com/b]
"
    );
}

#[test]
fn line_ends_and_byte_order_mark_stay() {
    let crlf = "\u{feff}webhooks: {}\r\nversion: 1 # one\r\n";
    let expected = "\u{feff}version: 1  # one\r\n\r\nwebhooks: {}\r\n";
    assert_eq!(formatted(crlf), expected);
    assert_eq!(formatted(expected), expected);
}

#[test]
fn a_missing_final_newline_becomes_no_part_of_a_value() {
    for header in ["|", ">", "|+", ">+", "|-", "|2", "|2+"] {
        let text = format!("version: 1\nwebhooks:\n  a:\n    name: {header}\n      x");
        let result = formatted(&text);
        assert!(result.ends_with("x\n"), "{result}");
        assert_eq!(meaning(&result), meaning(&text));
    }
    assert_eq!(formatted("version: 1"), "version: 1\n");
}

#[test]
fn what_cannot_be_read_is_not_formatted() {
    for text in [
        "",
        "# nothing\n",
        "version: 2\n",
        "a: [",
        "a: 1\na: 2\n",
        "a: {{ b }}\n",
    ] {
        let result = format_text(text);
        assert!(
            matches!(result, Err(Unformatted::Invalid(_))),
            "{text:?}: {result:?}"
        );
    }
    let private = "version: 1 # \u{f0000}\n";
    assert!(matches!(
        format_text(private),
        Err(Unformatted::Unsupported(_))
    ));
}

#[test]
fn a_silencing_comment_never_comes_to_stand_for_another_line() {
    let events =
        "order-archived, order-created, order-status-updated, link-connected, link-deleted";
    let text = format!(
        "version: 1
environments: {{sandbox: {{provider: truv, base_url: simulator}}}}
webhooks:
  loans:
    url: https://hooks.example.com/loans
    # hookwright: ignore[HW020] announced
    events: [{events}, task-status-updated]
"
    );
    let err = format_text(&text).unwrap_err();
    insta::assert_snapshot!(err, @"it was left as it is: formatted, a `# hookwright: ignore` would have come to stand for another line");
}

#[test]
fn all_manifests_of_the_tests_and_examples_mean_the_same_afterwards() {
    let mut count = 0;
    for (path, bytes) in manifests(&["examples", "tests/fixtures/manifests", "tests/scenarios"]) {
        let Ok(text) = String::from_utf8(bytes) else {
            continue;
        };
        let Ok(result) = format_text(&text) else {
            continue;
        };
        assert_eq!(meaning(&result), meaning(&text), "{}", path.display());
        assert_eq!(formatted(&result), result, "{}", path.display());
        count += 1;
    }
    assert!(count > 30, "{count}");
}

#[test]
fn examples_are_in_the_canonical_layout() {
    for (path, bytes) in manifests(&["examples"]) {
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(
            formatted(&text),
            text,
            "{}: run `hookwright fmt`",
            path.display()
        );
    }
}

/// A value of a manifest.
#[derive(Clone, Debug)]
enum Value {
    Text(&'static str),
    /// A number or a truth value.
    Plain(&'static str),
    List(Vec<Self>),
    Map(Vec<(&'static str, Self)>),
}

/// Writes values in any style, as choices have it.
struct Writer<'c> {
    choices: std::slice::Iter<'c, u8>,
    out: String,
    comments: usize,
    anchors: usize,
}

impl Writer<'_> {
    /// A choice below `n`; the first, where there are no choices any more.
    fn choose(&mut self, n: usize) -> usize {
        self.choices
            .next()
            .map_or(0, |choice| usize::from(*choice) % n)
    }

    /// What is as good in any order, in some order.
    fn shuffled<T>(&mut self, mut items: Vec<T>) -> Vec<T> {
        for at in (1..items.len()).rev() {
            let other = at - self.choose(at + 1);
            items.swap(at, other);
        }
        items
    }

    fn line_end(&mut self) {
        if self.choose(4) == 1 {
            let spaces = 1 + self.choose(3) * 3;
            self.comment(spaces);
        }
        self.out.push('\n');
    }

    fn comment(&mut self, spaces: usize) {
        self.comments += 1;
        write!(
            self.out,
            "{}# comment {}: [a, \"b",
            " ".repeat(spaces),
            self.comments
        )
        .unwrap();
    }

    /// Perhaps blank lines and comments between two lines.
    fn between(&mut self, indent: usize) {
        for _ in 0..2 {
            match self.choose(8) {
                1 => self.out.push_str("\n\n\n"),
                2 => self.out.push('\n'),
                3 => {
                    self.comment(indent);
                    self.out.push('\n');
                }
                4 => {
                    self.comment(indent + 3);
                    self.out.push('\n');
                }
                _ => {}
            }
        }
    }

    fn text(&mut self, text: &str, flow: bool, indent: usize) {
        let single = text.replace('\'', "''");
        let double = text.replace('\\', "\\\\").replace('"', "\\\"");
        let is_plain = text != "null"
            && text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-:/.".contains(c));
        match self.choose(6) {
            0 | 1 if is_plain => self.out.push_str(text),
            2 => write!(self.out, "'{single}'").unwrap(),
            3 if !flow => write!(self.out, "|-\n{}{text}", " ".repeat(indent)).unwrap(),
            4 if !flow && text != " " => {
                write!(self.out, ">-\n{}{text}", " ".repeat(indent)).unwrap();
            }
            _ => write!(self.out, "\"{double}\"").unwrap(),
        }
    }

    fn flow(&mut self, value: &Value, indent: usize) {
        match value {
            Value::Text(text) => self.text(text, true, indent),
            Value::Plain(text) => self.out.push_str(text),
            Value::List(items) => {
                self.out.push('[');
                for (at, item) in items.iter().enumerate() {
                    self.separate(at, indent);
                    self.flow(item, indent);
                }
                self.out.push(']');
            }
            Value::Map(entries) => {
                self.out.push('{');
                for (at, (key, value)) in self.shuffled(entries.clone()).into_iter().enumerate() {
                    self.separate(at, indent);
                    write!(self.out, "{key}: ").unwrap();
                    self.flow(&value, indent);
                }
                self.out.push('}');
            }
        }
    }

    fn separate(&mut self, at: usize, indent: usize) {
        if at > 0 {
            self.out.push(',');
        }
        match self.choose(5) {
            1 => self.out.push_str("   "),
            2 => {
                self.line_end();
                self.out.push_str(&" ".repeat(indent));
            }
            _ if at > 0 => self.out.push(' '),
            _ => {}
        }
    }

    /// What stands behind a colon or a dash: a value, and the end of its line.
    fn value(&mut self, value: &Value, indent: usize) {
        let space = [" ", " ", "   "][self.choose(3)];
        self.out.push_str(space);
        let step = 1 + self.choose(4);
        let is_empty = matches!(value, Value::List(items) if items.is_empty())
            || matches!(value, Value::Map(entries) if entries.is_empty());
        if self.choose(6) == 1 {
            self.anchors += 1;
            write!(self.out, "&a{} ", self.anchors).unwrap();
        }
        match value {
            Value::Text(text) => {
                let before = self.out.len();
                self.text(text, false, indent + step);
                match self.out[before..].contains('\n') {
                    true => self.out.push('\n'),
                    false => self.line_end(),
                }
            }
            Value::List(items) if !is_empty && self.choose(2) == 1 => {
                self.line_end();
                for item in items {
                    self.between(indent + step);
                    write!(self.out, "{}-", " ".repeat(indent + step)).unwrap();
                    self.value(item, indent + step);
                }
            }
            Value::Map(entries) if !is_empty && self.choose(4) != 1 => {
                self.line_end();
                self.map(entries, indent + step);
            }
            _ => {
                self.flow(value, indent + step);
                self.line_end();
            }
        }
    }

    fn map(&mut self, entries: &[(&'static str, Value)], indent: usize) {
        for (key, value) in self.shuffled(entries.to_vec()) {
            self.between(indent);
            self.out.push_str(&" ".repeat(indent));
            match self.choose(8) {
                1 => write!(self.out, "\"{key}\":").unwrap(),
                _ => write!(self.out, "{key}:").unwrap(),
            }
            self.value(&value, indent);
        }
    }
}

fn texts(texts: &[&'static str]) -> Value {
    Value::List(texts.iter().copied().map(Value::Text).collect())
}

/// A manifest with something of everything.
fn everything() -> Vec<(&'static str, Value)> {
    use Value::{Map, Plain, Text};
    let environment = |provider, env_type| {
        Map(vec![
            ("provider", Text(provider)),
            ("env_type", Plain(env_type)),
            ("base_url", Text("simulator")),
            (
                "vars",
                Map(vec![
                    ("host", Text("hooks.example.com")),
                    ("port", Text("443")),
                ]),
            ),
            ("owns", texts(&["*"])),
            ("prune", Plain("true")),
            ("require", Map(vec![("order-created", Plain("1"))])),
            (
                "limits",
                Map(vec![("max_deletes", Plain("2")), ("timeout", Text("30s"))]),
            ),
        ])
    };
    let odd = [
        "no",
        "0x1f",
        "2026-01-02",
        "a: b",
        "it's #1 \\ \"x\"",
        "*",
        "null",
        "x y",
    ];
    let mut webhooks: Vec<(&str, Value)> = ["loans", "tasks", "on", "profile"]
        .into_iter()
        .zip(odd)
        .map(|(key, name)| {
            let over = Map(vec![("enabled", Plain("false")), ("name", Text(name))]);
            let webhook = vec![
                ("name", Text(name)),
                ("url", Text("https://hooks.example.com/?a=1&b=2")),
                (
                    "events",
                    texts(&["order-created", "employment-*", "group:orders"]),
                ),
                ("enabled", Plain("true")),
                ("moved_from", texts(&["https://old.example.com/x"])),
                (
                    "environments",
                    Map(vec![("sandbox", Map(vec![])), ("dev", over)]),
                ),
            ];
            (key, Map(webhook))
        })
        .collect();
    webhooks.push((
        "plain",
        Map(vec![("url", Text("https://${var:host}/plain"))]),
    ));
    vec![
        ("version", Plain("1")),
        (
            "environments",
            Map(vec![
                ("sandbox", environment("truv", "sandbox")),
                ("dev", environment("transcrypts", "development")),
            ]),
        ),
        (
            "event_groups",
            Map(vec![("orders", texts(&["order-refresh-failed"]))]),
        ),
        (
            "defaults",
            Map(vec![
                ("events", texts(&["link-*"])),
                ("enabled", Plain("true")),
            ]),
        ),
        ("webhooks", Map(webhooks)),
        ("removed", texts(&odd)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn formatting_changes_no_meaning_and_formatting_twice_is_formatting_once(
        choices in prop::collection::vec(any::<u8>(), 0..1500),
        crlf in any::<bool>(),
        newline in any::<bool>(),
    ) {
        let mut writer = Writer { choices: choices.iter(), out: String::new(), comments: 0, anchors: 0 };
        writer.map(&everything(), 0);
        let Writer { out: mut text, comments, .. } = writer;
        if !newline {
            text.truncate(text.trim_end().len());
        }
        if crlf {
            text = text.replace('\n', "\r\n");
        }
        let result = formatted(&text);
        prop_assert_eq!(meaning(&result), meaning(&text), "{}", text);
        prop_assert_eq!(&formatted(&result), &result);
        for number in 1..=comments {
            let comment = format!("# comment {number}: ");
            prop_assert_eq!(result.matches(&comment).count(), 1, "{}\n{}\n{}", comment, text, result);
        }
        prop_assert_eq!(result.contains('\r'), crlf);
    }
}
