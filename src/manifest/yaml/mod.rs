//! YAML text → a tree that knows where everything stands.
//!
//! This module alone names the YAML parser. It expands aliases and merge keys within bounds and
//! reports duplicate keys with both places; what keys and values mean is not its subject.

mod advice;
mod merge;
mod node;

use std::{borrow::Cow, collections::HashMap};

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle};

pub(crate) use self::node::{Node, Plain, Value};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, SourceId, Span};

/// How deep collections may nest. A manifest needs seven levels.
const DEEPEST: usize = 64;
/// How many nodes all aliases of a file may add together, beside one for every eight bytes of it.
const ALIASED_NODES: usize = 50_000;
/// What a comment must hold for comments to be read at all.
const COMMENT: &str = "hookwright:";

/// A comment of the file.
#[derive(Clone, Debug)]
pub(crate) struct Comment {
    /// The whole comment, from `#` to the end of the line.
    pub(crate) span: Span,
    /// What stands behind `#`.
    pub(crate) text: String,
}

/// What a text gave.
#[derive(Debug, Default)]
pub(crate) struct Parsed<'s> {
    /// The document; `None` where there is none, or where it cannot be read to its end.
    pub(crate) root: Option<Node<'s>>,
    /// What is wrong. A tree can come with some: duplicate keys do not end the reading.
    pub(crate) diagnostics: Diagnostics,
    /// Whether a key at the top of the file stands there twice: what the second holds is lost.
    pub(crate) lost: bool,
    /// The comments, if some of them may be for this program.
    pub(crate) comments: Vec<Comment>,
}

/// A collection whose end has not come yet.
struct Open {
    is_map: bool,
    /// Where it begins in the text.
    start: u32,
    anchor: usize,
    /// Where what it holds begins among the nodes.
    first: usize,
}

/// The state of reading one file.
struct Builder<'s> {
    source: SourceId,
    text: &'s str,
    stack: Vec<Open>,
    /// What all open collections hold so far, each behind the one it stands in; keys before their
    /// values. A collection that is closed takes its own from the end, in one piece of the right size.
    nodes: Vec<Node<'s>>,
    anchors: HashMap<usize, Node<'s>>,
    /// How many nodes aliases may still add.
    aliases_left: usize,
    parsed: Parsed<'s>,
}

/// Reads one YAML document.
pub(crate) fn parse(source: SourceId, text: &str) -> Parsed<'_> {
    // Offsets are kept in 32 bits, of which one value stands for "too far".
    if u32::try_from(text.len()).is_err() {
        let diagnostic = Diagnostic::new(
            Code::TooLarge,
            Span::beginning(source),
            "the file is larger than 4 GiB",
        );
        let mut parsed = Parsed::default();
        parsed.diagnostics.push(diagnostic);
        return parsed;
    }
    let mut builder = Builder {
        source,
        text,
        stack: Vec::new(),
        nodes: Vec::new(),
        anchors: HashMap::new(),
        aliases_left: ALIASED_NODES + text.len() / 8,
        parsed: Parsed::default(),
    };
    if let Err(diagnostic) = builder.read() {
        builder.parsed.root = None;
        builder.parsed.diagnostics.push(diagnostic);
    }
    builder.parsed
}

impl<'s> Builder<'s> {
    fn read(&mut self) -> Result<(), Diagnostic> {
        let options = granit_parser::options! {
            emit_comments: self.text.contains(COMMENT),
            max_buffered_comment_events: usize::MAX,
            flow_nesting_limit: DEEPEST,
            block_nesting_limit: DEEPEST,
        };
        for event in Parser::new_from_str_with_options(self.text, options) {
            match event {
                Ok((event, span)) => {
                    let range = span
                        .byte_range()
                        .unwrap_or(self.text.len()..self.text.len());
                    self.event(event, range.start as u32, range.end.max(range.start) as u32)?;
                }
                Err(error) => {
                    let at = error.marker().byte_offset().unwrap_or(self.text.len());
                    return Err(self.broken(at, error));
                }
            }
        }
        Ok(())
    }

    fn broken(&self, at: usize, error: granit_parser::ScanError) -> Diagnostic {
        if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
            let span = advice::character(self.source, self.text, at);
            return self.too_deep(span);
        }
        let open = self.stack.iter().rev().map(|open| open.start);
        let open = open.into_iter().find(|start| self.is_flow(*start));
        let diagnostic = advice::syntax(self.source, self.text, at, &error.info());
        match open {
            Some(start) if diagnostic.primary.span.start == start => {
                diagnostic.help("close it, or quote what is text")
            }
            Some(start) if diagnostic.help.is_none() => diagnostic
                .related(self.span(start, start + 1), "this is still open")
                .help("close it before this line, or quote what is text"),
            _ => diagnostic,
        }
    }

    fn too_deep(&self, span: Span) -> Diagnostic {
        Diagnostic::new(
            Code::TooLarge,
            span,
            format!("nested more than {DEEPEST} levels deep"),
        )
        .help("a manifest needs seven levels")
    }

    /// Whether a collection is one in brackets or braces.
    fn is_flow(&self, start: u32) -> bool {
        self.text
            .as_bytes()
            .get(start as usize)
            .is_some_and(|first| b"[{".contains(first))
    }

    fn span(&self, start: u32, end: u32) -> Span {
        Span {
            source: self.source,
            start,
            end,
        }
    }

    fn event(&mut self, event: Event<'s>, start: u32, end: u32) -> Result<(), Diagnostic> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = match (style, tag) {
                    (ScalarStyle::Plain, None) => Plain::Yes,
                    (_, None) => Plain::No,
                    (_, Some(tag)) if tag.core_suffix() == Some("str") => Plain::No,
                    (_, Some(_)) => return Err(self.tagged(start, end)),
                };
                let value = match text {
                    Cow::Borrowed(text) => Value::Text(text, plain),
                    Cow::Owned(text) => Value::Made(text.into_boxed_str(), plain),
                };
                self.node(Node { start, end, value }, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.open(false, (start, end), anchor, tag.is_some())
            }
            Event::MappingStart(_, anchor, tag) => {
                self.open(true, (start, end), anchor, tag.is_some())
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(end),
            Event::Alias(id) => self.alias(id, start, end),
            Event::Comment(text, _) => {
                self.parsed.comments.push(Comment {
                    span: self.span(start, end),
                    text: text.into_owned(),
                });
                Ok(())
            }
            Event::DocumentStart(..) if self.parsed.root.is_some() => Err(Diagnostic::new(
                Code::Syntax,
                self.span(start, end),
                "a second document begins here",
            )
            .help("a manifest is one document; put the other into a file of its own")),
            _ => Ok(()),
        }
    }

    fn open(
        &mut self,
        is_map: bool,
        (start, end): (u32, u32),
        anchor: usize,
        tagged: bool,
    ) -> Result<(), Diagnostic> {
        if tagged {
            return Err(self.tagged(start, end));
        }
        if self.stack.len() == DEEPEST {
            let end = end.max(start + 1).min(self.text.len() as u32);
            return Err(self.too_deep(self.span(start, end)));
        }
        self.stack.push(Open {
            is_map,
            start,
            anchor,
            first: self.nodes.len(),
        });
        Ok(())
    }

    fn close(&mut self, end: u32) -> Result<(), Diagnostic> {
        let Some(Open {
            is_map,
            start,
            anchor,
            first,
        }) = self.stack.pop()
        else {
            return Ok(());
        };
        let mut held = self.nodes.drain(first..);
        let last = held.as_slice().last().map(|node| node.end);
        let value = if is_map {
            let mut entries = Vec::with_capacity(held.len() / 2);
            while let (Some(key), Some(value)) = (held.next(), held.next()) {
                entries.push((key, value));
            }
            drop(held);
            Value::Map(self.merged(entries).into_boxed_slice())
        } else {
            Value::List(held.collect())
        };
        // A block collection is closed by what follows it, lines below; it ends with its last value.
        let end = match last {
            Some(last) if !self.is_flow(start) && last >= start => last,
            _ => end.max(start),
        };
        self.node(Node { start, end, value }, anchor)
    }

    fn alias(&mut self, id: usize, start: u32, end: u32) -> Result<(), Diagnostic> {
        let Some(target) = self.anchors.get(&id) else {
            return Err(Diagnostic::new(
                Code::Syntax,
                self.span(start, end),
                "this alias stands inside the value that it names",
            )
            .help("write the value out"));
        };
        let count = target.count();
        self.spend(count, self.span(start, end))?;
        match self.anchors.get(&id).cloned() {
            Some(target) => self.node(target, 0),
            None => Ok(()),
        }
    }

    /// Takes nodes from what aliases may add.
    fn spend(&mut self, nodes: usize, span: Span) -> Result<(), Diagnostic> {
        self.aliases_left = self.aliases_left.checked_sub(nodes).ok_or_else(|| {
            Diagnostic::new(
                Code::TooLarge,
                span,
                "the anchors and aliases of this file repeat too many values",
            )
            .help("write the values out, or name them in `event_groups` or `defaults`")
        })?;
        Ok(())
    }

    /// Puts a finished node where it belongs.
    fn node(&mut self, node: Node<'s>, anchor: usize) -> Result<(), Diagnostic> {
        if anchor != 0 {
            self.spend(node.count(), node.span(self.source))?;
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.stack.last() else {
            self.parsed.root = Some(node);
            return Ok(());
        };
        let is_key = open.is_map && (self.nodes.len() - open.first).is_multiple_of(2);
        if is_key && node.scalar().is_none() {
            return Err(self.no_key(&node));
        }
        self.nodes.push(node);
        Ok(())
    }

    fn no_key(&self, node: &Node<'_>) -> Diagnostic {
        let help = match node.value {
            // `{{ name }}`, as templates have it.
            Value::Map(_) => "quote the value where braces are meant as text",
            _ => "quote it where it is meant as text",
        };
        Diagnostic::new(
            Code::Syntax,
            node.span(self.source),
            format!("a key must be text; this is {}", node.kind()),
        )
        .help(help)
    }

    fn tagged(&self, start: u32, end: u32) -> Diagnostic {
        // The tag stands before what it is for.
        let before = &self.text[..start as usize];
        let line = before.rfind('\n').map_or(0, |newline| newline + 1);
        let tag = before[line..].rfind('!').map(|at| (line + at) as u32);
        Diagnostic::new(
            Code::Syntax,
            self.span(tag.unwrap_or(start), end),
            "tags are not supported here",
        )
        .help("remove the tag; quote the value where it should be text")
    }
}

#[cfg(test)]
mod tests;
