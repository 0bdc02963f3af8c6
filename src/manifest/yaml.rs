//! YAML text → a tree that knows where everything stands.
//!
//! This module alone names the YAML parser. It expands aliases and merge keys within bounds and
//! reports duplicate keys with both places; what keys and values mean is not its subject.

use std::{borrow::Cow, collections::HashMap};

use granit_parser::{Event, Parser, ScalarStyle};

use crate::diagnostic::{Code, Diagnostic, SourceId, Span};

/// How deep collections may nest. A manifest needs seven levels.
const DEEPEST: usize = 64;
/// How many nodes all aliases of a file may add together.
const ALIASED_NODES: usize = 1_000_000;

/// A value with its place.
#[derive(Clone, Debug)]
pub(crate) struct Node<'s> {
    pub(crate) span: Span,
    pub(crate) value: Value<'s>,
}

/// What a node holds.
#[derive(Clone, Debug)]
pub(crate) enum Value<'s> {
    /// A scalar: its text, and whether it was plain, so that `true` or `5` may be more than text.
    Scalar(Cow<'s, str>, Plain),
    /// A sequence.
    List(Vec<Node<'s>>),
    /// A mapping, in the order of the file, without a key twice.
    Map(Vec<(Node<'s>, Node<'s>)>),
}

/// Whether a scalar was written without quotes and without a tag that says it is text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plain {
    Yes,
    No,
}

impl Node<'_> {
    /// Whether this is YAML's null (core schema, YAML 1.2.2 §10.3).
    pub(crate) fn is_null(&self) -> bool {
        self.plain()
            .is_some_and(|text| matches!(text, "" | "~" | "null" | "Null" | "NULL"))
    }

    /// The scalar's text, if it was plain.
    pub(crate) fn plain(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(text, Plain::Yes) => Some(text),
            Value::Scalar(_, Plain::No) | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The scalar's text, if it is one and not null.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(text, _) if !self.is_null() => Some(text),
            _ => None,
        }
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
            Value::Scalar(..) if self.is_null() => "nothing",
            Value::Scalar(..) if self.bool().is_some() => "a truth value",
            Value::Scalar(..) => "text",
        }
    }

    fn nodes(&self) -> usize {
        1 + match &self.value {
            Value::Scalar(..) => 0,
            Value::List(items) => items.iter().map(Node::nodes).sum(),
            Value::Map(entries) => entries.iter().map(|(k, v)| k.nodes() + v.nodes()).sum(),
        }
    }
}

/// A collection whose end has not come yet.
enum Open<'s> {
    List(Vec<Node<'s>>),
    Map(Vec<(Node<'s>, Node<'s>)>, Option<Node<'s>>),
}

struct Builder<'s> {
    source: SourceId,
    stack: Vec<(Open<'s>, Span, usize)>,
    anchors: HashMap<usize, Node<'s>>,
    aliased: usize,
    root: Option<Node<'s>>,
    diagnostics: Vec<Diagnostic>,
}

/// Reads one YAML document.
///
/// `None` where there is none, or where the text cannot be read to its end; then the diagnostics say
/// why. A tree can come with diagnostics: duplicate keys do not end the reading.
pub(crate) fn parse(source: SourceId, text: &str) -> (Option<Node<'_>>, Vec<Diagnostic>) {
    let mut builder = Builder {
        source,
        stack: Vec::new(),
        anchors: HashMap::new(),
        aliased: 0,
        root: None,
        diagnostics: Vec::new(),
    };
    let options = granit_parser::options! { emit_comments: false };
    for event in Parser::new_from_str_with_options(text, options) {
        let result = match event {
            Ok((event, span)) => builder.event(event, builder.span(&span, text)),
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(text.len());
                Err(Diagnostic::error(
                    Code::Syntax,
                    builder.at(at, text),
                    error.info(),
                ))
            }
        };
        if let Err(diagnostic) = result {
            builder.diagnostics.push(diagnostic);
            return (None, builder.diagnostics);
        }
    }
    (builder.root, builder.diagnostics)
}

impl<'s> Builder<'s> {
    fn span(&self, span: &granit_parser::Span, text: &str) -> Span {
        let range = span.byte_range().unwrap_or(text.len()..text.len());
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span {
            source: self.source,
            start: offset(range.start),
            end: offset(range.end.max(range.start)),
        }
    }

    /// The character at an offset, or the last one before the end.
    fn at(&self, offset: usize, text: &str) -> Span {
        let start = text.floor_char_boundary(offset.min(text.len()));
        let width = text[start..].chars().next().map_or(0, char::len_utf8);
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span {
            source: self.source,
            start: offset(start),
            end: offset(start + width),
        }
    }

    fn event(&mut self, event: Event<'s>, span: Span) -> Result<(), Diagnostic> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = match (style, tag) {
                    (ScalarStyle::Plain, None) => Plain::Yes,
                    (_, None) => Plain::No,
                    (_, Some(tag)) if tag.core_suffix() == Some("str") => Plain::No,
                    (_, Some(_)) => return Err(tagged(span)),
                };
                let value = Value::Scalar(text, plain);
                self.node(Node { span, value }, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.open(Open::List(Vec::new()), span, anchor, tag.is_some())
            }
            Event::MappingStart(_, anchor, tag) => {
                self.open(Open::Map(Vec::new(), None), span, anchor, tag.is_some())
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(id) => self.alias(id, span),
            Event::DocumentStart(..) if self.root.is_some() => {
                Err(
                    Diagnostic::error(Code::Syntax, span, "a second document begins here")
                        .help("a manifest is one document; put the other into a file of its own"),
                )
            }
            _ => Ok(()),
        }
    }

    fn open(
        &mut self,
        open: Open<'s>,
        span: Span,
        anchor: usize,
        tagged_node: bool,
    ) -> Result<(), Diagnostic> {
        if tagged_node {
            return Err(tagged(span));
        }
        if self.stack.len() == DEEPEST {
            return Err(Diagnostic::error(
                Code::TooLarge,
                span,
                format!("nested more than {DEEPEST} levels deep"),
            ));
        }
        self.stack.push((open, span, anchor));
        Ok(())
    }

    fn close(&mut self, end: Span) -> Result<(), Diagnostic> {
        let Some((open, start, anchor)) = self.stack.pop() else {
            return Ok(());
        };
        let value = match open {
            Open::List(items) => Value::List(items),
            Open::Map(entries, _) => Value::Map(self.merged(entries)),
        };
        let span = Span {
            end: end.end.max(start.end),
            ..start
        };
        self.node(Node { span, value }, anchor)
    }

    fn alias(&mut self, id: usize, span: Span) -> Result<(), Diagnostic> {
        let Some(target) = self.anchors.get(&id) else {
            return Err(Diagnostic::error(
                Code::Syntax,
                span,
                "this alias stands inside the value that it names",
            ));
        };
        self.aliased += target.nodes();
        if self.aliased > ALIASED_NODES {
            return Err(Diagnostic::error(
                Code::TooLarge,
                span,
                format!("aliases add more than {ALIASED_NODES} values to this file"),
            )
            .related(target.span, "the value it repeats is here"));
        }
        let target = target.clone();
        self.node(target, 0)
    }

    /// Puts a finished node where it belongs.
    fn node(&mut self, node: Node<'s>, anchor: usize) -> Result<(), Diagnostic> {
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.stack.last_mut() {
            None => self.root = Some(node),
            Some((Open::List(items), ..)) => items.push(node),
            Some((Open::Map(entries, key), ..)) => match key.take() {
                Some(key) => entries.push((key, node)),
                None if matches!(node.value, Value::Scalar(..)) => *key = Some(node),
                None => {
                    return Err(Diagnostic::error(
                        Code::Syntax,
                        node.span,
                        format!("a key must be text; this is {}", node.kind()),
                    ));
                }
            },
        }
        Ok(())
    }

    /// Resolves merge keys (`<<`) and drops repeated keys, reporting each with both places.
    fn merged(&mut self, entries: Vec<(Node<'s>, Node<'s>)>) -> Vec<(Node<'s>, Node<'s>)> {
        let mut places: HashMap<Cow<'s, str>, Span> = HashMap::with_capacity(entries.len());
        let mut kept = Vec::with_capacity(entries.len());
        let mut merges = Vec::new();
        for (key, value) in entries {
            let Value::Scalar(text, plain) = &key.value else {
                continue;
            };
            if text == "<<" && *plain == Plain::Yes {
                merges.push(value);
            } else if let Some(first) = places.get(text) {
                self.diagnostics.push(
                    Diagnostic::error(
                        Code::DuplicateKey,
                        key.span,
                        format!("the key `{text}` is defined twice"),
                    )
                    .label("defined again here")
                    .related(*first, "first defined here"),
                );
            } else {
                places.insert(text.clone(), key.span);
                kept.push((key, value));
            }
        }
        for merge in merges {
            let maps = match merge.value {
                Value::List(items) => items,
                _ => vec![merge],
            };
            for map in maps {
                let Value::Map(entries) = map.value else {
                    self.diagnostics.push(Diagnostic::error(
                        Code::WrongType,
                        map.span,
                        "only a mapping can be merged with `<<`",
                    ));
                    continue;
                };
                for (key, value) in entries {
                    if let Value::Scalar(text, _) = &key.value
                        && !places.contains_key(text)
                    {
                        places.insert(text.clone(), key.span);
                        kept.push((key, value));
                    }
                }
            }
        }
        kept
    }
}

fn tagged(span: Span) -> Diagnostic {
    Diagnostic::error(Code::Syntax, span, "tags are not supported here")
        .help("remove the tag; quote the value where it should be text")
}
