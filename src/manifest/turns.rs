//! Which environments are applied after which.

use std::collections::BTreeSet;

use super::{de::Spanned, resolve::Resolver};
use crate::diagnostic::{Code, Diagnostic, quoted};

impl Resolver<'_> {
    /// Checks the environments that others name in `after`: they are there, and none waits for itself,
    /// directly or through others.
    pub(super) fn check_turns(&mut self) {
        let document = self.document;
        for (name, environment) in &document.environments {
            for first in &environment.after {
                self.check_environment(first);
                if self.waits_for(&first.value, &name.value) {
                    self.report(
                        Diagnostic::new(
                            Code::InvalidValue,
                            first.span,
                            format!(
                                "{} would wait for itself, by way of {}",
                                quoted(&name.value),
                                quoted(&first.value)
                            ),
                        )
                        .help("drop one of the entries of `after` that make the circle"),
                    );
                }
            }
        }
    }

    /// Whether one environment is another, or is applied after it.
    fn waits_for(&self, name: &str, other: &str) -> bool {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut open = vec![name];
        while let Some(name) = open.pop() {
            if name == other {
                return true;
            }
            let known = self.document.environments.get_key_value(name);
            if let Some((_, environment)) = known.filter(|(key, _)| seen.insert(&key.value)) {
                open.extend(
                    environment
                        .after
                        .iter()
                        .map(|first: &Spanned<String>| first.value.as_str()),
                );
            }
        }
        false
    }
}
