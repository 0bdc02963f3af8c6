//! Where the entries of a file stand: for adding to it without touching the rest.

use std::ops::Range;

use super::yaml::{self, Node, Value};
use crate::diagnostic::SourceId;

/// An entry of a mapping, by its places in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its key.
    pub key: String,
    /// Where the key stands, with its quotes.
    pub key_at: Range<usize>,
    /// What its value is.
    pub value: Shape,
    /// Where the value stands; one that an alias repeats stands where it was written.
    pub value_at: Range<usize>,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Text, a number, a truth value, or nothing.
    Scalar,
    /// A list.
    List,
    /// A mapping.
    Map(Vec<Entry>),
}

/// The entries of a file; `None` where it is not valid YAML, or no mapping.
pub fn outline(text: &str) -> Option<Vec<Entry>> {
    let source = SourceId::default();
    let parsed = yaml::parse(source, text);
    match shape(source, &parsed.root?) {
        Shape::Map(entries) if parsed.diagnostics.is_empty() => Some(entries),
        _ => None,
    }
}

fn shape(source: SourceId, node: &Node<'_>) -> Shape {
    match &node.value {
        Value::Text(..) | Value::Made(..) => Shape::Scalar,
        Value::List(_) => Shape::List,
        Value::Map(entries) => Shape::Map(
            entries
                .iter()
                .map(|(key, value)| Entry {
                    key: key.scalar().unwrap_or_default().to_owned(),
                    key_at: key.span(source).range(),
                    value: shape(source, value),
                    value_at: value.span(source).range(),
                })
                .collect(),
        ),
    }
}
