//! Ctrl-C, and the signals by which supervisors, CI systems and closed terminals stop a process.
//!
//! They are listened to on a thread of its own, from the beginning of a run to its end: a run that waits
//! for its input or computes hears them too.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::time::Duration;

use super::{interrupt::Heard, sent::Sent, terminal::Terminal};

#[cfg(unix)]
pub(crate) use self::unix::listen;
#[cfg(windows)]
pub(crate) use self::windows::listen;

/// How long a run may take to end at once, before its process is ended.
const AT_ONCE: Duration = Duration::from_secs(1);

/// Shows that a run was ended at once, and returns its exit code.
pub(crate) fn ended_at_once(terminal: &Terminal) -> u8 {
    terminal.clear_bars();
    let sent = terminal.ledger().sent();
    let (code, outcome) = sent.unfinished();
    let text = match sent {
        Sent::Nothing => "interrupted; nothing was changed",
        Sent::Perhaps | Sent::Something => {
            "stopped at once: requests in flight may have been carried out; run again to converge"
        }
    };
    terminal.last_document(outcome, text, &[]);
    terminal.complain_of(text, &[]);
    code
}

/// Does what an interrupt is to do, and says so.
fn heard(terminal: &Terminal) {
    match terminal.interrupts().heard() {
        Heard::Stopping => terminal.say_stopping(),
        Heard::Over => end_the_process(terminal),
    }
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
