//! What fits into a comment of bounded length: every environment gets a fair part of the room.

use super::text::{Sheet, alert, code};
use crate::{report::words::count, run::PlannedEnvironment};

/// What is shown of one environment.
#[derive(Default)]
pub(super) struct Section {
    open: String,
    close: &'static str,
    /// In the order in which they are shown.
    blocks: Vec<Block>,
    /// Operations for which there is no block, as they would not fit anyway.
    pub(super) operations: usize,
    /// The same of other blocks.
    pub(super) others: usize,
}

struct Block {
    text: String,
    /// What is more important gets room first; 0 is most important.
    rank: u8,
    is_operation: bool,
}

impl Section {
    /// A section that begins and ends with these, where it shows anything.
    pub(super) fn framed(open: String, close: &'static str) -> Self {
        Self {
            open,
            close,
            ..Self::default()
        }
    }

    fn length(&self) -> usize {
        let frame = self.open.len() + self.close.len();
        frame
            + self
                .blocks
                .iter()
                .map(|block| block.text.len())
                .sum::<usize>()
    }

    pub(super) fn add(&mut self, text: String, rank: u8, is_operation: bool) {
        self.blocks.push(Block {
            text,
            rank,
            is_operation,
        });
    }

    /// Which blocks there is room for, the most important first.
    fn chosen(&self, room: usize) -> Vec<bool> {
        let mut order: Vec<usize> = (0..self.blocks.len()).collect();
        order.sort_by_key(|block| self.blocks[*block].rank);
        let mut chosen = vec![false; self.blocks.len()];
        let mut left = room.saturating_sub(self.open.len() + self.close.len());
        for block in order {
            let length = self.blocks[block].text.len();
            if length <= left {
                left -= length;
                chosen[block] = true;
            }
        }
        chosen
    }
}

/// Shows the section of every environment in its fair part of the room: who needs less leaves the rest
/// to the others.
pub(super) fn share(
    sections: Vec<Section>,
    room: usize,
    planned: &[PlannedEnvironment],
    sheet: &mut Sheet,
    cut: &mut Cut,
) {
    let mut smallest: Vec<usize> = (0..sections.len()).collect();
    smallest.sort_by_key(|index| sections[*index].length());
    let mut shares = vec![0; sections.len()];
    let mut left = room;
    for (place, index) in smallest.iter().enumerate() {
        shares[*index] = sections[*index]
            .length()
            .min(left / (sections.len() - place));
        left -= shares[*index];
    }
    for ((section, share), one) in sections.into_iter().zip(shares).zip(planned) {
        let mut chosen = section.chosen(share);
        let (mut operations, mut others) = (section.operations, section.others);
        let shows = chosen.contains(&true) && sheet.begin(&section.open, section.close);
        for (block, is_chosen) in section.blocks.iter().zip(&mut chosen) {
            *is_chosen = *is_chosen && shows && sheet.add(&block.text);
            let counted = if block.is_operation {
                &mut operations
            } else {
                &mut others
            };
            *counted += usize::from(!*is_chosen);
        }
        if shows {
            sheet.end();
        }
        cut.of(one.environment.name.as_str(), operations, others);
    }
}

/// How many environments are named of which something did not fit.
const NAMED_CUT: usize = 5;
/// The longest name of an environment that the note repeats.
const LONGEST_NAME: usize = 80;

/// What did not fit.
#[derive(Default)]
pub(super) struct Cut {
    /// For each environment: its name, the operations, the other parts.
    environments: Vec<(String, usize, usize)>,
    others: usize,
}

impl Cut {
    pub(super) fn other(&mut self, fits: bool) {
        self.others += usize::from(!fits);
    }

    fn of(&mut self, environment: &str, operations: usize, others: usize) {
        if operations + others == 0 {
            return;
        }
        let known = self.environments.iter_mut();
        match known.into_iter().find(|(name, _, _)| name == environment) {
            Some((_, known, known_others)) => {
                *known += operations;
                *known_others += others;
            }
            None => self
                .environments
                .push((environment.to_owned(), operations, others)),
        }
    }

    pub(super) fn note(&self, longest: usize) -> String {
        let what = |operations: usize, others: usize| match (operations, others) {
            (0, others) => count(others, "part"),
            (operations, 0) => count(operations, "operation"),
            (operations, others) => format!(
                "{} and {}",
                count(operations, "operation"),
                count(others, "other part")
            ),
        };
        let mut all: Vec<String> = self
            .environments
            .iter()
            .take(NAMED_CUT)
            .filter(|(name, _, _)| name.len() <= LONGEST_NAME)
            .map(|(name, operations, others)| {
                format!("{} of {}", what(*operations, *others), code(name))
            })
            .collect();
        let unnamed = self.environments.len() - all.len();
        if unnamed > 0 {
            all.push(format!("parts of {} more", count(unnamed, "environment")));
        }
        if self.others > 0 {
            all.push(count(self.others, "part"));
        }
        if all.is_empty() {
            return String::new();
        }
        alert(
            "IMPORTANT",
            &format!(
                "Cut to {longest} characters: {} not shown here. `hookwright show PLAN` of the saved plan shows all; where none was saved, the same command with `--format text`.",
                all.join(", ")
            ),
        )
    }
}
