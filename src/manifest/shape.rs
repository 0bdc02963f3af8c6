//! What the schema allows at each place, read from the generated JSON Schema.
//!
//! The shape is taken from the schema, so the check of a file and the schema for editors cannot
//! differ.

use std::{collections::BTreeMap, sync::LazyLock};

use serde_json::Value as Json;

use super::{
    schema,
    yaml::{Node, Value},
};
use crate::diagnostic::listed;

/// What is allowed at one place.
#[derive(Debug)]
pub(super) enum Shape {
    Text,
    Words(Vec<String>),
    Truth,
    Whole,
    Number,
    Null,
    List(Box<Self>),
    Map {
        known: BTreeMap<String, Self>,
        /// The same keys in the schema's order.
        order: Vec<String>,
        required: Vec<String>,
        others: Option<Box<Self>>,
        /// What stands in place of some of `known`, by what another key says.
        variants: Vec<Variant>,
    },
    AnyOf(Vec<Self>),
}

/// The texts of a list.
fn texts(list: &Json) -> Vec<String> {
    let texts = list.as_array().into_iter().flatten();
    texts.filter_map(Json::as_str).map(str::to_owned).collect()
}

/// What keys mean where another key says a certain word.
#[derive(Debug)]
pub(super) struct Variant {
    key: String,
    word: String,
    known: BTreeMap<String, Shape>,
}

impl Variant {
    /// Reads `if … then …`, as the schema's own types write it.
    fn read(schema: &Json, root: &Json) -> Option<Self> {
        let conditions = schema["if"]["properties"].as_object()?;
        let (key, condition) = conditions.iter().next()?;
        Some(Self {
            key: key.clone(),
            word: condition["const"].as_str()?.to_owned(),
            known: Shape::properties(&schema["then"], root),
        })
    }
}

impl Shape {
    /// The shape of a manifest.
    pub(super) fn manifest() -> &'static Self {
        static SHAPE: LazyLock<Shape> = LazyLock::new(|| {
            let schema = schema::json_schema();
            Shape::read(schema.as_value(), schema.as_value())
        });
        &SHAPE
    }

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
        if schema["enum"].is_array() {
            return Self::Words(texts(&schema["enum"]));
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
                known: Self::properties(schema, root),
                order: schema["properties"]
                    .as_object()
                    .into_iter()
                    .flat_map(|properties| properties.keys().cloned())
                    .collect(),
                required: texts(&schema["required"]),
                others: schema["additionalProperties"]
                    .is_object()
                    .then(|| Box::new(Self::read(&schema["additionalProperties"], root))),
                variants: schema["allOf"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|variant| Variant::read(variant, root))
                    .collect(),
            },
            other => unreachable!("schemars writes no type `{other}` for the manifest's values"),
        }
    }

    fn properties(schema: &Json, root: &Json) -> BTreeMap<String, Self> {
        let properties = schema["properties"].as_object().into_iter().flatten();
        properties
            .map(|(key, value)| (key.clone(), Self::read(value, root)))
            .collect()
    }

    /// The shape of what stands below a key of a mapping of this shape that has these entries.
    pub(super) fn below(&self, key: &str, entries: &[(Node<'_>, Node<'_>)]) -> Option<&Self> {
        let Self::Map {
            known,
            others,
            variants,
            order: _,
            required: _, // Whether a key is there is another question.
        } = self
        else {
            return None;
        };
        let says = |variant: &&Variant| {
            let mut entries = entries.iter();
            let entry = entries.find(|(name, _)| name.scalar() == Some(&variant.key));
            entry.is_some_and(|(_, value)| value.scalar() == Some(&variant.word))
        };
        let mut own = variants.iter().filter(says);
        own.find_map(|variant| variant.known.get(key))
            .or_else(|| known.get(key))
            .or(others.as_deref())
    }

    /// The shape of a mapping that may stand here: of several shapes of one value, at most one is a mapping.
    fn mapping(&self) -> Option<&Self> {
        match self {
            Self::Map { .. } => Some(self),
            Self::AnyOf(all) => all.iter().find_map(Self::mapping),
            _ => None,
        }
    }

    /// The keys that a mapping here has, in their canonical order; empty where they are their author's.
    pub(super) fn ordered_keys(&self) -> &[String] {
        match self.mapping() {
            Some(Self::Map { order, .. }) => order,
            _ => &[],
        }
    }

    /// What stands below a key of a mapping here, whatever its other keys say.
    pub(super) fn below_key(&self, key: &str) -> Option<&Self> {
        self.mapping()?.below(key, &[])
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
    pub(super) fn takes(&self, node: &Node<'_>) -> bool {
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

    /// What it is, for a message.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Words(words) => listed(words.iter().map(String::as_str), "or"),
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

    /// The one shape that is left when it may also be nothing.
    pub(super) fn but_null(&self) -> &Self {
        match self {
            Self::AnyOf(all) => {
                let mut others = all.iter().filter(|one| !matches!(one, Self::Null));
                match (others.next(), others.next()) {
                    (Some(only), None) => only,
                    _ => self,
                }
            }
            _ => self,
        }
    }

    /// The keys that a mapping of this shape may have, if it has a fixed set of them.
    pub(super) fn keys(&self) -> Option<&BTreeMap<String, Self>> {
        match self {
            Self::Map { known, .. } if !known.is_empty() => Some(known),
            Self::AnyOf(all) => all.iter().find_map(Self::keys),
            _ => None,
        }
    }

    /// The shape of what a collection holds.
    pub(super) fn inner(&self) -> Option<&Self> {
        match self {
            Self::List(item) => Some(item),
            Self::Map { others, .. } => others.as_deref(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_the_schema_in_its_order() {
        let below = |keys: &[&str]| {
            let root = Some(Shape::manifest());
            let shape = keys.iter().fold(root, |shape, key| shape?.below_key(key));
            shape.unwrap().ordered_keys()
        };
        assert_eq!(below(&[])[..2], ["version", "environments"]);
        let place =
            |keys: &[String], key: &str| keys.iter().position(|known| known == key).unwrap();
        let sandbox = below(&["environments", "sandbox"]);
        assert!(place(sandbox, "provider") < place(sandbox, "credentials"));
        assert!(below(&["environments", "sandbox", "vars"]).is_empty());
        let prod = below(&["webhooks", "loans", "environments", "prod"]);
        assert!(place(prod, "name") < place(prod, "events"));
    }
}
