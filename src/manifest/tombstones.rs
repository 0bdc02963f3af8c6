//! Tombstones into a manifest's text, of which nothing else changes.

use yaml_parser::{SyntaxKind, SyntaxNode};

use super::{
    Document, Offline,
    layout::is_plain,
    yaml::{self, Node, Value},
};
use crate::diagnostic::{Source, SourceId, Sources};

/// A tombstone to add: a name, and a comment behind it.
#[derive(Clone, Debug)]
pub struct Tombstone {
    /// The name.
    pub name: String,
    /// Why; one line, may be empty.
    pub comment: String,
}

/// Whether a name can be a tombstone: a manifest with it is valid, and has this very name.
pub fn can_be_tombstone(name: &str) -> bool {
    let tombstone = Tombstone {
        name: name.to_owned(),
        comment: String::new(),
    };
    let mut sources = Sources::default();
    sources.add(Source::new(
        "",
        format!("version: 1\n{}", tombstones(&[tombstone])),
    ));
    let document = Document::read(&sources);
    !document.check(&[], &Offline, &sources).has_errors()
        && document
            .removed
            .iter()
            .map(|name| name.value.as_str())
            .eq([name])
}

/// The tombstones as a section of their own.
pub fn tombstones(all: &[Tombstone]) -> String {
    let mut section = "removed:\n".to_owned();
    all.iter().for_each(|one| section.push_str(&line(one, 2)));
    section
}

/// Adds tombstones to the text of a manifest: behind those that are there, or at its end. `None` where
/// the text is such that this cannot be done without touching anything else.
pub fn add_tombstones(text: &str, all: &[Tombstone]) -> Option<String> {
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let root = yaml_parser::parse(text).ok()?;
    let mut entries = root
        .descendants()
        .find(|node| node.kind() == SyntaxKind::BLOCK_MAP)?
        .children()
        .filter(|node| node.kind() == SyntaxKind::BLOCK_MAP_ENTRY);
    let section = entries.find(|entry| key(entry).as_deref() == Some("removed"));
    let (at, added) = match section {
        Some(section) => {
            let list = section
                .descendants()
                .find(|node| node.kind() == SyntaxKind::BLOCK_SEQ)?;
            let start = usize::from(list.text_range().start());
            let indent = start - text[..start].rfind('\n')? - 1;
            let end = usize::from(list.text_range().end());
            let end = end
                + text[end..]
                    .find('\n')
                    .map_or(text.len() - end, |newline| newline + 1);
            (end, all.iter().map(|one| line(one, indent)).collect())
        }
        None => (text.len(), format!("\n{}", tombstones(all))),
    };
    let mut result = text[..at].to_owned();
    if !result.ends_with('\n') {
        result.push_str(newline);
    }
    result.push_str(&added.replace('\n', newline));
    result.push_str(&text[at..]);
    is_as_meant(text, &result, all).then_some(result)
}

fn key(entry: &SyntaxNode) -> Option<String> {
    let key = entry
        .children()
        .find(|node| node.kind() == SyntaxKind::BLOCK_MAP_KEY)?;
    Some(key.text().to_string().trim_matches(['"', '\'']).to_owned())
}

/// A line of the list. JSON's quotes are YAML's, too.
fn line(tombstone: &Tombstone, indent: usize) -> String {
    let Tombstone { name, comment } = tombstone;
    let name = match is_plain(name, false) {
        true => name.clone(),
        false => serde_json::Value::from(name.as_str()).to_string(),
    };
    let comment: String = comment.chars().filter(|c| !c.is_control()).collect();
    let behind = match comment.is_empty() {
        true => String::new(),
        false => format!("  # {comment}"),
    };
    format!("{}- {name}{behind}\n", " ".repeat(indent))
}

/// Whether the new text says what the old one says, and these tombstones.
fn is_as_meant(before: &str, after: &str, all: &[Tombstone]) -> bool {
    let (Some((mut before, mut removed)), Some((after, now))) = (read(before), read(after)) else {
        return false;
    };
    removed.extend(all.iter().map(|one| one.name.clone()));
    before.sort_unstable();
    let mut after = after;
    after.sort_unstable();
    before == after && removed == now
}

/// Everything that a text says but tombstones, and the tombstones.
fn read(text: &str) -> Option<(Vec<String>, Vec<String>)> {
    let parsed = yaml::parse(SourceId::default(), text);
    let root = parsed.root.filter(|_| parsed.diagnostics.is_empty())?;
    let Value::Map(entries) = root.value else {
        return None;
    };
    let (mut others, mut removed) = (Vec::new(), Vec::new());
    for (key, value) in entries {
        match (key.scalar(), &value.value) {
            (Some("removed"), Value::List(items)) => {
                removed.extend(items.iter().filter_map(Node::text).map(str::to_owned));
            }
            _ => others.push(said(&key) + &said(&value)),
        }
    }
    Some((others, removed))
}

/// What a node says, as text that no other node gives.
fn said(node: &Node<'_>) -> String {
    match &node.value {
        Value::List(items) => format!("[{}]", items.iter().map(said).collect::<String>()),
        Value::Map(entries) => {
            let entries = entries.iter().map(|(key, value)| said(key) + &said(value));
            format!("{{{}}}", entries.collect::<String>())
        }
        _ => format!("{}{:?}", node.kind(), node.scalar()),
    }
}
