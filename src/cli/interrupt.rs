//! What interrupts of a run do: that is said by whoever has asked for it.
//!
//! `apply` lets requests in flight finish, and a server ends. A second one, or one that nobody has asked for, ends the
//! run at once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::apply::Stop;

/// The interrupts of a run. Clones are one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interrupts {
    /// What the next interrupt is to stop, and whether it is said.
    asked: Arc<Mutex<Option<(Stop, Saying)>>>,
    /// Asked for when the run is to end at once.
    over: Stop,
    /// Whether an interrupt was heard of which nothing was said yet.
    unsaid: Arc<Mutex<bool>>,
}

/// Whether something is said of an interrupt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Saying {
    Aloud,
    Nothing,
}

/// What an interrupt did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// The run was asked to stop.
    Stopping,
    /// The run ends at once.
    Over,
}

/// Ends the watch when dropped: the next interrupt ends the run at once.
pub(crate) struct Watch(Interrupts);

impl Drop for Watch {
    fn drop(&mut self) {
        *self.0.next() = None;
    }
}

impl Interrupts {
    /// Waits until the run is to end at once.
    pub(crate) async fn over(&self) {
        self.over.asked().await;
    }

    fn next(&self) -> MutexGuard<'_, Option<(Stop, Saying)>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says once of an interrupt that was heard what it does. Whoever is about to say anything else calls this first, so that
    /// the reason stands before the consequences, on whichever thread they are said.
    pub(crate) fn say_first(&self, say: impl FnOnce()) {
        let mut unsaid = self.unsaid();
        if std::mem::take(&mut *unsaid) {
            say();
        }
    }

    fn unsaid(&self) -> MutexGuard<'_, bool> {
        self.unsaid.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does what an interrupt is to do.
    pub(crate) fn heard(&self) -> Heard {
        let asked = self.next().take();
        match asked {
            Some((stop, saying)) => {
                // What stops may end the run before anything else is said: see `say_first`.
                *self.unsaid() = saying == Saying::Aloud;
                stop.now();
                Heard::Stopping
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
        *self.next() = Some((stop.clone(), saying));
        Watch(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Else an error may stand before its reason, as its thread is faster.
    #[test]
    fn what_is_stopped_is_said_by_whoever_speaks_first_and_once() {
        let (interrupts, stop) = (Interrupts::default(), Stop::default());
        let said = |interrupts: &Interrupts| {
            let mut said = 0;
            interrupts.say_first(|| said += 1);
            said
        };
        let _watch = interrupts.stop(&stop);
        assert_eq!(said(&interrupts), 0);
        assert_eq!(interrupts.heard(), Heard::Stopping);
        assert!(stop.is_asked());
        assert_eq!((said(&interrupts), said(&interrupts)), (1, 0));
    }

    #[test]
    fn what_has_no_end_of_its_own_needs_no_words() {
        let (interrupts, stop) = (Interrupts::default(), Stop::default());
        let _watch = interrupts.end(&stop);
        assert_eq!(interrupts.heard(), Heard::Stopping);
        interrupts.say_first(|| panic!("nothing is to be said"));
    }
}
