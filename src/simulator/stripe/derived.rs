//! What follows from what is kept, so that nothing needs to keep it.

use sha2::{Digest, Sha256};

use crate::simulator::StoredWebhook;

/// The key of an endpoint. It follows from the id.
pub(super) fn secret(webhook: &StoredWebhook) -> String {
    format!("whsec_{}", digits(&["secret", &webhook.id], 32))
}

/// So many digits that depend on all of these texts.
pub(super) fn digits(texts: &[&str], count: usize) -> String {
    let mut hasher = Sha256::new();
    for text in texts {
        hasher.update(text.len().to_be_bytes());
        hasher.update(text);
    }
    let hex = base16ct::lower::encode_string(&hasher.finalize());
    hex.chars().take(count).collect()
}
