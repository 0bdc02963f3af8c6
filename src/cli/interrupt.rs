//! Ctrl-C, and the signals by which supervisors, CI systems and closed terminals stop a process.
//!
//! They are listened to on a thread of its own, from the beginning of a run to its end: a run that waits
//! for its input or computes hears them too. What an interrupt does is said by whoever has asked for it:
//! `apply` lets requests in flight finish, and a server ends. A second one, or one that nobody has asked
//! for, ends the run at once.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::{args::Format, sent::Sent, terminal::Terminal};
use crate::{
    apply::Stop,
    report::{human, json},
};

/// How long a run may take to end at once, before its process is ended.
const AT_ONCE: Duration = Duration::from_secs(1);

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
enum Saying {
    Aloud,
    Nothing,
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

    /// Does what an interrupt is to do.
    fn heard(&self, terminal: &Terminal) {
        match self.take() {
            Some((stop, saying)) => {
                stop.now();
                if saying == Saying::Aloud {
                    let note = "stopping: requests in flight finish, no other begins; press Ctrl-C again to stop at once";
                    terminal.complain(|out| writeln!(out, "{note}")).ok();
                }
            }
            None => self.over.now(),
        }
    }
}

/// Asks the run to stop at the first interrupt; the second ends it at once.
pub(crate) fn stop_on_interrupt(stop: &Stop, terminal: &Terminal) -> Watch {
    asked_by(stop, Saying::Aloud, terminal)
}

/// The same for what has no end of its own: that it is stopped needs no words.
pub(crate) fn end_on_interrupt(stop: &Stop, terminal: &Terminal) -> Watch {
    asked_by(stop, Saying::Nothing, terminal)
}

fn asked_by(stop: &Stop, saying: Saying, terminal: &Terminal) -> Watch {
    let interrupts = terminal.interrupts();
    interrupts.set(Some((stop.clone(), saying)));
    Watch(interrupts.clone())
}

/// Shows that a run was ended at once, and returns its exit code.
pub(crate) fn ended_at_once(terminal: &Terminal) -> u8 {
    let sent = terminal.ledger().sent();
    let (code, outcome) = sent.unfinished();
    let text = match sent {
        Sent::Nothing => "interrupted; nothing was changed",
        Sent::Perhaps | Sent::Something => {
            "stopped at once: requests in flight may have been carried out; run again to converge"
        }
    };
    if terminal.format == Format::Json {
        let document = json::failure(outcome, text.to_owned(), Vec::new());
        terminal.last_result(|out| json::write(&document, out));
    }
    terminal.complain(|out| human::error(text, &[], out)).ok();
    code
}

/// Ends the process of a run that does not end by itself: it may wait for its input, or compute.
fn end_the_process(terminal: &Terminal) -> ! {
    std::thread::sleep(AT_ONCE);
    let code = terminal
        .settled()
        .unwrap_or_else(|| ended_at_once(terminal));
    #[expect(
        clippy::exit,
        reason = "whoever presses twice does not want to wait for anything"
    )]
    std::process::exit(code.into())
}

#[cfg(unix)]
pub(crate) use self::unix::listen;
#[cfg(windows)]
pub(crate) use self::windows::listen;

#[cfg(unix)]
mod unix {
    use std::io;

    use signal_hook::{
        consts::{SIGHUP, SIGINT, SIGTERM},
        iterator::Signals,
    };

    use super::{Terminal, end_the_process};

    /// Listens from now on.
    pub(crate) fn listen(terminal: &Terminal) -> io::Result<()> {
        let ignored = ignored();
        // What ignores a signal when it begins, as under `nohup`, is to go on ignoring it.
        let wanted = [SIGINT, SIGTERM, SIGHUP];
        let wanted = wanted.into_iter().filter(|signal| !ignored.has(*signal));
        let mut signals = Signals::new(wanted)?;
        let terminal = terminal.clone();
        std::thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || {
                for _ in signals.forever() {
                    terminal.interrupts().heard(&terminal);
                    if terminal.interrupts().over.is_asked() {
                        end_the_process(&terminal);
                    }
                }
            })?;
        Ok(())
    }

    /// A set of signals: the bits of their numbers less one.
    struct Ignored(u64);

    impl Ignored {
        fn has(&self, signal: i32) -> bool {
            self.0 & (1 << (signal - 1)) != 0
        }
    }

    /// The signals that this process was started to ignore, where the system says so.
    #[expect(clippy::disallowed_methods, reason = "this is where files are read")]
    fn ignored() -> Ignored {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mut lines = status.lines();
        let bits = lines.find_map(|line| line.strip_prefix("SigIgn:"));
        let bits = bits.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok());
        Ignored(bits.unwrap_or_default())
    }
}

#[cfg(windows)]
mod windows {
    use std::io;

    use super::{Terminal, end_the_process};

    /// Listens from now on.
    pub(crate) fn listen(terminal: &Terminal) -> io::Result<()> {
        let terminal = terminal.clone();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        std::thread::spawn(move || {
            runtime.block_on(async {
                let Ok(mut interrupted) = tokio::signal::windows::ctrl_c() else {
                    return;
                };
                while interrupted.recv().await.is_some() {
                    terminal.interrupts().heard(&terminal);
                    if terminal.interrupts().over.is_asked() {
                        end_the_process(&terminal);
                    }
                }
            });
        });
        Ok(())
    }
}
