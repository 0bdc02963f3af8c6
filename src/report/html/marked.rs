//! Markup whose texts are escaped.

use std::fmt;

use askama::filters::{Html, HtmlSafe, escape};

/// Markup that a template shows as it is: every text in it was escaped where it was made.
#[derive(Debug)]
pub(super) struct Marked(String);

impl fmt::Display for Marked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Marked {}

impl Marked {
    /// A text, escaped.
    pub(super) fn text(text: &str) -> Self {
        let Ok(text) = escape(text, Html);
        Self(text.to_string())
    }

    /// A text, escaped, in the element that marks it.
    pub(super) fn within(element: &'static str, text: &str) -> Self {
        let text = Self::text(text);
        Self(format!("<{element}>{text}</{element}>"))
    }

    /// A sentence: what stands in backticks is code.
    pub(super) fn sentence(text: &str) -> Self {
        let mut parts = vec![];
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('`') {
            let Some((code, after)) = after.split_once('`').filter(|(code, _)| !code.is_empty())
            else {
                break;
            };
            parts.extend([Self::text(before), Self::within("code", code)]);
            rest = after;
        }
        parts.push(Self::text(rest));
        Self::joined(parts)
    }

    /// An item of a list that only one side has: a sign for those who do not see colours, a word for those who do not see.
    pub(super) fn changed_item(element: &'static str, sign: char, word: &str, text: &str) -> Self {
        let text = Self::within(element, text);
        Self(format!(
            "<span aria-hidden=\"true\">{sign} </span><span class=\"unseen\">{word}: </span>{text}"
        ))
    }

    fn joined(parts: Vec<Self>) -> Self {
        Self(parts.into_iter().map(|Self(markup)| markup).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_backticks_is_code_and_nothing_else_is_markup() {
        for (text, markup) in [
            ("set `prune: true`.", "set <code>prune: true</code>."),
            ("`a` and `b`", "<code>a</code> and <code>b</code>"),
            ("`<b>`", "<code>&#60;b&#62;</code>"),
            ("a ` alone", "a ` alone"),
            ("`` empty", "`` empty"),
            ("<i>", "&#60;i&#62;"),
        ] {
            assert_eq!(Marked::sentence(text).to_string(), markup);
        }
    }
}
