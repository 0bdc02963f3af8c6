//! What is done to any bytes: by the fuzzer, and by the tests with the fuzzer's corpus.

use hookwright::{
    diagnostic::{Source, Sources},
    manifest::{Document, Lookup, Values},
    report::{Checked, github, human, json, sarif},
};

/// An outside that has some things, lacks some, and fails for some.
struct Outside;

impl Values for Outside {
    fn env(&self, name: &str) -> Result<Lookup, String> {
        Ok(match name.len() % 3 {
            0 => Lookup::Found(name.to_owned()),
            1 => Lookup::Unset,
            _ => Lookup::Withheld,
        })
    }

    fn file(&self, _beside: &str, path: &str) -> Result<Lookup, String> {
        match path.len() % 3 {
            0 => Ok(Lookup::Found(path.to_owned())),
            1 => Ok(Lookup::Unset),
            _ => Err("not today".to_owned()),
        }
    }
}

/// Reads, resolves and checks, and shows what was found in every format. Nothing may panic, and
/// every place must be one of the source.
pub(crate) fn read(bytes: &[u8]) {
    let mut sources = Sources::default();
    sources.add(Source::from_bytes("fuzz.yaml", bytes.to_vec()));
    let document = Document::read(&sources);
    let selected: Vec<_> = document.environments().collect();
    let resolution = document.resolve(&selected, &Outside, &sources);
    assert!(resolution.has_errors() || resolution.environments.len() == selected.len());
    for found in &resolution.diagnostics {
        let labels = std::iter::once(&found.primary).chain(&found.related);
        for range in labels.map(|label| label.span.range()) {
            let text = &sources.iter().next().expect("there is one source").1.text;
            assert!(text.get(range.clone()).is_some(), "{found:?}");
        }
    }
    let checked = document.check(&selected, &Outside, &sources);
    sources.hide(checked.hidden.iter().copied());
    let given = Checked {
        diagnostics: &checked.diagnostics,
        sources: &sources,
        environments: selected.len(),
        webhooks: document.webhooks().count(),
    };
    let mut out = Vec::new();
    human::checked(&given, 80, &mut out).expect("memory can be written to");
    github::checked(&given, &mut out).expect("memory can be written to");
    // Without the rules: they are the same for every input, and take ten times as long as all else.
    sarif::results(&given);
    json::write(
        &json::validated(given.diagnostics, &sources, None),
        &mut out,
    )
    .expect("memory can be written to");
}
