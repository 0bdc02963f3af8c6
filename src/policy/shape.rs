//! The types of what a rule can name: those of the input, from its own JSON Schema.

use std::{collections::BTreeMap, sync::LazyLock};

use serde_json::Value;

use super::Input;

/// What is known of a value before a rule is evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Truth,
    /// A whole number, or one with a fraction.
    Number,
    Text,
    Moment,
    /// A length of time.
    Length,
    /// A list of these.
    List(Box<Self>),
    /// A map from texts to these.
    Map(Box<Self>),
    /// A structure, by its name in [`Shapes`].
    Structure(String),
    /// Anything: nothing is known of it.
    Any,
}

/// The variables that a rule can name, and the structures that they are made of.
#[derive(Debug)]
pub(super) struct Shapes {
    pub(super) variables: BTreeMap<String, Type>,
    structures: BTreeMap<String, BTreeMap<String, Type>>,
}

impl Shapes {
    /// Those of the input.
    pub(super) fn of_input() -> &'static Self {
        static SHAPES: LazyLock<Shapes> = LazyLock::new(|| Shapes::of(&Input::json_schema()));
        &SHAPES
    }

    fn of(schema: &Value) -> Self {
        let mut variables = fields(schema);
        // What says which document this is, is for who reads it.
        variables.remove("format_version");
        variables.remove("kind");
        variables.insert("time".to_owned(), Type::Moment);
        let structures = schema["$defs"].as_object().into_iter().flatten();
        Self {
            variables,
            structures: structures
                .map(|(name, schema)| (name.clone(), fields(schema)))
                .collect(),
        }
    }

    /// The fields of a structure.
    pub(super) fn fields(&self, name: &str) -> Option<&BTreeMap<String, Type>> {
        self.structures.get(name)
    }
}

impl Type {
    /// What people call it.
    pub(super) fn noun(&self) -> &'static str {
        match self {
            Self::Truth => "true or false",
            Self::Number => "a number",
            Self::Text => "a text",
            Self::Moment => "a moment",
            Self::Length => "a length of time",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
            Self::Structure(_) => "a structure",
            Self::Any => "anything",
        }
    }
}

fn fields(schema: &Value) -> BTreeMap<String, Type> {
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties
        .map(|(name, schema)| (name.clone(), type_of(schema)))
        .collect()
}

fn type_of(schema: &Value) -> Type {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap_or_default();
        return Type::Structure(name.to_owned());
    }
    let kinds = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        kind => kind.as_str().into_iter().collect::<Vec<_>>(),
    };
    match kinds.first() {
        Some(&"boolean") => Type::Truth,
        Some(&("integer" | "number")) => Type::Number,
        Some(&"string") => Type::Text,
        Some(&"array") => Type::List(Box::new(type_of(&schema["items"]))),
        Some(&"object") => Type::Map(Box::new(type_of(&schema["additionalProperties"]))),
        _ => Type::Any,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_of_the_input_has_a_type() {
        let shapes = Shapes::of_input();
        let variables: Vec<_> = shapes.variables.keys().map(String::as_str).collect();
        let expected = [
            "blast_radius",
            "change",
            "counts",
            "coverage",
            "declared",
            "environment",
            "operations",
            "time",
            "webhooks",
        ];
        assert_eq!(variables, expected);
        let all = shapes.structures.values().chain([&shapes.variables]);
        for (name, found) in all.flatten() {
            assert_ne!(*found, Type::Any, "{name}");
            let inner = match found {
                Type::List(inner) | Type::Map(inner) => inner,
                found => found,
            };
            if let Type::Structure(structure) = inner {
                assert!(shapes.fields(structure).is_some(), "{name}: {structure}");
            }
        }
    }
}
