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
    /// How many operations it shows.
    operations: usize,
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

    /// How long its beginning and its end are.
    fn frame(&self) -> usize {
        self.open.len() + self.close.len()
    }

    fn length(&self) -> usize {
        let blocks = self.blocks.iter().map(|block| block.text.len());
        self.frame() + blocks.sum::<usize>()
    }

    pub(super) fn add(&mut self, text: String, rank: u8, operations: usize) {
        self.blocks.push(Block {
            text,
            rank,
            operations,
        });
    }

    /// Which blocks there is room for, the most important first.
    fn chosen(&self, room: usize) -> Vec<bool> {
        let texts = self.blocks.iter();
        let texts = texts.map(|block| (block.rank, block.text.as_str()));
        most_important(texts, room.saturating_sub(self.frame()))
    }
}

/// Which texts there is room for; those of the lowest rank come first.
pub(super) fn most_important<'t>(
    texts: impl Iterator<Item = (u8, &'t str)>,
    mut room: usize,
) -> Vec<bool> {
    let mut order: Vec<_> = texts.enumerate().collect();
    let mut shown = vec![false; order.len()];
    order.sort_by_key(|(_, (rank, _))| *rank);
    for (index, (_, text)) in order {
        if text.len() <= room {
            room -= text.len();
            shown[index] = true;
        }
    }
    shown
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
            if !*is_chosen {
                operations += block.operations;
                others += usize::from(block.operations == 0);
            }
        }
        if shows {
            sheet.end();
        }
        cut.of(one.environment.name.as_str(), operations, others);
    }
}

/// The longest name of an environment that the note repeats.
const LONGEST_NAME: usize = 80;
/// How long the note is without what it says of environments, and how long that is of each, without its name.
const NOTE: (usize, usize) = (420, 70);
/// The part of the whole that the note may take: one in so many.
const NOTES: usize = 6;

/// What did not fit.
pub(super) struct Cut {
    longest: usize,
    /// How long the note may be.
    pub(super) longest_note: usize,
    /// For each environment: its name, the operations, the other parts.
    environments: Vec<(String, usize, usize)>,
    others: usize,
}

impl Cut {
    /// Nothing was cut so far of the plans of these environments, which get so many characters.
    pub(super) fn of_all(planned: &[PlannedEnvironment], longest: usize) -> Self {
        let names = planned.iter().map(|one| one.environment.name.as_str());
        let all: usize = names
            .map(|name| name.len().min(LONGEST_NAME) + NOTE.1)
            .sum();
        Self {
            longest,
            longest_note: NOTE.0 + all.min(longest / NOTES),
            environments: Vec::new(),
            others: 0,
        }
    }

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

    /// Says of each environment what is not shown of it.
    pub(super) fn note(&self) -> String {
        let what = |operations: usize, others: usize| match (operations, others) {
            (0, others) => count(others, "part"),
            (operations, 0) => count(operations, "operation"),
            (operations, others) => format!(
                "{} and {}",
                count(operations, "operation"),
                count(others, "other part")
            ),
        };
        let mut room = self.longest_note.saturating_sub(NOTE.0);
        let mut all: Vec<String> = Vec::new();
        for (name, operations, others) in &self.environments {
            let said = format!("{} of {}", what(*operations, *others), code(name));
            if name.len() <= LONGEST_NAME && said.len() + 2 <= room {
                room -= said.len() + 2;
                all.push(said);
            }
        }
        let unnamed = self.environments.len() - all.len();
        if unnamed > 0 {
            all.push(format!("parts of {} more", count(unnamed, "environment")));
        }
        if self.others > 0 {
            all.push(format!("{} of what all have", count(self.others, "part")));
        }
        if all.is_empty() {
            return String::new();
        }
        alert(
            "IMPORTANT",
            &format!(
                "Cut to {} characters: {} not shown here. `hookwright show PLAN` of the saved plan shows all; where none was saved, the same command with `--format text`.",
                self.longest,
                all.join(", ")
            ),
        )
    }
}
