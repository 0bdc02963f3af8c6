//! Short texts of which few are distinct, such as event types: each is kept once, and for good.

use std::{borrow::Cow, sync::OnceLock};

/// How many texts are kept, and how long one may be, in bytes: whatever a provider sends, this is all the memory
/// that it takes. Others are texts of their own, and mean the same.
const MOST: usize = 1024;
const LONGEST: usize = 128;

/// How many places a text may have.
const TRIED: usize = 8;

static KEPT: [OnceLock<&'static str>; MOST] = [const { OnceLock::new() }; MOST];

/// The same text, shared with its equals where it can be.
pub(crate) fn interned(text: impl AsRef<str> + Into<String>) -> Cow<'static, str> {
    let spelled = text.as_ref();
    if spelled.len() > LONGEST {
        return Cow::Owned(text.into());
    }
    let first = place(spelled.as_bytes());
    for at in first..first + TRIED {
        let kept: &'static str = KEPT[at % MOST].get_or_init(|| spelled.to_owned().leak());
        if kept == spelled {
            return Cow::Borrowed(kept);
        }
    }
    Cow::Owned(text.into())
}

/// The first place of a text. Its length and both of its ends tell event types apart; a text is looked up for each event
/// type of each webhook, so that a better hash would cost more than it saves.
fn place(text: &[u8]) -> usize {
    let ends = match (text.first_chunk(), text.last_chunk()) {
        (Some(first), Some(last)) => {
            u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(29)
        }
        _ => text
            .iter()
            .fold(0, |all, byte| (all << 8) | u64::from(*byte)),
    };
    let mixed = (ends ^ text.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::from((mixed >> 48) as u16)
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
        assert_eq!(kept("order-created"), kept("order-created"));
        assert!(kept("order-created").is_some());
        assert_eq!(kept(&"x".repeat(LONGEST + 1)), None);
        // More than there is room for: all mean what they say.
        for n in 0..2 * MOST {
            for text in [format!("{n}"), format!("interned-{n}-of-many")] {
                assert_eq!(interned(text.as_str()), text);
            }
        }
    }
}
