//! The result of `verify-signature`.

use std::io::{self, Write};

use crate::delivery::signature::InvalidSignature;

/// Shows where the key that signed is from, or why none did.
///
/// # Errors
///
/// Those of the writer.
pub fn verified(found: Result<&str, &InvalidSignature>, out: &mut dyn Write) -> io::Result<()> {
    match found {
        Ok(from) => writeln!(out, "Valid: signed with the key of {from}."),
        Err(error) => {
            writeln!(out, "Not valid: {error}.")?;
            writeln!(out, "What to do: {}.", error.way_out())
        }
    }
}
