//! Which environments have a webhook, and what they have otherwise.

use std::{collections::HashMap, sync::LazyLock};

use super::{
    de::Spanned,
    schema::{Override, Placement, Webhook},
};

pub(super) static NOTHING: LazyLock<Override> = LazyLock::new(Override::default);

/// The environments that are looked at, by their names, and those that a webhook has by default.
pub(super) struct Placements<'d> {
    numbers: HashMap<&'d str, usize>,
    /// `None` for all.
    default: Option<Vec<usize>>,
}

impl<'d> Placements<'d> {
    /// Of these environments, in this order.
    pub(super) fn new(
        names: impl Iterator<Item = &'d str>,
        default: Option<&[Spanned<String>]>,
    ) -> Self {
        let mut placements = Self {
            numbers: names
                .enumerate()
                .map(|(number, name)| (name, number))
                .collect(),
            default: None,
        };
        placements.default = default.map(|names| placements.numbers(names));
        placements
    }

    /// The environments that have a webhook, by their numbers in order, each with what it has otherwise. This takes
    /// as long as what the webhook says of it, and not as there are environments.
    pub(super) fn of(
        &self,
        webhook: &'d Webhook,
    ) -> Box<dyn Iterator<Item = (usize, &'d Override)> + '_> {
        let alike = |number| (number, &*NOTHING);
        match (
            webhook.environments.as_ref().map(|all| &all.value),
            &self.default,
        ) {
            (Some(Placement::Overridden(entries)), _) => {
                let number =
                    |name: &Spanned<String>| self.numbers.get(name.value.as_str()).copied();
                let known = entries
                    .iter()
                    .filter_map(|(name, over)| Some((number(name)?, over)));
                let mut known: Vec<_> = known.collect();
                known.sort_by_key(|(number, _)| *number);
                known.dedup_by_key(|(number, _)| *number);
                Box::new(known.into_iter())
            }
            (Some(Placement::Only(names)), _) => {
                Box::new(self.numbers(names).into_iter().map(alike))
            }
            (None, Some(default)) => Box::new(default.iter().copied().map(alike)),
            (None, None) => Box::new((0..self.numbers.len()).map(alike)),
        }
    }

    fn numbers(&self, names: &[Spanned<String>]) -> Vec<usize> {
        let known = names
            .iter()
            .filter_map(|name| self.numbers.get(name.value.as_str()));
        let mut numbers: Vec<usize> = known.copied().collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }
}
