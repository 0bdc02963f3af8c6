//! What comes again and again, found without hashing.

use std::{collections::HashMap, hash::Hash};

/// How many are found without hashing: a power of two.
const SLOTS: usize = 1024;

/// A map that is asked for each of millions of rows, mostly for the same few keys.
pub(super) struct Recent<K, V> {
    slots: Vec<Option<(K, V)>>,
    all: HashMap<K, V>,
}

impl<K: Copy + Eq + Hash, V: Copy> Recent<K, V> {
    pub(super) fn new() -> Self {
        Self {
            slots: vec![None; SLOTS],
            all: HashMap::new(),
        }
    }

    /// What is kept by this key; `near` is a number of it, different for most that are in use together.
    pub(super) fn get(&mut self, key: K, near: usize, find: impl FnOnce() -> V) -> V {
        let slot = &mut self.slots[near % SLOTS];
        if let Some((known, value)) = slot
            && *known == key
        {
            return *value;
        }
        let value = *self.all.entry(key).or_insert_with(find);
        *slot = Some((key, value));
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_share_a_slot_keep_their_values() {
        let mut recent = Recent::new();
        for round in 0..3 {
            for key in 0..5_usize {
                let value = recent.get(key, key % 2, || key * 10 + round);
                assert_eq!(value, key * 10, "it is found once");
            }
        }
    }
}
