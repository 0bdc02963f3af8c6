//! The tree against another reader of YAML.

use proptest::prelude::*;
use serde_json::Value as Json;

use super::{Node, Parsed, Value, parse};
use crate::diagnostic::SourceId;

/// A node as JSON, its plain scalars typed as YAML's core schema has them.
fn json(node: &Node<'_>) -> Json {
    match &node.value {
        Value::List(items) => items.iter().map(json).collect(),
        Value::Map(entries) => entries
            .iter()
            .map(|(key, value)| (key.scalar().unwrap().to_owned(), json(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Text(..) | Value::Made(..) => scalar(node),
    }
}

fn scalar(node: &Node<'_>) -> Json {
    if node.is_null() {
        return Json::Null;
    }
    if let Some(truth) = node.bool() {
        return truth.into();
    }
    match node.plain() {
        Some(text) if text.parse::<i64>().is_ok() => text.parse::<i64>().unwrap().into(),
        Some(text) if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
            text.parse::<f64>().map_or_else(|_| text.into(), Json::from)
        }
        _ => node.scalar().unwrap().into(),
    }
}

#[track_caller]
fn tree(text: &str) -> Json {
    let Parsed {
        root, diagnostics, ..
    } = parse(SourceId::default(), text);
    assert!(diagnostics.is_empty(), "{text}: {diagnostics:?}");
    json(&root.unwrap())
}

fn value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i32>().prop_map(Json::from),
        (-1e6..1e6_f64).prop_map(|number| Json::from((number * 8.0).round() / 8.0)),
        "[ -~]{0,12}".prop_map(Json::from),
        "(yes|no|on|off|null|~|true|0x1f|1e3|<<|- a|a: b|#c|\u{e9}\n\n x|\t|&a|\\*a|!t|\"|')"
            .prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            prop::collection::btree_map("[a-z]{1,6}|[ -;=~]{1,8}", inner, 0..5)
                .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_tree_holds_what_was_written(value in value()) {
        let text = serde_yaml::to_string(&value).unwrap();
        let other: Json = serde_yaml::from_str(&text).unwrap();
        // What the two readers of YAML give is the same, and JSON is YAML as well.
        prop_assert_eq!(&tree(&text), &other, "{}", text);
        prop_assert_eq!(tree(&value.to_string()), value.clone());
    }

    #[test]
    fn places_are_where_the_text_stands(text in "[a-zA-Z0-9 \u{e9}]{1,20}") {
        let yaml = format!("# \u{540d}\n- [\"{text}\"]\n");
        let parsed = parse(SourceId::default(), &yaml);
        let root = parsed.root.unwrap();
        let Value::List(outer) = &root.value else { panic!("a list") };
        let Value::List(inner) = &outer[0].value else { panic!("a list") };
        let span = inner[0].span(SourceId::default());
        prop_assert_eq!(&yaml[span.range()], format!("\"{text}\""));
        let span = outer[0].span(SourceId::default());
        prop_assert_eq!(&yaml[span.range()], format!("[\"{text}\"]"));
    }
}

#[test]
fn aliases_and_merge_keys_are_expanded() {
    let text =
        "a: &a { x: 1, y: 2 }\nb: { <<: *a, y: 3 }\nc: { <<: [*a, { z: 4, x: 5 }] }\nd: [*a]\n";
    let expected = serde_json::json!({
        "a": { "x": 1, "y": 2 },
        "b": { "x": 1, "y": 3 },
        "c": { "x": 1, "y": 2, "z": 4 },
        "d": [{ "x": 1, "y": 2 }],
    });
    assert_eq!(tree(text), expected);
    assert_eq!(serde_yaml::from_str::<Json>(text).unwrap(), expected);
}

#[test]
fn a_quoted_merge_key_is_a_key() {
    assert_eq!(tree("{ '<<': 1 }"), serde_json::json!({ "<<": 1 }));
}
