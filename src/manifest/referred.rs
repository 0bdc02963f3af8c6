//! The files that a manifest refers to. Each is read once, however many environments name it.

use std::{
    cell::OnceCell,
    collections::HashMap,
    path::{Path, PathBuf},
    rc::Rc,
    sync::Arc,
};

use super::{
    pem::Labels,
    resolve::{Lookup, Resolver},
};
use crate::{diagnostic::Span, model::Secret};

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

impl Resolver<'_> {
    /// What a file holds that the manifest refers to at this place. A relative path is relative to the
    /// manifest's folder.
    pub(super) fn referred_file(&mut self, path: &str, place: Span) -> Content {
        let beside = &self.sources.get(place.source).label;
        let folder = Path::new(beside).parent().unwrap_or(Path::new(""));
        let at = folder.join(path);
        if let Some(content) = self.files.0.get(&at) {
            return content.clone();
        }
        if !self.has_room() {
            return Content::Withheld;
        }
        let (content, size) = match self.values.file(beside, path) {
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
        };
        let content = match self.takes_room(size, place) {
            true => content,
            false => Content::Withheld,
        };
        self.files.0.insert(at, content.clone());
        content
    }
}
