//! Forms: names with brackets, as both spellings of a list and of a map have them.

use std::collections::BTreeMap;

use super::refusal::Refusal;

/// A value of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Text(String),
    List(Vec<String>),
    Map(BTreeMap<String, String>),
}

/// The fields of a form by their names.
pub(super) type Form = BTreeMap<String, Field>;

/// Where a part of a form belongs.
enum Place<'p> {
    Whole,
    /// `name[]`: at the end of the list.
    End,
    /// `name[0]`: there in the list.
    Index(usize),
    /// `name[key]`: under that key of the map.
    Key(&'p str),
}

/// Reads a form.
///
/// # Errors
///
/// Names that say two different things of one field, or a list with gaps.
pub(super) fn read(text: &[u8]) -> Result<Form, Refusal> {
    let mut form = Form::new();
    for (name, value) in url::form_urlencoded::parse(text) {
        let (field, place) = split(&name).ok_or_else(|| Refusal::unknown(&name))?;
        let is_list = matches!(place, Place::End | Place::Index(_));
        let entry = form.entry(field.to_owned()).or_insert_with(|| match place {
            Place::Whole => Field::Text(String::new()),
            Place::Key(_) => Field::Map(BTreeMap::new()),
            Place::End | Place::Index(_) => Field::List(Vec::new()),
        });
        match (entry, place) {
            (Field::Text(text), Place::Whole) => *text = value.into_owned(),
            (Field::List(list), Place::End) => list.push(value.into_owned()),
            (Field::List(list), Place::Index(index)) if index == list.len() => {
                list.push(value.into_owned());
            }
            (Field::Map(map), Place::Key(key)) => {
                map.insert(key.to_owned(), value.into_owned());
            }
            _ if is_list => return Err(Refusal::invalid(field, "Invalid array")),
            _ => return Err(Refusal::invalid(field, "Invalid object")),
        }
    }
    Ok(form)
}

fn split(name: &str) -> Option<(&str, Place<'_>)> {
    let Some((field, rest)) = name.split_once('[') else {
        return Some((name, Place::Whole));
    };
    let inner = rest.strip_suffix(']')?;
    if field.is_empty() || inner.contains(['[', ']']) {
        return None;
    }
    let place = match inner {
        "" => Place::End,
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            Place::Index(digits.parse().ok()?)
        }
        key => Place::Key(key),
    };
    Some((field, place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_in_both_spellings() {
        let list = |items: &[&str]| Field::List(items.iter().map(|&it| it.to_owned()).collect());
        for text in ["a[]=x&a[]=y", "a[0]=x&a[1]=y", "a%5B0%5D=x&a%5B1%5D=y"] {
            let form = read(text.as_bytes()).unwrap();
            assert_eq!(form["a"], list(&["x", "y"]), "{text}");
        }
        let form = read(b"m[k]=v&m[l]=&t=1").unwrap();
        let map = [("k", "v"), ("l", "")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(form["m"], Field::Map(BTreeMap::from(map)));
        assert_eq!(form["t"], Field::Text("1".to_owned()));
        for text in [
            "a[1]=x",
            "a=x&a[0]=y",
            "a[0=x",
            "[]=x",
            "a[b][c]=x",
            "a[b]=x&a[]=y",
        ] {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
    }
}
