//! The canonical order of keys: that of the schema's types.

use std::sync::LazyLock;

use serde_json::Value as Json;

use crate::manifest::schema;

/// The keys that a mapping has, in order, and what stands below each.
#[derive(Debug, Default)]
pub(super) struct Keys {
    known: Vec<(String, Self)>,
    /// What stands below keys that the author chose.
    others: Option<Box<Self>>,
}

impl Keys {
    /// The keys of a manifest.
    pub(super) fn manifest() -> &'static Self {
        static KEYS: LazyLock<Keys> = LazyLock::new(|| {
            let schema = schema::json_schema();
            Keys::read(schema.as_value(), schema.as_value())
        });
        &KEYS
    }

    fn read(schema: &Json, root: &Json) -> Self {
        if let Some(name) = schema["$ref"]
            .as_str()
            .and_then(|path| path.strip_prefix("#/$defs/"))
        {
            return Self::read(&root["$defs"][name], root);
        }
        if let Some(any) = schema["anyOf"].as_array() {
            // Of several shapes of one value, at most one is a mapping.
            let mut all = any.iter().map(|one| Self::read(one, root));
            return all.find(|one| !one.is_empty()).unwrap_or_default();
        }
        let below = |value| Self::read(value, root);
        let known = schema["properties"].as_object().into_iter().flatten();
        let others = &schema["additionalProperties"];
        Self {
            known: known
                .map(|(key, value)| (key.clone(), below(value)))
                .collect(),
            others: others.is_object().then(|| Box::new(below(others))),
        }
    }

    fn is_empty(&self) -> bool {
        self.known.is_empty() && self.others.is_none()
    }

    /// Whether the keys have an order that is not the author's.
    pub(super) fn are_ordered(&self) -> bool {
        !self.known.is_empty()
    }

    /// The place of a key; keys that the schema does not know stand last.
    pub(super) fn place(&self, key: &str) -> usize {
        let place = self.known.iter().position(|(known, _)| known == key);
        place.unwrap_or(self.known.len())
    }

    /// What stands below a key.
    pub(super) fn below(&self, key: &str) -> Option<&Self> {
        let known = self.known.iter().find(|(known, _)| known == key);
        known.map(|(_, below)| below).or(self.others.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_the_schema_in_its_order() {
        let manifest = Keys::manifest();
        let sections: Vec<&str> = manifest.known.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(sections[..2], ["version", "environments"]);
        let sandbox = manifest
            .below("environments")
            .unwrap()
            .below("sandbox")
            .unwrap();
        assert!(sandbox.place("provider") < sandbox.place("credentials"));
        assert!(sandbox.place("limits") < sandbox.place("unknown"));
        assert!(!sandbox.below("vars").unwrap().are_ordered());
        let placement = manifest.below("webhooks").unwrap().below("loans").unwrap();
        let prod = placement
            .below("environments")
            .unwrap()
            .below("prod")
            .unwrap();
        assert!(prod.place("name") < prod.place("events"));
    }
}
