//! What interrupts of a run do: that is said by whoever has asked for it.
//!
//! `apply` lets requests in flight finish, and a server ends. A second one, or one that nobody has asked for, ends the
//! run at once.

use std::sync::{Arc, Mutex, PoisonError};

use crate::apply::Stop;

/// The interrupts of a run. Clones are one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interrupts {
    /// What the next interrupt is to stop, and whether it is said.
    asked: Arc<Mutex<Option<(Stop, Saying)>>>,
    /// Asked for when the run is to end at once.
    over: Stop,
}

/// Whether something is said of an interrupt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Saying {
    Aloud,
    Nothing,
}

/// What an interrupt does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// The run was asked to stop.
    Stopping(Saying),
    /// The run ends at once.
    Over,
}

/// Ends the watch when dropped: the next interrupt ends the run at once.
pub(crate) struct Watch(Interrupts);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.set(None);
    }
}

impl Interrupts {
    /// Waits until the run is to end at once.
    pub(crate) async fn over(&self) {
        self.over.asked().await;
    }

    fn set(&self, asked: Option<(Stop, Saying)>) {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = asked;
    }

    fn take(&self) -> Option<(Stop, Saying)> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.take()
    }

    /// Does what an interrupt is to do. Gives what is to be said of it.
    pub(crate) fn heard(&self) -> Heard {
        match self.take() {
            Some((stop, saying)) => {
                stop.now();
                Heard::Stopping(saying)
            }
            None => {
                self.over.now();
                Heard::Over
            }
        }
    }

    /// Asks the run to stop at the first interrupt; the second ends it at once.
    pub(crate) fn stop(&self, stop: &Stop) -> Watch {
        self.asked_by(stop, Saying::Aloud)
    }

    /// The same for what has no end of its own: that it is stopped needs no words.
    pub(crate) fn end(&self, stop: &Stop) -> Watch {
        self.asked_by(stop, Saying::Nothing)
    }

    fn asked_by(&self, stop: &Stop, saying: Saying) -> Watch {
        self.set(Some((stop.clone(), saying)));
        Watch(self.clone())
    }
}
