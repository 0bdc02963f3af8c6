//! A manifest's text → the same in the canonical layout.

use pretty_yaml::config::{FormatOptions, LanguageOptions, LayoutOptions, Quotes};
use thiserror::Error;

use super::{comments::Aside, guard, scalars, sections};
use crate::{
    diagnostic::{Diagnostic, SourceId, Sources},
    manifest::Document,
};

/// Where a line is broken that can be, in columns.
const WIDTH: usize = 100;
/// The largest file that is laid out, in bytes: a layout takes up to 70 times as much memory, and two seconds for a
/// megabyte.
const LARGEST: usize = 6 * 1024 * 1024;
/// How often the layout may still change something that it has changed before.
const ROUNDS: usize = 5;

/// Why a manifest was not formatted.
#[derive(Debug, Error)]
pub enum Unformatted {
    /// It cannot be read.
    #[error("the manifest cannot be read")]
    Invalid(Vec<Diagnostic>),
    /// It is larger than what is laid out.
    #[error("it is larger than {} MiB, the most that is laid out", LARGEST / 1024 / 1024)]
    TooLarge,
    /// It is valid, and beyond what the layout is done with.
    #[error("the layout of this YAML is not supported: {0}")]
    Unsupported(String),
    /// The result was not as good as what was there.
    #[error("it was left as it is: formatted, {0}")]
    Unsafe(&'static str),
}

/// Formats one file of a manifest. Line ends stay, and so does a byte order mark.
///
/// The result means the same: it was read again and compared. Formatting it again gives the same bytes.
///
/// # Errors
///
/// The file cannot be read as a manifest, or the result would not have meant the same.
pub fn format(sources: &Sources, id: SourceId) -> Result<String, Unformatted> {
    let broken = Document::unreadable(sources, id);
    if !broken.is_empty() {
        return Err(Unformatted::Invalid(broken));
    }
    let original = sources.get(id).text.as_str();
    if original.len() > LARGEST {
        return Err(Unformatted::TooLarge);
    }
    let (mark, text) = match original.strip_prefix('\u{feff}') {
        Some(text) => ("\u{feff}", text),
        None => ("", original),
    };
    let crlf = text
        .find('\n')
        .is_some_and(|newline| text[..newline].ends_with('\r'));
    let prepared = prepared(text);
    let formatted = settled(&prepared)?;
    let result = match crlf {
        true => format!("{mark}{}", formatted.replace('\n', "\r\n")),
        false => format!("{mark}{formatted}"),
    };
    if result != original {
        guard::same(original, &result)
            .and_then(|()| guard::same_comments(&prepared, &formatted))
            .map_err(Unformatted::Unsafe)?;
    }
    Ok(result)
}

/// The text that one more round does not change.
fn settled(text: &str) -> Result<String, Unformatted> {
    let mut formatted = round(text)?;
    for _ in 0..ROUNDS {
        let again = round(&formatted)?;
        if again == formatted {
            return Ok(formatted);
        }
        formatted = again;
    }
    Err(Unformatted::Unsafe("it changed with every attempt"))
}

/// One round: what is in a line, then the order of lines, then the layout, then the ends of lines.
fn round(text: &str) -> Result<String, Unformatted> {
    let mut aside = Aside::new(text)
        .ok_or_else(|| Unformatted::Unsupported("it has characters for private use".to_owned()))?;
    // A tree takes many times the size of its text: there is one at a time.
    let rewritten = scalars::rewrite(&tree(text)?, &mut aside);
    let arranged = sections::arrange(&tree(&rewritten)?, &rewritten);
    drop(rewritten);
    let laid_out = pretty_yaml::format_text(&arranged, &options()).map_err(unsupported)?;
    drop(arranged);
    Ok(aside.put_back(&laid_out))
}

fn tree(text: &str) -> Result<yaml_parser::SyntaxNode, Unformatted> {
    yaml_parser::parse(text).map_err(unsupported)
}

fn unsupported(error: yaml_parser::SyntaxError) -> Unformatted {
    Unformatted::Unsupported(error.to_string())
}

fn options() -> FormatOptions {
    FormatOptions {
        layout: LayoutOptions {
            print_width: WIDTH,
            indent_width: 2,
            ..LayoutOptions::default()
        },
        language: LanguageOptions {
            quotes: Quotes::PreferDouble,
            ..LanguageOptions::default()
        },
    }
}

/// The text with plain line ends, also behind the last line: our parser takes that for a whole line,
/// even in a block scalar. Comments at its beginning are not indented: `yaml_parser` takes the first
/// line's indentation for that of the whole text.
fn prepared(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let count = text
        .split_inclusive('\n')
        .map(str::trim_start)
        .take_while(|line| line.is_empty() || line.starts_with('#'))
        .count();
    let mut prepared = String::with_capacity(text.len() + 1);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let content = line.trim_start_matches([' ', '\t']);
        prepared.push_str(if number < count { content } else { line });
    }
    if !prepared.ends_with('\n') {
        prepared.push('\n');
    }
    prepared
}
