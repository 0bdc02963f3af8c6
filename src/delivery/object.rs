//! What an event is about.

use std::borrow::Cow;

use crate::model::{Masker, interned};

/// The object that an event is about: which field of the payload names it, and its id there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    kind: Cow<'static, str>,
    id: String,
}

impl ObjectId {
    /// The object that this field names by this id.
    pub fn new(kind: impl AsRef<str> + Into<String>, id: impl Into<String>) -> Self {
        Self {
            kind: interned(kind),
            id: id.into(),
        }
    }

    /// The same object, with what is sensitive masked in its id.
    pub(super) fn masked(self, masker: &Masker) -> Self {
        Self {
            kind: self.kind,
            id: masker.mask_foreign(&self.id).into_owned(),
        }
    }

    /// The payload's field that names it, such as `order_id`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Its id there.
    pub fn id(&self) -> &str {
        &self.id
    }
}
