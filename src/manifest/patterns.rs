//! Lists of patterns that names and hosts are compared with.

use super::{de::Spanned, state::Resolver};
use crate::{
    diagnostic::{Code, Diagnostic, quoted},
    model::{HostPattern, InvalidHost, Pattern},
};

/// The most patterns of names or hosts in one list.
const MOST_PATTERNS: usize = 1_000;

impl Resolver<'_> {
    pub(super) fn patterns(&mut self, texts: &[Spanned<String>]) -> Vec<Pattern> {
        let texts = self.few_enough(texts);
        texts
            .iter()
            .filter_map(|text| self.literal(text).map(Pattern::new))
            .collect()
    }

    /// The patterns up to the most that a list may have: each is compared with each name.
    fn few_enough<'t>(&mut self, texts: &'t [Spanned<String>]) -> &'t [Spanned<String>] {
        let Some(beyond) = texts.get(MOST_PATTERNS) else {
            return texts;
        };
        let message = format!(
            "there are {} patterns; a list has at most {MOST_PATTERNS}",
            texts.len()
        );
        self.findings.push_of_environment(
            Diagnostic::new(Code::TooLarge, beyond.span, message)
                .label("the first beyond that")
                .help("take several together in one pattern, such as `acme-*`"),
        );
        &texts[..MOST_PATTERNS]
    }

    pub(super) fn hosts_of(&mut self, texts: &[Spanned<String>]) -> Vec<HostPattern> {
        let mut patterns = Vec::new();
        for text in self.few_enough(texts) {
            let Some(glob) = self.literal(text) else {
                continue;
            };
            match HostPattern::new(glob) {
                Ok(pattern) => patterns.push(pattern),
                Err(fault) => self.no_host(text, &fault),
            }
        }
        patterns
    }

    fn no_host(&mut self, text: &Spanned<String>, fault: &InvalidHost) {
        let message = format!("{} is no pattern of hosts: {fault}", quoted(&text.value));
        let help = match &fault.meant {
            Some(meant) => format!("write `{meant}`: hosts are compared as they are looked up"),
            None => "write a host, such as `hooks.example.com` or `*.example.com`, without scheme, port or path"
                .to_owned(),
        };
        self.invalid_itself(text.span, message, help);
    }
}
