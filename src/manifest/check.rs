//! Whether a tree has the shape that the schema allows: every fault at once, each at its place.
//!
//! What is at fault is taken out of the tree, so that the rest can be read and checked further: one
//! misspelt key must not hide what is wrong elsewhere.

use std::collections::BTreeMap;

use super::{
    shape::Shape,
    yaml::{Node, Value},
};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, SourceId, Span, listed, nearest, quoted};

/// How many near names are looked for in one file.
const GUESSES: usize = 200;

/// What is at fault, and was taken out.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Removed {
    /// A whole section, or the file.
    Section,
    /// One entry of a section, with its key.
    Entry { section: String, key: String },
}

/// Reports everything in the tree that a manifest does not allow, and takes it out. Returns what was
/// taken out; `root` is `None` where nothing is left.
pub(super) fn check(
    source: SourceId,
    root: &mut Option<Node<'_>>,
    diagnostics: &mut Diagnostics,
) -> Vec<Removed> {
    let mut check = Check {
        source,
        diagnostics,
        reported: 0,
        guesses: GUESSES,
    };
    let mut removed = Vec::new();
    let Some(node) = root else {
        return removed;
    };
    let shape = Shape::manifest();
    let (
        Value::Map(entries),
        Shape::Map {
            known, required, ..
        },
    ) = (&mut node.value, shape)
    else {
        check.wrong_type(node, shape, &Path::Root);
        *root = None;
        return vec![Removed::Section];
    };
    check.missing(entries, required, Span::beginning(source), &Path::Root);
    let kept = std::mem::take(entries).into_vec().into_iter();
    *entries = kept
        .filter_map(|(key, mut value)| {
            let name = key.scalar().unwrap_or_default();
            let Some(shape) = known.get(name) else {
                check.unknown_key(&key, shape, &Path::Root);
                removed.push(Removed::Section);
                return None;
            };
            let taken = check.section(&key, &mut value, shape, &mut removed);
            taken.then_some((key, value))
        })
        .collect();
    removed
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

fn shortened(key: &str) -> String {
    quoted(key).trim_matches('`').to_owned()
}

struct Check<'d> {
    source: SourceId,
    diagnostics: &'d mut Diagnostics,
    /// How many faults were reported.
    reported: usize,
    guesses: usize,
}

impl Check<'_> {
    /// Checks the value of a top-level key; the entries of a section one by one. Returns whether
    /// something of it is left.
    fn section(
        &mut self,
        key: &Node<'_>,
        value: &mut Node<'_>,
        shape: &Shape,
        removed: &mut Vec<Removed>,
    ) -> bool {
        let name = key.scalar().unwrap_or_default();
        let path = Path::Key(&Path::Root, name);
        let owner = key.span(self.source);
        match (&mut value.value, shape.inner()) {
            (Value::Map(entries), Some(inner)) if matches!(shape, Shape::Map { .. }) => {
                let kept = std::mem::take(entries).into_vec().into_iter();
                *entries = kept
                    .filter(|(key, value)| {
                        let text = key.scalar().unwrap_or_default();
                        let owner = key.span(self.source);
                        let fine = self.entry(value, inner, owner, &Path::Key(&path, text));
                        if !fine {
                            removed.push(Removed::Entry {
                                section: name.to_owned(),
                                key: text.to_owned(),
                            });
                        }
                        fine
                    })
                    .collect();
                true
            }
            (Value::List(items), Some(inner)) if matches!(shape, Shape::List(_)) => {
                let kept = std::mem::take(items).into_vec().into_iter().enumerate();
                *items = kept
                    .filter(|(index, item)| {
                        let owner = item.span(self.source);
                        self.entry(item, inner, owner, &Path::Index(&path, *index))
                    })
                    .map(|(_, item)| item)
                    .collect();
                true
            }
            _ => {
                let fine = self.entry(value, shape, owner, &path);
                if !fine {
                    removed.push(Removed::Section);
                }
                fine
            }
        }
    }

    /// Whether nothing is wrong inside.
    fn entry(&mut self, node: &Node<'_>, shape: &Shape, owner: Span, path: &Path<'_>) -> bool {
        let before = self.reported;
        self.node(node, shape, owner, path);
        self.reported == before
    }

    /// `owner` is where a fault of the node as a whole is shown: its key.
    fn node(&mut self, node: &Node<'_>, shape: &Shape, owner: Span, path: &Path<'_>) {
        match (shape, &node.value) {
            (Shape::AnyOf(all), _) => match all.iter().find(|one| one.takes(node)) {
                Some(one) => self.node(node, one, owner, path),
                None => self.wrong_type(node, shape, path),
            },
            (Shape::List(item), Value::List(items)) => {
                for (index, node) in items.iter().enumerate() {
                    let owner = node.span(self.source);
                    self.node(node, item, owner, &Path::Index(path, index));
                }
            }
            (Shape::Map { required, .. }, Value::Map(entries)) => {
                self.missing(entries, required, owner, path);
                self.entries(entries, shape, path);
            }
            (Shape::Words(words), _) if node.text().is_some() => {
                let text = node.text().unwrap_or_default();
                if !words.iter().any(|word| word == text) {
                    self.no_such_word(node, text, words, path);
                }
            }
            _ if shape.takes(node) => {}
            _ => self.wrong_type(node, shape, path),
        }
    }

    fn entries(&mut self, entries: &[(Node<'_>, Node<'_>)], shape: &Shape, path: &Path<'_>) {
        let Shape::Map { known, others, .. } = shape else {
            return;
        };
        for (key, value) in entries {
            let name = key.scalar().unwrap_or_default();
            match known.get(name).or(others.as_deref()) {
                Some(shape) => {
                    let owner = key.span(self.source);
                    self.node(value, shape, owner, &Path::Key(path, name));
                }
                None => self.unknown_key(key, shape, path),
            }
        }
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
        let help = self
            .near(name, keys())
            .or_else(|| elsewhere(name, &place))
            .unwrap_or_else(|| format!("the keys here are {}", listed(keys(), "and")));
        let span = key.span(self.source);
        self.report(Diagnostic::new(Code::UnknownKey, span, message).help(help));
    }

    fn no_such_word(&mut self, node: &Node<'_>, text: &str, words: &[String], path: &Path<'_>) {
        let known = || words.iter().map(String::as_str);
        let help = self
            .near(text, known())
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
        self.reported += 1;
        self.diagnostics.push(diagnostic);
    }

    fn near<'k>(&mut self, name: &str, known: impl Iterator<Item = &'k str>) -> Option<String> {
        self.guesses = self.guesses.checked_sub(1)?;
        nearest(name, known).map(|near| format!("did you mean `{near}`?"))
    }
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
