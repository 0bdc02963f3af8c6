//! The files that a manifest refers to. Each is read once, however many environments name it.

use std::{
    cell::OnceCell,
    collections::HashMap,
    path::{Path, PathBuf},
    rc::Rc,
    sync::Arc,
};

use super::{
    outside::{Lookup, Values},
    pem::Labels,
};
use crate::model::Secret;

/// What a file counts for that cannot be read, in bytes: as much of it as may be read was read all the same.
const UNREADABLE: usize = 64 * 1024;

/// The files that were read so far, by their paths.
#[derive(Default)]
pub(super) struct Files(HashMap<PathBuf, Content>);

/// What is known of a file.
#[derive(Clone)]
pub(super) enum Content {
    /// It holds this.
    Known(Rc<Known>),
    /// It is not looked at, or there was no room for it, which was reported.
    Withheld,
    /// It cannot be read: why, as a fragment for a message.
    Unreadable(String),
}

/// A file that could be read.
pub(super) struct Known {
    text: Arc<Secret>,
    /// Looked for once: that takes as long as the file is.
    labels: OnceCell<Labels>,
}

impl Known {
    pub(super) fn text(&self) -> &str {
        self.text.expose()
    }

    /// What it holds in PEM.
    pub(super) fn labels(&self) -> Labels {
        *self.labels.get_or_init(|| Labels::of(self.text()))
    }

    /// The text, for as long as it is needed.
    pub(super) fn shared(&self) -> Arc<Secret> {
        Arc::clone(&self.text)
    }
}

impl Files {
    /// What a file holds, as far as it was read before.
    pub(super) fn known(&self, path: &Path) -> Option<Content> {
        self.0.get(path).cloned()
    }

    /// Reads a file; with how many bytes that counts.
    pub(super) fn read(values: &dyn Values, beside: &str, path: &str) -> (Content, usize) {
        match values.file(beside, path) {
            Ok(Lookup::Found(text)) => {
                let size = text.len();
                let known = Known {
                    text: Arc::new(Secret::new(text)),
                    labels: OnceCell::new(),
                };
                (Content::Known(Rc::new(known)), size)
            }
            Ok(Lookup::Withheld) => (Content::Withheld, 0),
            Ok(Lookup::Unset) => (Content::Unreadable("there is no such file".to_owned()), 0),
            Err(problem) => (Content::Unreadable(problem), UNREADABLE),
        }
    }

    /// Remembers what a file holds.
    pub(super) fn keep(&mut self, path: PathBuf, content: Content) {
        self.0.insert(path, content);
    }
}
