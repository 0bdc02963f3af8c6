//! The tree: values that know where they stand.

use crate::diagnostic::{SourceId, Span};

/// A value with its place.
///
/// Small on purpose: a manifest of a hundred thousand webhooks has millions of them. The source is
/// the same for a whole tree and is not repeated in each node.
#[derive(Clone, Debug)]
pub(crate) struct Node<'s> {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(crate) value: Value<'s>,
}

/// How long a text is that counts as one more node, in bytes.
const TEXT_OF_A_NODE: usize = 64;

/// What a node holds.
#[derive(Clone, Debug)]
pub(crate) enum Value<'s> {
    /// A scalar that stands in the file as it is.
    Text(&'s str, Plain),
    /// A scalar that had to be put together: escapes, folded lines.
    Made(Box<str>, Plain),
    /// A sequence.
    List(Box<[Node<'s>]>),
    /// A mapping, in the order of the file, without a key twice; its keys are scalars.
    Map(Box<[(Node<'s>, Node<'s>)]>),
}

/// Whether a scalar was written without quotes and without a tag that says it is text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plain {
    Yes,
    No,
}

impl Node<'_> {
    /// Where it stands, in the tree's source.
    pub(crate) fn span(&self, source: SourceId) -> Span {
        Span {
            source,
            start: self.start,
            end: self.end,
        }
    }

    /// The scalar as it is, null included.
    pub(crate) fn scalar(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text, _) => Some(text),
            Value::Made(text, _) => Some(text),
            Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The scalar's text, if it was plain.
    pub(crate) fn plain(&self) -> Option<&str> {
        match &self.value {
            Value::Text(_, Plain::Yes) | Value::Made(_, Plain::Yes) => self.scalar(),
            _ => None,
        }
    }

    /// Whether this is YAML's null (core schema, YAML 1.2.2 §10.3).
    pub(crate) fn is_null(&self) -> bool {
        self.plain()
            .is_some_and(|text| matches!(text, "" | "~" | "null" | "Null" | "NULL"))
    }

    /// The scalar's text, if it is one and not null.
    pub(crate) fn text(&self) -> Option<&str> {
        self.scalar().filter(|_| !self.is_null())
    }

    /// The truth value, as YAML 1.2 spells it; `yes` and `on` are text.
    pub(crate) fn bool(&self) -> Option<bool> {
        match self.plain()? {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            _ => None,
        }
    }

    /// What it is, for a message.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.value {
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
            _ if self.is_null() => "nothing",
            _ if self.bool().is_some() => "a truth value",
            _ => "text",
        }
    }

    /// How many nodes there are in it, itself included; a long text counts as several, as it is copied as well.
    pub(super) fn count(&self) -> usize {
        1 + match &self.value {
            Value::Text(text, _) => text.len() / TEXT_OF_A_NODE,
            Value::Made(text, _) => text.len() / TEXT_OF_A_NODE,
            Value::List(items) => items.iter().map(Node::count).sum(),
            Value::Map(entries) => entries.iter().map(|(k, v)| k.count() + v.count()).sum(),
        }
    }
}
