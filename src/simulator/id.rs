//! Ids: derived from a seed and a serial number, so that a run can be repeated to the byte.

use sha2::{Digest, Sha256};

use super::quirks::IdShape;

/// The id of the record with this serial number.
pub(super) fn id(seed: u64, serial: u64, shape: IdShape) -> String {
    let bytes =
        (u128::from(digest("id", seed, serial)) << 64) | u128::from(digest("di", seed, serial));
    let uuid = uuid::Builder::from_random_bytes(bytes.to_be_bytes()).into_uuid();
    match shape {
        IdShape::Dashed => uuid.hyphenated().to_string(),
        IdShape::Hex => uuid.simple().to_string(),
    }
}

/// An id that begins so and is the same for the same text.
pub(super) fn sortable_of(begin: &str, text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let digits = base16ct::lower::encode_string(&digest[..14]);
    format!("{begin}{digits}")
}

/// Letters and digits for the record with this serial number: as texts, those of later records are greater.
pub(super) fn sortable(purpose: &str, serial: u64) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let digits = |mut number: u64, count: usize| {
        let mut text = vec![DIGITS[0]; count];
        for digit in text.iter_mut().rev() {
            *digit = DIGITS[usize::try_from(number % 62).unwrap_or_default()];
            number /= 62;
        }
        String::from_utf8_lossy(&text).into_owned()
    };
    let other = format!("{purpose} rest");
    format!(
        "2{}{}{}",
        digits(serial, 6),
        digits(digest(purpose, 0, serial), 10),
        digits(digest(&other, 0, serial), 10)
    )
}

/// A number without recognisable order, by which a list can be shuffled the same way each time.
pub(super) fn shuffle_key(serial: u64) -> u64 {
    digest("shuffle", 0, serial)
}

fn digest(purpose: &str, seed: u64, serial: u64) -> u64 {
    let mut hash = Sha256::new();
    hash.update(purpose);
    hash.update(seed.to_be_bytes());
    hash.update(serial.to_be_bytes());
    let bytes: [u8; 32] = hash.finalize().into();
    bytes
        .iter()
        .take(8)
        .fold(0, |number, byte| (number << 8) | u64::from(*byte))
}
