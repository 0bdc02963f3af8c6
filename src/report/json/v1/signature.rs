//! The document of `verify-signature`.

use schemars::JsonSchema;
use serde::Serialize;

use super::Document;
use crate::{delivery::signature::InvalidSignature, model::ProviderProfile};

/// Whether a signature is that of a body.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Verified {
    /// Whether it is.
    valid: bool,
    /// By whose rules.
    provider: &'static ProviderProfile,
    /// Where the key that signed is from.
    key: Option<String>,
    /// What is wrong, where something is.
    problem: Option<SignatureProblem>,
}

/// Why a signature is not that of a body.
#[derive(Debug, Serialize, JsonSchema)]
struct SignatureProblem {
    /// A stable name: `header-missing`, `no-time`, `other-versions`, `no-signature`, `prefix-missing`,
    /// `prefix-unexpected`, `not-hex`, `length`, `key`, `body-changed`, `too-old`, `too-new` or `mismatch`.
    code: &'static str,
    /// What is wrong.
    message: String,
    /// What to do.
    hint: String,
}

/// The document of `verify-signature`: where the key that signed is from, or why none did.
pub fn verified(
    provider: &'static ProviderProfile,
    found: Result<&str, &InvalidSignature>,
) -> Document<Verified> {
    Document::judged(
        found.is_ok(),
        Verified {
            valid: found.is_ok(),
            provider,
            key: found.ok().map(str::to_owned),
            problem: found.err().map(|error| SignatureProblem {
                code: error.code(),
                message: error.to_string(),
                hint: error.way_out(),
            }),
        },
    )
}
