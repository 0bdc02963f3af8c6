//! Whether a tree has the shape that the schema allows: every fault at once, each at its place.
//!
//! The shape is taken from the generated JSON Schema, so the check and the schema cannot differ.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{
    schema,
    yaml::{Node, Value},
};
use crate::diagnostic::{Code, Diagnostic, Span, did_you_mean};

/// What is allowed at one place.
#[derive(Debug)]
enum Shape {
    Text,
    Words(Vec<String>),
    Truth,
    Whole,
    Number,
    Null,
    List(Box<Self>),
    Map {
        known: BTreeMap<String, Self>,
        required: Vec<String>,
        others: Option<Box<Self>>,
    },
    AnyOf(Vec<Self>),
}

/// Reports everything in the tree that a manifest does not allow.
pub(crate) fn check(root: &Node<'_>) -> Vec<Diagnostic> {
    let schema = schema::json_schema();
    let shape = Shape::read(schema.as_value(), schema.as_value());
    let mut check = Check {
        path: Vec::new(),
        diagnostics: Vec::new(),
    };
    check.node(
        root,
        &shape,
        Span {
            end: root.span.start,
            ..root.span
        },
    );
    check.diagnostics
}

impl Shape {
    /// Reads the part of JSON Schema that schemars writes for the manifest's types.
    fn read(schema: &Json, root: &Json) -> Self {
        if let Some(name) = schema["$ref"]
            .as_str()
            .and_then(|r| r.strip_prefix("#/$defs/"))
        {
            return Self::read(&root["$defs"][name], root);
        }
        if let Some(any) = schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
            return Self::any(any.iter().map(|one| Self::read(one, root)));
        }
        if let Some(word) = schema["const"].as_str() {
            return Self::Words(vec![word.to_owned()]);
        }
        if let Some(words) = schema["enum"].as_array() {
            return Self::Words(
                words
                    .iter()
                    .filter_map(Json::as_str)
                    .map(str::to_owned)
                    .collect(),
            );
        }
        match &schema["type"] {
            Json::Array(types) => Self::any(types.iter().map(|one| {
                let mut single = schema.clone();
                single["type"] = one.clone();
                Self::read(&single, root)
            })),
            Json::String(one) => Self::of_type(one, schema, root),
            other => unreachable!("schemars writes a type for every manifest value, not {other}"),
        }
    }

    fn of_type(one: &str, schema: &Json, root: &Json) -> Self {
        match one {
            "string" => Self::Text,
            "boolean" => Self::Truth,
            "integer" => Self::Whole,
            "number" => Self::Number,
            "null" => Self::Null,
            "array" => Self::List(Box::new(Self::read(&schema["items"], root))),
            "object" => Self::Map {
                known: schema["properties"]
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(key, value)| (key.clone(), Self::read(value, root)))
                    .collect(),
                required: schema["required"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Json::as_str)
                    .map(str::to_owned)
                    .collect(),
                others: schema["additionalProperties"]
                    .is_object()
                    .then(|| Box::new(Self::read(&schema["additionalProperties"], root))),
            },
            other => unreachable!("schemars writes no type `{other}` for the manifest's values"),
        }
    }

    /// One shape of several; alternatives that are words become one list of words.
    fn any(shapes: impl Iterator<Item = Self>) -> Self {
        let (mut all, mut words) = (Vec::new(), Vec::new());
        for shape in shapes {
            match shape {
                Self::Words(more) => words.extend(more),
                other => all.push(other),
            }
        }
        if !words.is_empty() {
            all.insert(0, Self::Words(words));
        }
        if all.len() == 1 {
            all.remove(0)
        } else {
            Self::AnyOf(all)
        }
    }

    /// Whether a node is of this kind, whatever is inside it.
    fn takes(&self, node: &Node<'_>) -> bool {
        match self {
            Self::List(_) => matches!(node.value, Value::List(_)),
            Self::Map { .. } => matches!(node.value, Value::Map(_)),
            Self::Null => node.is_null(),
            Self::Truth => node.bool().is_some(),
            Self::Whole => node.plain().is_some_and(|text| text.parse::<u32>().is_ok()),
            Self::Number => node
                .plain()
                .is_some_and(|text| text.parse::<f64>().is_ok_and(f64::is_finite)),
            Self::Text | Self::Words(_) => node.text().is_some(),
            Self::AnyOf(all) => all.iter().any(|one| one.takes(node)),
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Words(words) => one_of(words),
            Self::Truth => "`true` or `false`".to_owned(),
            Self::Whole => "a whole number, 0 or more".to_owned(),
            Self::Number => "a number".to_owned(),
            Self::Null => "nothing".to_owned(),
            Self::List(items) => format!("a list of {}", items.plural()),
            Self::Map { .. } => "a mapping".to_owned(),
            Self::AnyOf(all) => {
                let names: Vec<String> = all
                    .iter()
                    .filter(|one| !matches!(one, Self::Null))
                    .map(Self::name)
                    .collect();
                names.join(" or ")
            }
        }
    }

    fn plural(&self) -> &'static str {
        match self {
            Self::Text | Self::Words(_) => "texts",
            Self::Map { .. } => "mappings",
            _ => "values",
        }
    }
}

struct Check {
    path: Vec<String>,
    diagnostics: Vec<Diagnostic>,
}

impl Check {
    /// `owner` is where a fault of the node as a whole is shown: its key.
    fn node(&mut self, node: &Node<'_>, shape: &Shape, owner: Span) {
        match (shape, &node.value) {
            (Shape::AnyOf(all), _) => match all.iter().find(|one| one.takes(node)) {
                Some(one) => self.node(node, one, owner),
                None => self.wrong_type(node, shape),
            },
            (Shape::List(item), Value::List(items)) => {
                for (index, node) in items.iter().enumerate() {
                    self.within(format!("[{index}]"), |check| {
                        check.node(node, item, node.span)
                    });
                }
            }
            (
                Shape::Map {
                    known,
                    required,
                    others,
                },
                Value::Map(entries),
            ) => {
                self.map(entries, known, required, others.as_deref(), owner);
            }
            (Shape::Words(words), Value::Scalar(text, _)) if node.text().is_some() => {
                if !words.iter().any(|word| word == text) {
                    let known = words.iter().map(String::as_str);
                    self.diagnostics.push(
                        Diagnostic::error(
                            Code::InvalidValue,
                            node.span,
                            format!("`{}` cannot be `{text}`", self.here()),
                        )
                        .help(
                            did_you_mean(text, known)
                                .unwrap_or_else(|| format!("it is {}", one_of(words))),
                        ),
                    );
                }
            }
            _ if shape.takes(node) => {}
            _ => self.wrong_type(node, shape),
        }
    }

    fn map(
        &mut self,
        entries: &[(Node<'_>, Node<'_>)],
        known: &BTreeMap<String, Shape>,
        required: &[String],
        others: Option<&Shape>,
        owner: Span,
    ) {
        for (key, value) in entries {
            let Value::Scalar(name, _) = &key.value else {
                continue;
            };
            match known.get(name.as_ref()).or(others) {
                Some(shape) => {
                    self.within(name.to_string(), |check| check.node(value, shape, key.span))
                }
                None => self.unknown_key(name, key.span, known),
            }
        }
        let has = |wanted: &str| {
            entries
                .iter()
                .any(|(key, _)| matches!(&key.value, Value::Scalar(name, _) if name == wanted))
        };
        for missing in required.iter().filter(|wanted| !has(wanted)) {
            let place = self.here();
            let message = if place.is_empty() {
                format!("the key `{missing}` is missing")
            } else {
                format!("`{place}` needs the key `{missing}`")
            };
            let help =
                (missing == "version").then(|| "begin the file with `version: 1`".to_owned());
            self.diagnostics
                .push(Diagnostic::error(Code::MissingKey, owner, message).maybe_help(help));
        }
    }

    fn unknown_key(&mut self, name: &str, span: Span, known: &BTreeMap<String, Shape>) {
        let place = self.here();
        let message = if place.is_empty() {
            format!("a manifest has no key `{name}`")
        } else {
            format!("`{place}` has no key `{name}`")
        };
        let keys = || known.keys().map(String::as_str);
        let help = did_you_mean(name, keys()).unwrap_or_else(|| {
            let quoted: Vec<String> = keys().map(|key| format!("`{key}`")).collect();
            format!("the keys here are {}", quoted.join(", "))
        });
        self.diagnostics
            .push(Diagnostic::error(Code::UnknownKey, span, message).help(help));
    }

    fn wrong_type(&mut self, node: &Node<'_>, shape: &Shape) {
        let place = self.here();
        let subject = if place.is_empty() {
            "the manifest".to_owned()
        } else {
            format!("`{place}`")
        };
        let help = match (shape, node.plain()) {
            (Shape::Truth, Some("yes" | "Yes" | "on" | "On" | "y")) => Some("write `true`"),
            (Shape::Truth, Some("no" | "No" | "off" | "Off" | "n")) => Some("write `false`"),
            (Shape::List(_), Some(text)) if !text.is_empty() => Some("put it in brackets: `[…]`"),
            _ => None,
        };
        self.diagnostics.push(
            Diagnostic::error(
                Code::WrongType,
                node.span,
                format!("{subject} must be {}, not {}", shape.name(), node.kind()),
            )
            .maybe_help(help.map(str::to_owned)),
        );
    }

    fn within(&mut self, step: String, inner: impl FnOnce(&mut Self)) {
        self.path.push(step);
        inner(self);
        self.path.pop();
    }

    fn here(&self) -> String {
        self.path.join(".").replace(".[", "[")
    }
}

fn one_of(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}
