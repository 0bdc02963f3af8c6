//! `${env:…}`, `${var:…}` and `${file:…}` in texts.

use crate::diagnostic::quoted;

/// A part of a text, with its place in it in bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part<'t> {
    pub(crate) offset: usize,
    pub(crate) length: usize,
    pub(crate) kind: PartKind<'t>,
}

/// What a part stands for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PartKind<'t> {
    Literal(&'t str),
    Env {
        name: &'t str,
        default: Option<&'t str>,
    },
    Var(&'t str),
    File(&'t str),
}

/// Why a text is not well formed, with the place in it in bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) offset: usize,
    pub(crate) length: usize,
    pub(crate) message: String,
    pub(crate) help: String,
}

/// Takes a text apart.
pub(crate) fn parts(text: &str) -> Result<Vec<Part<'_>>, Fault> {
    let mut parts = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let (length, kind) = if rest.starts_with("$${") {
            (3, PartKind::Literal(&rest[1..3]))
        } else if let Some(inner) = rest.strip_prefix("${") {
            let Some(end) = inner.find('}') else {
                return Err(Fault {
                    offset: at,
                    length: rest.len(),
                    message: "this `${` is never closed".to_owned(),
                    help: "close it with `}`, or write `$${` for a literal `${`".to_owned(),
                });
            };
            let length = end + 3;
            (
                length,
                reference(&inner[..end]).map_err(|(message, help)| Fault {
                    offset: at,
                    length,
                    message,
                    help,
                })?,
            )
        } else {
            let first = rest.chars().next().map_or(1, char::len_utf8);
            let next = rest[first..]
                .find('$')
                .map_or(rest.len(), |found| found + first);
            (next, PartKind::Literal(&rest[..next]))
        };
        parts.push(Part {
            offset: at,
            length,
            kind,
        });
        at += length;
    }
    Ok(parts)
}

fn reference(inner: &str) -> Result<PartKind<'_>, (String, String)> {
    let forms = "`${env:NAME}`, `${env:NAME:-default}`, `${var:NAME}` or `${file:PATH}`";
    let Some((kind, rest)) = inner.split_once(':') else {
        return Err((
            format!(
                "{} does not say what it refers to",
                quoted(&format!("${{{inner}}}"))
            ),
            format!("write {forms}; `$${{` for a literal `${{`"),
        ));
    };
    let named = |name: &str| {
        if name.is_empty() {
            Err((
                format!("{} has no name", quoted(&format!("${{{inner}}}"))),
                format!("write {forms}"),
            ))
        } else {
            Ok(())
        }
    };
    match kind {
        "env" => {
            let (name, default) = match rest.split_once(":-") {
                Some((name, default)) => (name, Some(default)),
                None => (rest, None),
            };
            named(name).map(|()| PartKind::Env { name, default })
        }
        "var" => named(rest).map(|()| PartKind::Var(rest)),
        "file" => named(rest).map(|()| PartKind::File(rest)),
        other => Err((
            format!("{} is no kind of reference", quoted(other)),
            format!("write {forms}"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<PartKind<'_>> {
        parts(text)
            .unwrap()
            .into_iter()
            .map(|part| part.kind)
            .collect()
    }

    #[test]
    fn text_is_taken_apart() {
        assert_eq!(
            kinds("https://${var:host}/$${x}?$a=${env:A:-b:-c}${file:/run/x}"),
            [
                PartKind::Literal("https://"),
                PartKind::Var("host"),
                PartKind::Literal("/"),
                PartKind::Literal("${"),
                PartKind::Literal("x}?"),
                PartKind::Literal("$a="),
                PartKind::Env {
                    name: "A",
                    default: Some("b:-c")
                },
                PartKind::File("/run/x"),
            ]
        );
        assert!(kinds("").is_empty());
        assert_eq!(
            kinds("é$"),
            [PartKind::Literal("é"), PartKind::Literal("$")]
        );
    }

    #[test]
    fn parts_cover_the_whole_text() {
        let text = "a${var:b}$$c$${d}é${env:E}";
        let covered: usize = parts(text).unwrap().iter().map(|part| part.length).sum();
        assert_eq!(covered, text.len());
    }

    #[test]
    fn faults_say_what_would_be_right() {
        for (text, offset, message) in [
            ("a${env:B", 1, "this `${` is never closed"),
            ("${HOME}", 0, "`${HOME}` does not say what it refers to"),
            ("${env:}", 0, "`${env:}` has no name"),
            ("${vault:x}", 0, "`vault` is no kind of reference"),
        ] {
            let fault = parts(text).unwrap_err();
            assert_eq!((fault.offset, fault.message.as_str()), (offset, message));
        }
    }
}
