//! Short texts of which few are distinct, such as event types: each is kept once, and for good.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    sync::{PoisonError, RwLock},
};

/// How many texts are kept, and how long one may be, in bytes: whatever a provider sends, this is all the memory
/// that it takes. Others are texts of their own, and mean the same.
const MOST: usize = 1024;
const LONGEST: usize = 128;

static KEPT: RwLock<BTreeSet<&'static str>> = RwLock::new(BTreeSet::new());

/// The same text, shared with its equals where it can be.
pub(crate) fn interned(text: impl AsRef<str> + Into<String>) -> Cow<'static, str> {
    let kept = KEPT.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(kept) = kept.get(text.as_ref()) {
        return Cow::Borrowed(kept);
    }
    let is_full = kept.len() >= MOST || text.as_ref().len() > LONGEST;
    drop(kept);
    if is_full {
        return Cow::Owned(text.into());
    }
    let mut kept = KEPT.write().unwrap_or_else(PoisonError::into_inner);
    // Another thread may have been faster.
    if let Some(kept) = kept.get(text.as_ref()) {
        return Cow::Borrowed(kept);
    }
    if kept.len() >= MOST {
        return Cow::Owned(text.into());
    }
    let text: &'static str = text.into().leak();
    kept.insert(text);
    Cow::Borrowed(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_are_one_and_memory_is_bounded() {
        let kept = |text: &str| match interned(text) {
            Cow::Borrowed(text) => Some(text.as_ptr()),
            Cow::Owned(_) => None,
        };
        assert_eq!(kept("interned-once"), kept("interned-once"));
        assert!(kept("interned-once").is_some());
        assert_eq!(kept(&"x".repeat(LONGEST + 1)), None);
        for n in 0..2 * MOST {
            assert_eq!(interned(format!("interned-{n}")), format!("interned-{n}"));
        }
        assert!(KEPT.read().unwrap().len() <= MOST);
    }
}
