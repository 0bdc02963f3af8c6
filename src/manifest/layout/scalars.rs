//! What can be settled without moving lines: quotes, the order of keys in braces, and comments at the
//! ends of lines, which are put aside.

use yaml_parser::{SyntaxElement, SyntaxKind, SyntaxNode, SyntaxToken};

use super::{
    comments::Aside,
    order::{Entry, Mentions, order},
};
use crate::manifest::shape::Shape;

/// Rewrites the tree's text. Comments at the ends of lines go to `aside`.
pub(super) fn rewrite(root: &SyntaxNode, aside: &mut Aside<'_>) -> String {
    let mut rewriter = Rewriter {
        mentions: Mentions::of(root),
        aside,
        out: String::with_capacity(usize::from(root.text_range().len())),
    };
    rewriter.node(root, Some(Shape::manifest()));
    rewriter.out
}

struct Rewriter<'a, 't> {
    mentions: Mentions,
    aside: &'a mut Aside<'t>,
    out: String,
}

impl Rewriter<'_, '_> {
    fn node(&mut self, node: &SyntaxNode, keys: Option<&Shape>) {
        match node.kind() {
            SyntaxKind::FLOW_MAP_ENTRIES => return self.in_braces(node, keys),
            SyntaxKind::BLOCK_SEQ | SyntaxKind::FLOW_SEQ => return self.children(node, None),
            SyntaxKind::BLOCK_MAP_ENTRY | SyntaxKind::FLOW_MAP_ENTRY => {
                let below = key(node).and_then(|key| keys?.below_key(&key));
                return self.children(node, below);
            }
            _ => {}
        }
        self.children(node, keys);
    }

    fn children(&mut self, node: &SyntaxNode, keys: Option<&Shape>) {
        for child in node.children_with_tokens() {
            match child {
                SyntaxElement::Node(node) => self.node(&node, keys),
                SyntaxElement::Token(token) => self.token(&token),
            }
        }
    }

    fn token(&mut self, token: &SyntaxToken) {
        let text = token.text();
        match token.kind() {
            SyntaxKind::COMMENT => {
                let line = self.out.rfind('\n').map_or(0, |newline| newline + 1);
                if self.out[line..].trim().is_empty() {
                    self.out.push_str(text);
                } else {
                    let column = token.text_range().start().into();
                    self.out.push_str(&self.aside.put(text, column));
                }
            }
            SyntaxKind::DOUBLE_QUOTED_SCALAR | SyntaxKind::SINGLE_QUOTED_SCALAR => {
                self.out.push_str(unquoted(token).unwrap_or(text));
            }
            _ => self.out.push_str(text),
        }
    }

    /// Entries in braces change places among themselves; what separates them stays. A comment could be
    /// about either neighbour, so where there is one, nothing moves.
    fn in_braces(&mut self, node: &SyntaxNode, keys: Option<&Shape>) {
        let has_comment = node
            .descendants_with_tokens()
            .any(|element| element.kind() == SyntaxKind::COMMENT);
        let entries: Vec<SyntaxNode> = node
            .children()
            .filter(|child| child.kind() == SyntaxKind::FLOW_MAP_ENTRY)
            .collect();
        let ordered = keys.map_or(&[][..], Shape::ordered_keys);
        let order = match ordered.is_empty() || has_comment {
            true => (0..entries.len()).collect(),
            false => order(&placed(&entries, ordered), &self.mentions),
        };
        let mut order = order.into_iter();
        for child in node.children_with_tokens() {
            match child {
                SyntaxElement::Node(child) if child.kind() == SyntaxKind::FLOW_MAP_ENTRY => {
                    let entry = order.next().map_or(&child, |index| &entries[index]);
                    self.node(entry, keys);
                }
                SyntaxElement::Node(child) => self.node(&child, keys),
                SyntaxElement::Token(token) => self.token(&token),
            }
        }
    }
}

/// Entries as ordering sees them. Keys that the schema does not know stand last.
pub(super) fn placed(entries: &[SyntaxNode], keys: &[String]) -> Vec<Entry> {
    entries
        .iter()
        .map(|entry| {
            let key = key(entry);
            let range = entry.text_range();
            let place = keys.iter().position(|known| Some(known) == key.as_ref());
            Entry {
                place: (key.as_deref() != Some("<<")).then(|| place.unwrap_or(keys.len())),
                range: range.start().into()..range.end().into(),
            }
        })
        .collect()
}

/// The text of an entry's key, where it is a scalar on one line without escapes.
pub(super) fn key(entry: &SyntaxNode) -> Option<String> {
    let is_key = |kind| matches!(kind, SyntaxKind::BLOCK_MAP_KEY | SyntaxKind::FLOW_MAP_KEY);
    let key = entry.children().find(|child| is_key(child.kind()))?;
    let mut tokens = key
        .descendants_with_tokens()
        .filter_map(SyntaxElement::into_token);
    let token = tokens.find(|token| {
        matches!(
            token.kind(),
            SyntaxKind::PLAIN_SCALAR
                | SyntaxKind::SINGLE_QUOTED_SCALAR
                | SyntaxKind::DOUBLE_QUOTED_SCALAR
        )
    })?;
    Some(token.text().trim_matches(['"', '\'']).to_owned())
}

/// The text in the quotes, where it means the same without them to every reader of YAML 1.1 and 1.2.
fn unquoted(token: &SyntaxToken) -> Option<&str> {
    let text = token.text();
    let inner = text.get(1..text.len().checked_sub(1)?)?;
    let flow = token
        .parent_ancestors()
        .any(|node| matches!(node.kind(), SyntaxKind::FLOW_MAP | SyntaxKind::FLOW_SEQ));
    // In braces, a quoted key may have its value right behind the colon.
    let next = token.parent().and_then(|node| {
        let mut at = node.last_token()?;
        loop {
            at = at.next_token()?;
            if at.kind() == SyntaxKind::COLON {
                break at.next_token();
            }
            if at.kind() != SyntaxKind::WHITESPACE {
                break None;
            }
        }
    });
    let touches = next.is_some_and(|next| next.kind() != SyntaxKind::WHITESPACE);
    (is_plain(inner, flow) && !touches).then_some(inner)
}

/// Whether a text can stand without quotes, whoever reads it.
pub(in crate::manifest) fn is_plain(text: &str, flow: bool) -> bool {
    let begins = |c: char| c.is_ascii_alphabetic() || "/_$".contains(c);
    let holds = |c: char| {
        c.is_ascii_alphanumeric() || "/_$-.:+=~%@?&".contains(c) || (!flow && "{}".contains(c))
    };
    // Words of YAML 1.1 and 1.2 that are not text.
    let is_word = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word));
    text.starts_with(begins) && text.chars().all(holds) && !text.ends_with(':') && !is_word
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn text_that_could_be_something_else_keeps_its_quotes() {
        for text in [
            "",
            "no",
            "On",
            "NULL",
            "y",
            "~",
            "1",
            "0x1f",
            "1_000",
            "1:30",
            "2026-01-02",
            ".5",
            "-x",
            "+1",
            "<<",
            "=",
            "a: b",
            "a:",
            "a #b",
            "*x",
            "&x",
            "!x",
            "a, b",
            "a b",
            "x*",
            "[x]",
            "'x'",
            "a\\b",
            "\u{e9}",
        ] {
            assert!(!is_plain(text, false), "{text}");
        }
        for text in [
            "order-created",
            "https://h.example.com/a?b=c&d",
            "group:orders",
            "north",
        ] {
            assert!(is_plain(text, true), "{text}");
        }
        assert!(is_plain("${env:NAME}", false));
        assert!(!is_plain("${env:NAME}", true));
    }
}
