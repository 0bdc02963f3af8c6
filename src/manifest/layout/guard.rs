//! Whether formatting lost anything.

use yaml_parser::{SyntaxKind, SyntaxNode};

use crate::{
    diagnostic::{Code, Diagnostic, Source, SourceId, Sources},
    manifest::{
        Document, Offline,
        yaml::{self, Node, Value},
    },
};

/// Whether two texts mean the same.
///
/// # Errors
///
/// What is not the same in the second.
pub(super) fn same(before: &str, after: &str) -> Result<(), &'static str> {
    let (Some(before_tree), Some(after_tree)) = (tree(before), tree(after)) else {
        return Err("it could not be read any more");
    };
    if !means(&before_tree, &after_tree) {
        return Err("it would have meant something else");
    }
    if findings(before) != findings(after) {
        return Err("a `# hookwright: ignore` would have come to stand for another line");
    }
    Ok(())
}

/// Whether two texts have the same comments, whatever their order.
///
/// # Errors
///
/// That they have not.
pub(super) fn same_comments(before: &str, after: &str) -> Result<(), &'static str> {
    match comments(before) == comments(after) {
        true => Ok(()),
        false => Err("a comment would have been lost"),
    }
}

fn tree(text: &str) -> Option<Node<'_>> {
    let parsed = yaml::parse(SourceId::default(), text);
    parsed.root.filter(|_| parsed.diagnostics.is_empty())
}

/// Whether two trees are the same but for the order of keys. Aliases and `<<` are resolved in both.
fn means(one: &Node<'_>, other: &Node<'_>) -> bool {
    match (&one.value, &other.value) {
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| means(one, other))
        }
        (Value::Map(one), Value::Map(other)) => {
            let (one, other) = (sorted(one), sorted(other));
            one.len() == other.len()
                && one.iter().zip(other).all(|((key, value), (same, other))| {
                    key.scalar() == same.scalar() && means(value, other)
                })
        }
        _ => one.scalar().is_some() && one.scalar() == other.scalar() && kind(one) == kind(other),
    }
}

fn sorted<'n, 's>(entries: &'n [(Node<'s>, Node<'s>)]) -> Vec<&'n (Node<'s>, Node<'s>)> {
    let mut entries: Vec<_> = entries.iter().collect();
    entries.sort_by_key(|(key, _)| key.scalar());
    entries
}

/// What a scalar is: its text in quotes can be something else.
fn kind(scalar: &Node<'_>) -> (&'static str, bool) {
    let number = scalar
        .plain()
        .is_some_and(|text| text.parse::<f64>().is_ok());
    (scalar.kind(), number)
}

/// The comments, sorted.
fn comments(text: &str) -> Option<Vec<String>> {
    let root: SyntaxNode = yaml_parser::parse(text).ok()?;
    let tokens = root
        .descendants_with_tokens()
        .filter_map(|element| element.into_token());
    let mut comments: Vec<String> = tokens
        .filter(|token| token.kind() == SyntaxKind::COMMENT)
        .map(|token| token.text().trim_end().to_owned())
        .collect();
    comments.sort_unstable();
    Some(comments)
}

/// What is found in a manifest, whatever the place.
fn findings(text: &str) -> Vec<(Code, String)> {
    let mut sources = Sources::default();
    sources.add(Source::new("", text));
    let document = Document::read(&sources);
    let environments: Vec<_> = document.environments().collect();
    let found = document
        .check(&environments, &Offline, &sources)
        .diagnostics;
    let said = |one: Diagnostic| (one.code, one.message);
    let mut findings: Vec<_> = found.into_iter().map(said).collect();
    findings.sort();
    findings
}
