//! What receivers do to a body before they verify it, without meaning to.

use serde_json::Value;

use crate::json;

/// How a body was changed after it was signed: what receivers do without meaning to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyChange {
    /// A newline was added at the end, as editors and `echo` do.
    NewlineAdded,
    /// The newline at the end was removed, as `$(…)` does.
    NewlineRemoved,
    /// A byte order mark was added.
    ByteOrderMark,
    /// LF became CRLF.
    CarriageReturns,
    /// Its JSON was parsed and written again, without spaces before.
    WrittenWide,
    /// Its JSON was parsed and written again, with spaces before.
    WrittenCompactly,
}

impl BodyChange {
    pub(super) const ALL: [Self; 6] = [
        Self::NewlineAdded,
        Self::NewlineRemoved,
        Self::ByteOrderMark,
        Self::CarriageReturns,
        Self::WrittenWide,
        Self::WrittenCompactly,
    ];

    /// The body as it was before this change.
    pub(super) fn undone(self, body: &[u8]) -> Vec<u8> {
        match self {
            Self::NewlineAdded => body
                .strip_suffix(b"\n")
                .map_or(body, |rest| rest.strip_suffix(b"\r").unwrap_or(rest))
                .to_vec(),
            Self::NewlineRemoved => [body, b"\n"].concat(),
            Self::ByteOrderMark => body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).to_vec(),
            Self::CarriageReturns => {
                let follows = |at: usize| body.get(at + 1) == Some(&b'\n');
                let kept = body.iter().enumerate();
                kept.filter(|(at, byte)| **byte != b'\r' || !follows(*at))
                    .map(|(_, byte)| *byte)
                    .collect()
            }
            Self::WrittenWide => compact(body),
            Self::WrittenCompactly => wide(body),
        }
    }
}

impl std::fmt::Display for BodyChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NewlineAdded => "a newline was added at its end",
            Self::NewlineRemoved => "the newline at its end was removed",
            Self::ByteOrderMark => "a byte order mark was added",
            Self::CarriageReturns => "its line ends were changed",
            Self::WrittenWide | Self::WrittenCompactly => "its JSON was parsed and written again",
        })
    }
}

/// The same JSON without spaces; what is no JSON stays as it is.
fn compact(body: &[u8]) -> Vec<u8> {
    parsed(body).map_or_else(|| body.to_vec(), |value| value.to_string().into_bytes())
}

/// The same JSON with spaces where Python's `json.dumps` has them; what is no JSON stays as it is.
fn wide(body: &[u8]) -> Vec<u8> {
    let Some(value) = parsed(body) else {
        return body.to_vec();
    };
    let mut text = String::with_capacity(body.len() * 2);
    write_wide(&value, &mut text);
    text.into_bytes()
}

fn parsed(body: &[u8]) -> Option<Value> {
    json::read(body).ok()
}

fn write_wide(value: &Value, text: &mut String) {
    match value {
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { ", " });
                write_wide(item, text);
            }
            text.push(']');
        }
        Value::Object(fields) => {
            text.push('{');
            for (index, (name, field)) in fields.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { ", " });
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push_str(": ");
                write_wide(field, text);
            }
            text.push('}');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}
