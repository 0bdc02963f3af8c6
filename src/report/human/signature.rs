//! The result of `verify-signature`.

use std::io::{self, Write};

use super::text::wrap;
use crate::delivery::signature::InvalidSignature;

/// Shows where the key that signed is from, or why none did.
///
/// # Errors
///
/// Those of the writer.
pub fn verified(
    found: Result<&str, &InvalidSignature>,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    match found {
        Ok(from) => writeln!(out, "Valid: signed with the key of {from}."),
        Err(error) => {
            let what = format!("Not valid: {error}.");
            writeln!(out, "{}", wrap(&what, width, 2))?;
            let way_out = format!("To go on: {}.", error.way_out());
            writeln!(out, "{}", wrap(&way_out, width, 2))
        }
    }
}
