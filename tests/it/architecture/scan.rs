//! Rust source → the paths it names. Not a parser: it knows comments, literals, `use` and paths.

/// A path that a source names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) line: usize,
    /// From the root: `crate::…`, or another crate's; `name!` for a macro; or a keyword.
    pub(super) path: String,
    /// Whether a `use` names it.
    pub(super) is_use: bool,
}

/// Whether a file holds nothing but tests.
pub(super) fn is_test(file: &str) -> bool {
    file.split('/')
        .any(|part| part == "tests" || part.ends_with("tests.rs"))
}

/// The text before the tests, which stand at a file's end.
pub(super) fn without_tests(text: &str) -> &str {
    let at = text.find("#[cfg(test)]\nmod tests {");
    &text[..at.unwrap_or(text.len())]
}

/// The paths that a file names outside of its tests.
pub(super) fn named(file: &str, text: &str) -> Vec<Named> {
    let tokens = tokens(without_tests(text));
    let module = module(file);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let token = &tokens[at];
        if token.text == "use" {
            at = tree(&tokens, at + 1, &mut Vec::new(), &module, &mut found);
        } else if token.is_name() {
            at = path(&tokens, at, &module, &mut found);
        } else {
            at += 1;
        }
    }
    found
}

/// `src/plan/order.rs` → `crate`, `plan`, `order`.
pub(super) fn module(file: &str) -> Vec<String> {
    let inner = file.trim_start_matches("src/").trim_end_matches(".rs");
    let parts = inner
        .split('/')
        .filter(|part| !matches!(*part, "mod" | "lib" | "main"));
    std::iter::once("crate")
        .chain(parts)
        .map(str::to_owned)
        .collect()
}

/// A path, or a part of one, from the root.
fn resolve(segments: &[String], module: &[String]) -> String {
    let mut base: Vec<String> = Vec::new();
    let mut rest = segments;
    match rest.first().map(String::as_str) {
        Some("self") => {
            base = module.to_vec();
            rest = &rest[1..];
        }
        Some("super") => base = module.to_vec(),
        _ => {}
    }
    while rest.first().is_some_and(|segment| segment == "super") {
        base.pop();
        rest = &rest[1..];
    }
    base.extend_from_slice(rest);
    base.join("::")
}

/// One path outside of `use`. Single names are passed over: they may be anything.
fn path(tokens: &[Token], mut at: usize, module: &[String], found: &mut Vec<Named>) -> usize {
    let line = tokens[at].line;
    let mut segments = vec![tokens[at].text.clone()];
    at += 1;
    while is(tokens, at, "::") && tokens.get(at + 1).is_some_and(Token::is_name) {
        segments.push(tokens[at + 1].text.clone());
        at += 2;
    }
    let keyword = matches!(segments[0].as_str(), "async" | "await");
    if segments.len() > 1 || keyword {
        found.push(Named {
            line,
            path: resolve(&segments, module),
            is_use: false,
        });
    } else if is(tokens, at, "!") && !is(tokens, at + 1, "=") {
        found.push(Named {
            line,
            path: format!("{}!", segments[0]),
            is_use: false,
        });
    }
    at
}

/// The tree of a `use`, from behind `prefix`. Gives the place behind it.
fn tree(
    tokens: &[Token],
    mut at: usize,
    prefix: &mut Vec<String>,
    module: &[String],
    found: &mut Vec<Named>,
) -> usize {
    let depth = prefix.len();
    while let Some(token) = tokens.get(at) {
        match token.text.as_str() {
            "::" => at += 1,
            "as" => at += 2,
            "{" => {
                at += 1;
                while at < tokens.len() && !is(tokens, at, "}") {
                    at = tree(tokens, at, prefix, module, found);
                    if is(tokens, at, ",") {
                        at += 1;
                    }
                }
                prefix.truncate(depth);
                return at + 1;
            }
            "*" => {
                at += 1;
                break;
            }
            // `use a::{self}` names `a`.
            "self" if depth > 0 => at += 1,
            _ if token.is_name() => {
                prefix.push(token.text.clone());
                at += 1;
            }
            _ => break,
        }
    }
    found.push(Named {
        line: tokens
            .get(at.saturating_sub(1))
            .map_or(0, |token| token.line),
        path: resolve(prefix, module),
        is_use: true,
    });
    prefix.truncate(depth);
    at
}

fn is(tokens: &[Token], at: usize, text: &str) -> bool {
    tokens.get(at).is_some_and(|token| token.text == text)
}

#[derive(Debug)]
struct Token {
    line: usize,
    text: String,
}

impl Token {
    fn is_name(&self) -> bool {
        self.text
            .starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

/// Names, `::` and single characters, without comments and literals.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    let mut line = 1;
    while let Some(first) = rest.chars().next() {
        let length = skipped(rest).unwrap_or_else(|| {
            let length = if rest.starts_with("::") {
                2
            } else if first.is_alphabetic() || first == '_' {
                let end = |c: char| !c.is_alphanumeric() && c != '_';
                rest.find(end).unwrap_or(rest.len())
            } else {
                first.len_utf8()
            };
            if !first.is_whitespace() {
                tokens.push(Token {
                    line,
                    text: rest[..length].to_owned(),
                });
            }
            length
        });
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    tokens
}

/// The length of a comment or a literal at the beginning.
fn skipped(rest: &str) -> Option<usize> {
    let until = |end: &str, from: usize| {
        rest[from..]
            .find(end)
            .map_or(rest.len(), |at| from + at + end.len())
    };
    if rest.starts_with("//") {
        return Some(until("\n", 0).min(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(until("*/", 2));
    }
    for quote in ["r\"", "br\""] {
        if rest.starts_with(quote) {
            return Some(until("\"", quote.len()));
        }
    }
    for quote in ["r#\"", "br#\""] {
        if rest.starts_with(quote) {
            return Some(until("\"#", quote.len()));
        }
    }
    match rest.as_bytes() {
        [b'"', ..] => Some(quoted(rest, '"')),
        [b'\'', b'\\', ..] => Some(quoted(rest, '\'')),
        // A character, and not a lifetime.
        [b'\'', ..] => {
            let c = rest[1..].chars().next()?;
            let end = 1 + c.len_utf8();
            rest[end..].starts_with('\'').then_some(end + 1)
        }
        _ => None,
    }
}

/// The length of a literal with escapes.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}
