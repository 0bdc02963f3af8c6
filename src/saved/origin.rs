//! What a plan was made of.

use jiff::Timestamp;

/// What a plan was made of, for those who review it elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The SHA-256 digest of the manifest, in hex.
    pub manifest: String,
    /// The commit the manifest is of.
    pub commit: Option<String>,
    /// The SHA-256 digest of the saved plan, in hex; `None` where it was not saved.
    pub plan: Option<String>,
    /// When the saved plan was made.
    pub created_at: Option<Timestamp>,
    /// Until when the saved plan can be applied; `None`: as long as nothing has moved.
    pub expires_at: Option<Timestamp>,
}
