//! Whether a tree has the shape that the schema allows: every fault at once, each at its place.
//!
//! What is at fault is taken out of the tree, so that the rest can be read and checked further: one
//! misspelt key must not hide what is wrong elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    left_out::LeftOut,
    shape::Shape,
    yaml::{Node, Value},
};
use crate::diagnostic::{
    Code, Diagnostic, Diagnostics, SourceId, Span, listed, maybe_meant, nearest, quoted,
};

/// How many near names are looked for in one file.
const GUESSES: usize = 200;

/// Reports everything in the tree that a manifest does not allow, and takes it out: what is at fault
/// alone, not what it stands in. `root` is `None` where nothing is left.
pub(super) fn check(
    source: SourceId,
    root: &mut Option<Node<'_>>,
    diagnostics: &mut Diagnostics,
    left_out: &mut LeftOut,
) {
    let mut check = Check {
        source,
        diagnostics,
        left_out,
        guesses: GUESSES,
    };
    let Some(node) = root else { return };
    let beginning = Span::beginning(source);
    if !check.node(node, Shape::manifest(), beginning, &Path::Root) {
        check.left_out.add_anything();
        *root = None;
    }
}

/// Where the check is, from the root.
enum Path<'p> {
    Root,
    Key(&'p Self, &'p str),
    Index(&'p Self, usize),
}

impl Path<'_> {
    fn text(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Key(Self::Root, key) => shortened(key),
            Self::Key(outer, key) => format!("{}.{}", outer.text(), shortened(key)),
            Self::Index(outer, index) => format!("{}[{index}]", outer.text()),
        }
    }
}

impl Path<'_> {
    /// Its keys from the root down; that of an item is empty.
    fn keys(&self) -> Vec<String> {
        match self {
            Self::Root => Vec::new(),
            Self::Key(outer, key) => outer.with(key),
            Self::Index(outer, _) => outer.with(""),
        }
    }

    fn with(&self, key: &str) -> Vec<String> {
        let mut keys = self.keys();
        keys.push(key.to_owned());
        keys
    }
}

fn shortened(key: &str) -> String {
    quoted(key).trim_matches('`').to_owned()
}

struct Check<'d> {
    source: SourceId,
    diagnostics: &'d mut Diagnostics,
    left_out: &'d mut LeftOut,
    guesses: usize,
}

impl Check<'_> {
    /// Checks a node, and takes out of it what is at fault. Returns whether it can stay itself. `owner`
    /// is where a fault of the node as a whole is shown: its key.
    fn node(&mut self, node: &mut Node<'_>, shape: &Shape, owner: Span, path: &Path<'_>) -> bool {
        match shape {
            Shape::AnyOf(all) => {
                if let Some(shape) = all.iter().find(|shape| shape.takes(node)) {
                    return self.node(node, shape, owner, path);
                }
            }
            Shape::List(item) => {
                if let Value::List(items) = &mut node.value {
                    self.items(items, item, path);
                    return true;
                }
            }
            Shape::Map { required, .. } => {
                if let Value::Map(entries) = &mut node.value {
                    self.missing(entries, required, owner, path);
                    self.entries(entries, shape, path);
                    return true;
                }
            }
            Shape::Words(words) => {
                if let Some(text) = node.text() {
                    if words.iter().any(|word| word == text) {
                        return true;
                    }
                    self.no_such_word(node, text, words, path);
                    return false;
                }
            }
            _ if shape.takes(node) => return true,
            _ => {}
        }
        self.wrong_type(node, shape, path);
        false
    }

    fn items(&mut self, items: &mut Box<[Node<'_>]>, shape: &Shape, path: &Path<'_>) {
        let mut faulty = BTreeSet::new();
        for (index, node) in items.iter_mut().enumerate() {
            let owner = node.span(self.source);
            let path = Path::Index(path, index);
            if !self.node(node, shape, owner, &path) {
                self.left_out.add(path.keys());
                faulty.insert(index);
            }
        }
        without(items, &faulty);
    }

    fn entries(
        &mut self,
        entries: &mut Box<[(Node<'_>, Node<'_>)]>,
        shape: &Shape,
        path: &Path<'_>,
    ) {
        let shapes: Vec<_> = entries
            .iter()
            .map(|(key, _)| shape.below(key.scalar().unwrap_or_default(), entries))
            .collect();
        let mut faulty = BTreeSet::new();
        for (index, ((key, value), below)) in entries.iter_mut().zip(shapes).enumerate() {
            let name = key.scalar().unwrap_or_default();
            match below {
                Some(shape) => {
                    let owner = key.span(self.source);
                    let path = Path::Key(path, name);
                    if !self.node(value, shape, owner, &path) {
                        self.left_out.add(path.keys());
                        faulty.insert(index);
                    }
                }
                None => {
                    self.unknown_key(key, shape, path);
                    faulty.insert(index);
                }
            }
        }
        without(entries, &faulty);
    }

    fn missing(
        &mut self,
        entries: &[(Node<'_>, Node<'_>)],
        required: &[String],
        owner: Span,
        path: &Path<'_>,
    ) {
        let has = |wanted: &str| entries.iter().any(|(key, _)| key.scalar() == Some(wanted));
        for missing in required.iter().filter(|wanted| !has(wanted)) {
            let place = path.text();
            let (message, help) = if place.is_empty() {
                (
                    format!("the key `{missing}` is missing"),
                    format!("begin the file with `{missing}: 1`"),
                )
            } else {
                (
                    format!("`{place}` needs the key `{missing}`"),
                    format!("add `{missing}` to it"),
                )
            };
            self.report(Diagnostic::new(Code::MissingKey, owner, message).help(help));
        }
    }

    fn unknown_key(&mut self, key: &Node<'_>, shape: &Shape, path: &Path<'_>) {
        let name = key.scalar().unwrap_or_default();
        let place = path.text();
        let message = if place.is_empty() {
            format!("a manifest has no key {}", quoted(name))
        } else {
            format!("`{place}` has no key {}", quoted(name))
        };
        let empty = BTreeMap::new();
        let known = shape.keys().unwrap_or(&empty);
        let keys = || known.keys().map(String::as_str);
        let near = self.nearest(name, keys()).map(str::to_owned);
        // A key that may be meant is not missing.
        match near.as_deref().or_else(|| self.maybe_meant(name, keys())) {
            Some(meant) => self.left_out.add(path.with(meant)),
            None if self.guesses == 0 => self.left_out.add(path.keys()),
            None => {}
        }
        let help = near
            .map(|near| format!("did you mean `{near}`?"))
            .or_else(|| elsewhere(name, &place))
            .unwrap_or_else(|| format!("the keys here are {}", listed(keys(), "and")));
        let span = key.span(self.source);
        self.report(Diagnostic::new(Code::UnknownKey, span, message).help(help));
    }

    fn no_such_word(&mut self, node: &Node<'_>, text: &str, words: &[String], path: &Path<'_>) {
        let known = || words.iter().map(String::as_str);
        let help = self
            .nearest(text, known())
            .map(|near| format!("did you mean `{near}`?"))
            .unwrap_or_else(|| format!("it is {}", listed(known(), "or")));
        let message = format!("`{}` cannot be {}", path.text(), quoted(text));
        let span = node.span(self.source);
        self.report(Diagnostic::new(Code::InvalidValue, span, message).help(help));
    }

    fn wrong_type(&mut self, node: &Node<'_>, shape: &Shape, path: &Path<'_>) {
        let place = path.text();
        let subject = if place.is_empty() {
            "the manifest".to_owned()
        } else {
            format!("`{place}`")
        };
        let help = match (shape.but_null(), node.plain(), &node.value) {
            (Shape::Truth, Some("yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y"), _) => {
                Some("write `true`: YAML 1.2 knows no other word for it".to_owned())
            }
            (Shape::Truth, Some("no" | "No" | "NO" | "off" | "Off" | "OFF" | "n" | "N"), _) => {
                Some("write `false`: YAML 1.2 knows no other word for it".to_owned())
            }
            (Shape::List(_), Some(text), _) if !text.is_empty() => {
                Some(format!("put it in brackets: `[{}]`", shortened(text)))
            }
            (Shape::Map { .. }, Some("" | "~" | "null"), _) => {
                Some("write `{}` where it is meant to be empty, or remove the key".to_owned())
            }
            (Shape::List(_), Some("" | "~" | "null"), _) => {
                Some("write `[]` where it is meant to be empty, or remove the key".to_owned())
            }
            (_, Some("" | "~" | "null"), _) => {
                Some("give it a value, or remove the key".to_owned())
            }
            (Shape::Whole | Shape::Number, None, Value::Text(text, _))
                if text.parse::<f64>().is_ok() =>
            {
                Some("remove the quotes: in quotes, it is text".to_owned())
            }
            (Shape::Text, _, Value::Map(_)) => {
                Some("quote it where braces are meant as text".to_owned())
            }
            (Shape::Map { known, .. }, _, _) if place.is_empty() => Some(format!(
                "its keys are {}; begin with `version: 1`",
                listed(known.keys().map(String::as_str), "and")
            )),
            _ => None,
        };
        self.report(
            Diagnostic::new(
                Code::WrongType,
                node.span(self.source),
                format!("{subject} must be {}, not {}", shape.name(), node.kind()),
            )
            .maybe_help(help),
        );
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn nearest<'k>(&mut self, name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
        self.guesses = self.guesses.checked_sub(1)?;
        nearest(name, known)
    }

    fn maybe_meant<'k>(&self, name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
        (self.guesses > 0)
            .then(|| maybe_meant(name, known))
            .flatten()
    }
}

/// Takes out what stands at these indices.
fn without<T>(all: &mut Box<[T]>, faulty: &BTreeSet<usize>) {
    if faulty.is_empty() {
        return;
    }
    let kept = std::mem::take(all).into_vec().into_iter().enumerate();
    let kept = kept.filter(|(index, _)| !faulty.contains(index));
    *all = kept.map(|(_, value)| value).collect();
}

/// Where a key would be known that is not known here.
fn elsewhere(name: &str, place: &str) -> Option<String> {
    let root = Shape::manifest().keys()?;
    let owner = |section: &str| root.get(section)?.inner()?.keys();
    let here = place.split('.').next().unwrap_or_default();
    if root.contains_key(name) {
        return Some(format!(
            "`{name}` stands at the top of a manifest, not here"
        ));
    }
    [
        ("webhooks", "a webhook"),
        ("environments", "an environment"),
    ]
    .into_iter()
    .filter(|(section, _)| *section != here)
    .find(|(section, _)| owner(section).is_some_and(|keys| keys.contains_key(name)))
    .map(|(section, what)| format!("`{name}` is a key of {what}, under `{section}`"))
}
