//! Declarations as YAML, in a file's own style.

use std::collections::BTreeMap;

use super::declare::{Declaration, Fields, Placement, Written};

/// The longest line that is written where it can be broken, in characters.
const LONGEST: usize = 100;

/// Words that a reader of YAML may take for something else than text, in 1.1 or 1.2.
const RESERVED: &[&str] = &["false", "n", "no", "null", "off", "on", "true", "y", "yes"];

/// How a file writes its webhooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Style {
    /// By how many columns what is inside stands further right.
    pub(super) indent: usize,
    /// Whether lists and overrides are written on one line where they fit.
    pub(super) flow: bool,
    /// Whether the items of a list stand further right than its key.
    pub(super) indented_lists: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            indent: 2,
            flow: true,
            indented_lists: true,
        }
    }
}

/// A webhook as lines, the first of which is its key at this margin.
pub(super) fn webhook(one: &Declaration, margin: usize, style: Style) -> String {
    let mut out = Lines {
        text: String::new(),
        style,
    };
    out.line(margin, &format!("{}:", scalar(&one.key, false)));
    let inner = margin + style.indent;
    out.fields(&one.fields, inner);
    match &one.placement {
        Placement::All => {}
        Placement::Only(names) => {
            let names: Vec<String> = names.iter().map(|name| name.to_string()).collect();
            out.list("environments", &names, inner);
        }
        Placement::Overridden(overrides) => {
            out.line(inner, "environments:");
            for (name, fields) in overrides {
                out.over(&scalar(name.as_str(), false), fields, inner + style.indent);
            }
        }
    }
    out.text
}

/// Webhooks at this margin, with a line between them.
pub(super) fn webhooks(all: &[Declaration], margin: usize) -> String {
    let all = all.iter();
    let all: Vec<String> = all
        .map(|one| webhook(one, margin, Style::default()))
        .collect();
    all.join("\n")
}

/// When a text in braces stands in quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quotes {
    /// Where it would be taken for something else.
    Needed,
    /// Always, as in JSON.
    Always,
}

impl Quotes {
    fn text(self, text: &str) -> String {
        match self {
            Self::Needed => scalar(text, true),
            Self::Always => quoted(text),
        }
    }

    fn field(self, name: &str, value: impl std::fmt::Display) -> String {
        format!("{}: {value}", self.text(name))
    }

    fn list(self, items: &[String]) -> String {
        let items: Vec<String> = items.iter().map(|item| self.text(item)).collect();
        format!("[{}]", items.join(", "))
    }

    fn fields(self, fields: &Fields) -> Vec<String> {
        let parts = fields.written().map(|(field, value)| match value {
            Written::Text(text) => self.field(field, self.text(&text)),
            Written::List(items) => self.field(field, self.list(&items)),
            Written::Flag(flag) => self.field(field, flag),
        });
        parts.collect()
    }
}

/// A webhook as one entry of a mapping in braces.
pub(super) fn webhook_in_braces(one: &Declaration, quotes: Quotes) -> String {
    let mut parts = quotes.fields(&one.fields);
    match &one.placement {
        Placement::All => {}
        Placement::Only(names) => {
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            parts.push(quotes.field("environments", quotes.list(&names)));
        }
        Placement::Overridden(overrides) => {
            let entries: Vec<String> = overrides
                .iter()
                .map(|(name, fields)| quotes.field(name.as_str(), braces(&quotes.fields(fields))))
                .collect();
            parts.push(quotes.field("environments", braces(&entries)));
        }
    }
    quotes.field(&one.key, braces(&parts))
}

/// Texts by name as a mapping below a key.
pub(super) fn mapping(
    key: &str,
    entries: &BTreeMap<String, String>,
    margin: usize,
    style: Style,
) -> String {
    let mut out = Lines {
        text: String::new(),
        style,
    };
    let flow: Vec<String> = entries
        .iter()
        .map(|(name, value)| format!("{}: {}", scalar(name, true), scalar(value, true)))
        .collect();
    let line = format!("{key}: {}", braces(&flow));
    if out.fits(margin, &line) {
        out.line(margin, &line);
    } else {
        out.line(margin, &format!("{key}:"));
        for (name, value) in entries {
            let line = format!("{}: {}", scalar(name, false), scalar(value, false));
            out.line(margin + style.indent, &line);
        }
    }
    out.text
}

struct Lines {
    text: String,
    style: Style,
}

impl Lines {
    fn line(&mut self, margin: usize, text: &str) {
        self.text.push_str(&" ".repeat(margin));
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn fits(&self, margin: usize, text: &str) -> bool {
        self.style.flow && margin + text.chars().count() <= LONGEST
    }

    fn fields(&mut self, fields: &Fields, margin: usize) {
        for (field, value) in fields.written() {
            match value {
                Written::Text(text) => {
                    self.line(margin, &format!("{field}: {}", scalar(&text, false)));
                }
                Written::List(items) => self.list(field, &items, margin),
                Written::Flag(flag) => self.line(margin, &format!("{field}: {flag}")),
            }
        }
    }

    fn list(&mut self, key: &str, items: &[String], margin: usize) {
        let line = format!("{key}: {}", Quotes::Needed.list(items));
        if self.fits(margin, &line) {
            return self.line(margin, &line);
        }
        self.line(margin, &format!("{key}:"));
        let margin = match self.style.indented_lists {
            true => margin + self.style.indent,
            false => margin,
        };
        for item in items {
            self.line(margin, &format!("- {}", scalar(item, false)));
        }
    }

    /// What one environment has otherwise.
    fn over(&mut self, name: &str, fields: &Fields, margin: usize) {
        let flow = Quotes::Needed.fields(fields);
        let line = format!("{name}: {}", braces(&flow));
        if flow.is_empty() || self.fits(margin, &line) {
            return self.line(margin, &line);
        }
        self.line(margin, &format!("{name}:"));
        self.fields(fields, margin + self.style.indent);
    }
}

fn braces(parts: &[String]) -> String {
    match parts {
        [] => "{}".to_owned(),
        parts => format!("{{ {} }}", parts.join(", ")),
    }
}

/// A text as a scalar: plain where every reader of YAML takes it for text, else in double quotes.
/// `flow`: in brackets or braces, where less can be plain.
pub(super) fn scalar(text: &str, flow: bool) -> String {
    match is_plain(text, flow) {
        true => text.to_owned(),
        false => quoted(text),
    }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            _ if is_printable(c) => quoted.push(c),
            _ if u32::from(c) > 0xffff => quoted.push_str(&format!("\\U{:08X}", u32::from(c))),
            _ => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
        }
    }
    quoted.push('"');
    quoted
}

fn is_plain(text: &str, flow: bool) -> bool {
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        || (!flow && text.starts_with("${"));
    let allowed = |c: char| {
        c.is_ascii_alphanumeric()
            || " -_./:@%+~=&?$*()!;'".contains(c)
            || (!flow && "{},".contains(c))
    };
    begins
        && text.chars().all(allowed)
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
        && !RESERVED.contains(&text.to_ascii_lowercase().as_str())
}

/// Whether a character can stand in a file and be seen there (YAML 1.2.2 §5.1, without what joins,
/// breaks or turns lines).
fn is_printable(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        && !matches!(c, '\u{feff}' | '\u{fff0}'..='\u{ffff}')
        && u32::from(c) & 0xfffe != 0xfffe
}
