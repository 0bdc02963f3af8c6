//! Digests by which an archive recognises what it does not keep.

use sha2::{Digest, Sha256};

/// A salted digest, to recognise what is not kept itself.
pub(super) fn salted(salt: &[u8], text: &str) -> Vec<u8> {
    let mut digest = Sha256::new();
    digest.update(salt);
    digest.update(text);
    digest.finalize()[..16].to_vec()
}
