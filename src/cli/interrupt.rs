//! Ctrl-C: the first lets requests in flight finish, the second stops at once.

use std::io;

use tokio::task::JoinHandle;

use super::{args::Format, exit, terminal::Terminal};
use crate::{apply::Stop, report::json};

/// Ends the watch when dropped.
pub(crate) struct Watch(JoinHandle<()>);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The interrupts from now on: also those that come before anybody waits for them.
#[cfg(unix)]
pub(crate) fn interrupts() -> io::Result<tokio::signal::unix::Signal> {
    tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())
}

/// The interrupts from now on: also those that come before anybody waits for them.
#[cfg(windows)]
pub(crate) fn interrupts() -> io::Result<tokio::signal::windows::CtrlC> {
    tokio::signal::windows::ctrl_c()
}

/// Asks the run to stop at the first interrupt, and ends the process at the second.
pub(crate) fn stop_on_interrupt(stop: &Stop, terminal: &Terminal) -> Watch {
    let (stop, terminal) = (stop.clone(), terminal.clone());
    let interrupts = interrupts();
    Watch(tokio::spawn(async move {
        // Where they cannot be listened to, an interrupt ends the process as ever.
        let Ok(mut interrupts) = interrupts else {
            return;
        };
        if interrupts.recv().await.is_none() {
            return;
        }
        stop.now();
        let note = "stopping: requests in flight finish, no other begins; press Ctrl-C again to stop at once";
        terminal.complain(|out| writeln!(out, "{note}")).ok();
        if interrupts.recv().await.is_some() {
            let note = "stopped at once: requests in flight may have been carried out; run again to converge";
            terminal.complain(|out| writeln!(out, "{note}")).ok();
            if terminal.format == Format::Json {
                let document = json::failure(json::Outcome::Partial, note.to_owned(), Vec::new());
                terminal.result(|out| json::write(&document, out)).ok();
            }
            #[expect(
                clippy::exit,
                reason = "whoever presses twice does not want to wait for anything"
            )]
            std::process::exit(exit::PARTIAL.into());
        }
    }))
}
