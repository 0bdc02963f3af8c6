//! The place that a trade left.
//!
//! Where `x` moves on to a new URL and `y` moves to the URL that `x` had, the live webhook of `x` goes
//! to `y`, by its URL, and the live webhook of `y` is left over. It is the place of `x`: both are
//! updated, nothing is created, and nothing stays behind that still sends to the old URL. There may be
//! more than two, in a chain: each one's live webhook goes to the next, and the last one's is left.
//!
//! A chain ends without a place where what is left differs in what only a create can set, where a link of it is not ours or not the only one of its name, and
//! where it runs into another chain: then the names do not tell whose place it is.

use std::collections::{BTreeMap, HashMap};

use super::{Fate, PairedBy, Pairer, replace};

/// The live webhooks of ours of one name.
#[derive(Clone, Copy, Default)]
struct OfName {
    /// Those that are free: how many, and the last of them.
    free: (usize, usize),
    /// Those that desired webhooks took: how many, and who took the last of them by its URL, and keeps it.
    taken: (usize, Option<usize>),
}

/// A desired webhook that looks for its place.
struct Chain {
    desired: usize,
    via: Vec<usize>,
    /// The live webhook that is its place.
    place: Option<usize>,
}

impl<'i> Pairer<'i, '_> {
    /// Gives desired webhooks for which there is nothing else the places that trades left.
    pub(super) fn by_trade(&mut self, nameless: &BTreeMap<&'i str, Vec<usize>>) {
        if nameless.is_empty() {
            return;
        }
        let names = self.names();
        let mut chains: Vec<Chain> = Vec::new();
        // Which chain goes through a name.
        let mut through: HashMap<&str, usize> = HashMap::new();
        for (name, desired) in nameless {
            let this = chains.len();
            let (mut via, mut place, mut at) = (Vec::new(), None, *name);
            loop {
                match through.insert(at, this) {
                    Some(other) if other != this => {
                        chains[other].place = None;
                        place = None;
                        // The names beyond are the other chain's, and so is what comes to them.
                        break;
                    }
                    Some(_) => break,
                    None => {}
                }
                let of_name = names.get(at).copied().unwrap_or_default();
                match (of_name.free, of_name.taken) {
                    ((1, webhook), _) => {
                        place = Some(webhook);
                        break;
                    }
                    ((0, _), (1, Some(by))) => {
                        via.push(by);
                        at = self.desired[by].1.name.compared();
                    }
                    _ => break,
                }
            }
            let place = place.filter(|_| desired.len() == 1);
            chains.push(Chain {
                desired: desired[0],
                via,
                place,
            });
        }
        for chain in chains {
            // What would have to be replaced is no place to take.
            let (_, desired) = self.desired[chain.desired];
            let fits = |place: &usize| replace::differing(desired, self.live[*place]).is_empty();
            if let Some(place) = chain.place.filter(fits) {
                let keys = chain.via.iter().map(|by| self.desired[*by].0.clone());
                let via = keys.collect();
                self.take(chain.desired, place, PairedBy::Trade(via));
            }
        }
    }

    /// The live webhooks of ours, by name.
    fn names(&self) -> HashMap<&str, OfName> {
        let mut names: HashMap<&str, OfName> = HashMap::with_capacity(self.live.len());
        for index in (0..self.live.len()).filter(|index| self.is_ours(*index)) {
            let of_name = names.entry(self.name_of(index)).or_default();
            match self.fates[index] {
                Fate::Free | Fate::Spare(_) => of_name.free = (of_name.free.0 + 1, index),
                Fate::AtUrl(by) => {
                    let (key, desired) = self.desired[by];
                    let stays = !replace::is_replaced(key, desired, self.live[index]);
                    of_name.taken = (of_name.taken.0 + 1, Some(by).filter(|_| stays));
                }
                Fate::OfName | Fate::Traded | Fate::Replaced(_) => {
                    of_name.taken = (of_name.taken.0 + 1, None);
                }
                Fate::InTheWay => {}
            }
        }
        names
    }
}
