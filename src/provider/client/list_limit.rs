//! How long a list may be.

use std::num::NonZeroU32;

use crate::provider::ProviderErrorKind;

/// How much is read of one list: webhooks, with so many bytes each on average, on pages of so many at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListLimit(NonZeroU32);

/// The bytes of a webhook in a list: three times what one with long names and URLs has.
const BYTES_EACH: usize = 1024;
/// The fewest webhooks that a provider puts on a page.
const ON_A_PAGE: usize = 10;
/// Pages that every list may have.
const SOME_PAGES: usize = 100;

impl ListLimit {
    /// So many webhooks.
    pub fn new(webhooks: NonZeroU32) -> Self {
        Self(webhooks)
    }

    /// How many bytes a list of so many webhooks may have.
    pub fn bytes_of(webhooks: NonZeroU32) -> usize {
        usize::try_from(webhooks.get())
            .unwrap_or(usize::MAX)
            .saturating_mul(BYTES_EACH)
    }

    /// The kind of error where a list has more than this.
    pub(super) fn check(
        self,
        pages: usize,
        webhooks: usize,
        bytes: usize,
    ) -> Result<(), ProviderErrorKind> {
        let most = usize::try_from(self.0.get()).unwrap_or(usize::MAX);
        let most_pages = SOME_PAGES.max(most / ON_A_PAGE);
        if pages > most_pages || webhooks > most || bytes > Self::bytes_of(self.0) {
            return Err(ProviderErrorKind::ListTooLarge {
                webhooks: most,
                pages: most_pages,
            });
        }
        Ok(())
    }
}

impl Default for ListLimit {
    fn default() -> Self {
        Self(NonZeroU32::MIN.saturating_add(99_999))
    }
}
