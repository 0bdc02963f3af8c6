//! The tree as a serde data source, and values that keep their place.

use std::{borrow::Borrow, cmp::Ordering, fmt, marker::PhantomData};

use serde::de::{self, Deserialize, DeserializeSeed, IntoDeserializer, Visitor};

use super::yaml::{Node, Value};
use crate::diagnostic::{SourceId, Span};

/// The name by which [`Spanned`] asks the deserializer for the place of a value.
const SPANNED: &str = "$hookwright::Spanned";

/// A value with its place in the manifest. Compares and orders by the value alone.
#[derive(Clone, Debug)]
pub(crate) struct Spanned<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Spanned<T> {}

impl<T: Ord> Ord for Spanned<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.value.cmp(&other.value)
    }
}

impl<T: Ord> PartialOrd for Spanned<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: Borrow<str>> Borrow<str> for Spanned<T> {
    fn borrow(&self) -> &str {
        self.value.borrow()
    }
}

impl<T: schemars::JsonSchema> schemars::JsonSchema for Spanned<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> std::borrow::Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        T::json_schema(generator)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Spanned<T> {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Parts<T> {
            type Value = Spanned<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value with its place")
            }

            fn visit_seq<A: de::SeqAccess<'de>>(
                self,
                mut parts: A,
            ) -> Result<Spanned<T>, A::Error> {
                let missing = || de::Error::custom("a value without its place");
                let source: u32 = parts.next_element()?.ok_or_else(missing)?;
                let start = parts.next_element()?.ok_or_else(missing)?;
                let end = parts.next_element()?.ok_or_else(missing)?;
                let value = parts.next_element()?.ok_or_else(missing)?;
                let span = Span {
                    source: SourceId::from(source),
                    start,
                    end,
                };
                Ok(Spanned { value, span })
            }
        }
        deserializer.deserialize_newtype_struct(SPANNED, Parts(PhantomData))
    }
}

/// Why a node is not what a type wants, and where.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Error {
    pub(crate) message: String,
    /// The innermost node that could not be taken.
    pub(crate) span: Option<Span>,
}

impl de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self {
            message: message.to_string(),
            span: None,
        }
    }
}

impl Error {
    fn at(mut self, span: Span) -> Self {
        self.span.get_or_insert(span);
        self
    }
}

/// Reads a type out of a node, and takes the node apart on the way: at no time are a large tree and
/// all that was read from it both there.
pub(crate) struct NodeDeserializer<'s> {
    pub(crate) source: SourceId,
    pub(crate) node: Node<'s>,
}

impl<'s> NodeDeserializer<'s> {
    fn collection<V: Visitor<'s>>(self, visitor: V) -> Result<V::Value, Error> {
        let source = self.source;
        let of = move |node| NodeDeserializer { source, node };
        if self.node.is_null() {
            return visitor.visit_unit();
        }
        match self.node.value {
            Value::Text(text, _) => visitor.visit_borrowed_str(text),
            Value::Made(text, _) => visitor.visit_string(text.into_string()),
            Value::List(items) => {
                let items = items.into_vec().into_iter();
                visitor.visit_seq(de::value::SeqDeserializer::new(items.map(of)))
            }
            Value::Map(entries) => {
                let entries = entries.into_vec().into_iter();
                visitor.visit_map(de::value::MapDeserializer::new(
                    entries.map(|(key, value)| (of(key), of(value))),
                ))
            }
        }
    }

    fn number<T: std::str::FromStr>(&self, what: &str) -> Result<T, Error> {
        self.node
            .plain()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| self.expected(what))
    }

    fn expected(&self, what: &str) -> Error {
        de::Error::custom(format!("expected {what}, found {}", self.node.kind()))
    }

    fn span(&self) -> Span {
        self.node.span(self.source)
    }
}

impl<'s> IntoDeserializer<'s, Error> for NodeDeserializer<'s> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'s> de::Deserializer<'s> for NodeDeserializer<'s> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'s>>(self, visitor: V) -> Result<V::Value, Error> {
        let span = self.span();
        self.collection(visitor).map_err(|e| e.at(span))
    }

    fn deserialize_bool<V: Visitor<'s>>(self, visitor: V) -> Result<V::Value, Error> {
        self.node
            .bool()
            .ok_or_else(|| self.expected("`true` or `false`"))
            .and_then(|value| visitor.visit_bool(value))
            .map_err(|e| e.at(self.span()))
    }

    fn deserialize_u32<V: Visitor<'s>>(self, visitor: V) -> Result<V::Value, Error> {
        self.number("a whole number")
            .and_then(|number| visitor.visit_u32(number))
            .map_err(|e| e.at(self.span()))
    }

    fn deserialize_f64<V: Visitor<'s>>(self, visitor: V) -> Result<V::Value, Error> {
        self.number("a number")
            .and_then(|number| visitor.visit_f64(number))
            .map_err(|e| e.at(self.span()))
    }

    fn deserialize_option<V: Visitor<'s>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.node.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'s>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        if name == SPANNED {
            visitor.visit_seq(SpannedParts {
                span: self.span(),
                node: Some(self),
                next: 0,
            })
        } else {
            visitor.visit_newtype_struct(self)
        }
    }

    fn deserialize_enum<V: Visitor<'s>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let text = self.node.text().unwrap_or_default();
        visitor
            .visit_enum(IntoDeserializer::<Error>::into_deserializer(text))
            .map_err(|e| e.at(self.span()))
    }

    serde::forward_to_deserialize_any! {
        <V: Visitor<'s>>
        i8 i16 i32 i64 i128 u8 u16 u64 u128 f32 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct map struct identifier ignored_any
    }
}

/// The parts of a [`Spanned`]: source, start, end, value.
struct SpannedParts<'s> {
    span: Span,
    node: Option<NodeDeserializer<'s>>,
    next: u8,
}

impl<'s> de::SeqAccess<'s> for SpannedParts<'s> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'s>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        self.next += 1;
        match self.next {
            1 => seed.deserialize(u32::from(self.span.source).into_deserializer()),
            2 => seed.deserialize(self.span.start.into_deserializer()),
            3 => seed.deserialize(self.span.end.into_deserializer()),
            _ => match self.node.take() {
                Some(node) => seed.deserialize(node),
                None => return Ok(None),
            },
        }
        .map(Some)
    }
}
