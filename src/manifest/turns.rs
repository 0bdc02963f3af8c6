//! Which environments are applied after which.

use std::collections::{HashMap, HashSet};

use super::{de::Spanned, state::Resolver};
use crate::diagnostic::{Code, quoted};

impl<'d> Resolver<'d> {
    /// Checks the environments that others name in `after`: they are there, and none waits for itself,
    /// directly or through others.
    pub(super) fn check_turns(&mut self) {
        let document = self.document;
        let circles = self.circles();
        for (name, environment) in &document.environments {
            for first in &environment.after {
                self.check_environment(first);
                let circle = |name: &Spanned<String>| circles.get(name.value.as_str());
                if circle(first) == circle(name) {
                    self.wrong(
                        Code::InvalidValue,
                        first.span,
                        format!(
                            "{} would wait for itself, by way of {}",
                            quoted(&name.value),
                            quoted(&first.value)
                        ),
                        "drop one of the entries of `after` that make the circle",
                    );
                }
            }
        }
    }

    /// The circles of environments that wait for each other: those of one circle have one number.
    fn circles(&self) -> HashMap<&'d str, usize> {
        // Kosaraju: who is left last when all who wait are followed begins a circle backwards.
        let environments = &self.document.environments;
        let mut waiting: HashMap<&str, Vec<&str>> = HashMap::new();
        let mut awaited: HashMap<&str, Vec<&str>> = HashMap::new();
        for (name, environment) in environments {
            for first in &environment.after {
                waiting.entry(&first.value).or_default().push(&name.value);
                awaited.entry(&name.value).or_default().push(&first.value);
            }
        }
        let mut seen = HashSet::new();
        let mut left = Vec::new();
        for name in environments.keys() {
            left.extend(reached(&name.value, &awaited, &mut seen));
        }
        let mut circles = HashMap::new();
        let mut seen = HashSet::new();
        for (number, name) in left.into_iter().rev().enumerate() {
            let all = reached(name, &waiting, &mut seen);
            circles.extend(all.into_iter().map(|one| (one, number)));
        }
        circles
    }
}

/// What is reached from a name and was not seen before, in the order in which it is left.
fn reached<'n>(
    from: &'n str,
    next: &HashMap<&'n str, Vec<&'n str>>,
    seen: &mut HashSet<&'n str>,
) -> Vec<&'n str> {
    let mut left = Vec::new();
    let after = |name| next.get(name).map_or(&[][..], Vec::as_slice).iter();
    let mut open = Vec::new();
    if seen.insert(from) {
        open.push((from, after(from)));
    }
    while let Some((name, others)) = open.last_mut() {
        match others.next() {
            Some(other) if seen.insert(other) => open.push((other, after(other))),
            Some(_) => {}
            None => {
                left.push(*name);
                open.pop();
            }
        }
    }
    left
}
