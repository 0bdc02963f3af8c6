//! Foreign text in Markdown, and a sheet that does not get too long.
//!
//! The three places for foreign text: a code span ([`code`]), a fenced block ([`fenced`]), and `<code>`
//! in a block of HTML ([`html_code`]). Neither GitHub nor GitLab looks for mentions, references, links or
//! quick actions there.

use askama::filters::{Html, escape};

use crate::report::words::clean;

/// The longest name or URL that is shown, in characters; twice what providers document for URLs would be
/// hostile.
const LONGEST: usize = 2_100;
/// The width that prose in blocks is wrapped to, as these are not wrapped when shown.
const WIDTH: usize = 96;

/// A code span, in prose; not for cells of tables.
pub(super) fn code(text: &str) -> String {
    let text = clipped(text, LONGEST);
    let ticks = "`".repeat(longest_run(&text) + 1);
    // One blank at both ends is taken away again; without it, backticks there would join the fence.
    let needs_blanks =
        text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) || text.is_empty();
    let blank = if needs_blanks { " " } else { "" };
    format!("{ticks}{blank}{text}{blank}{ticks}")
}

/// The text in `<code>`, for a block of HTML.
pub(super) fn html_code(text: &str) -> String {
    let text = clipped(text, LONGEST);
    let Ok(escaped) = escape(&text, Html);
    format!("<code>{escaped}</code>")
}

/// A fenced block of these lines, each of which must begin with something of our own.
pub(super) fn fenced(language: &str, lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| clipped(line, LONGEST)).collect();
    let longest = lines.iter().map(|line| longest_run(line)).max();
    let fence = "`".repeat(longest.unwrap_or(0).max(2) + 1);
    let mut block = format!("{fence}{language}\n");
    for line in &lines {
        block.push_str(line);
        block.push('\n');
    }
    block + &fence + "\n"
}

/// Prose as lines for a block, indented so that none begins with foreign text.
pub(super) fn prose(text: &str) -> Vec<String> {
    let options = textwrap::Options::new(WIDTH)
        .initial_indent("  ")
        .subsequent_indent("  ")
        .break_words(false)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    let lines = textwrap::wrap(text, options).into_iter();
    lines.map(String::from).collect()
}

/// A block quotation with a kind that both forges show in colour.
pub(super) fn alert(kind: &str, body: &str) -> String {
    let mut quoted = format!("> [!{kind}]\n");
    for line in body.lines() {
        quoted.push_str(if line.is_empty() { ">" } else { "> " });
        quoted.push_str(line);
        quoted.push('\n');
    }
    quoted + "\n"
}

/// A caution: a text, and the way on where there is one.
pub(super) fn caution(title: &str, text: &str, way_out: Option<&str>) -> String {
    let mut lines = prose(&clean(text));
    if let Some(way_out) = way_out {
        lines.extend(prose(&clean(&format!("to go on: {way_out}"))));
    }
    alert("CAUTION", &format!("{title}\n\n{}", fenced("text", &lines)))
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// The text on one line, cut where it is longer than any that is meant to be read.
fn clipped(text: &str, longest: usize) -> String {
    let text = clean(text);
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}

/// Markdown up to a length, always with room for what has been begun and for what must stand at its end.
pub(super) struct Sheet {
    text: String,
    most: usize,
    /// What closes what has been begun, the last first.
    closing: Vec<String>,
    reserved: usize,
}

impl Sheet {
    /// A sheet of at most so many bytes, which are no fewer than characters; `reserved` of them are kept
    /// for [`Self::finish`].
    pub(super) fn new(most: usize, reserved: usize) -> Self {
        Self {
            text: String::new(),
            most,
            closing: Vec::new(),
            reserved,
        }
    }

    /// How many bytes are left for blocks.
    pub(super) fn room(&self) -> usize {
        self.most.saturating_sub(self.text.len() + self.reserved)
    }

    fn has_room(&self, more: usize) -> bool {
        self.text.len() + self.reserved + more <= self.most
    }

    /// Adds a block, if it fits.
    #[must_use]
    pub(super) fn add(&mut self, block: &str) -> bool {
        let fits = self.has_room(block.len());
        if fits {
            self.text.push_str(block);
        }
        fits
    }

    /// Begins what `close` ends, if both fit.
    #[must_use]
    pub(super) fn begin(&mut self, open: &str, close: &str) -> bool {
        let fits = self.has_room(open.len() + close.len());
        if fits {
            self.text.push_str(open);
            self.reserved += close.len();
            self.closing.push(close.to_owned());
        }
        fits
    }

    /// Ends what was begun last.
    pub(super) fn end(&mut self) {
        if let Some(close) = self.closing.pop() {
            self.reserved -= close.len();
            self.text.push_str(&close);
        }
    }

    /// The whole, with what room was reserved for.
    pub(super) fn finish(mut self, tail: &str) -> String {
        while !self.closing.is_empty() {
            self.end();
        }
        self.text.push_str(tail);
        self.text
    }
}
