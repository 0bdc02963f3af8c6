//! Ctrl-C, and the signal by which supervisors and CI systems stop a process: the first lets requests in
//! flight finish, the second stops at once.

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
pub(crate) struct Interrupts {
    #[cfg(unix)]
    interrupted: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminated: tokio::signal::unix::Signal,
    #[cfg(windows)]
    interrupted: tokio::signal::windows::CtrlC,
}

#[cfg(unix)]
impl Interrupts {
    pub(crate) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupted: signal(SignalKind::interrupt())?,
            terminated: signal(SignalKind::terminate())?,
        })
    }

    /// The next one; `None` where no other can come.
    pub(crate) async fn recv(&mut self) -> Option<()> {
        tokio::select! {
            interrupted = self.interrupted.recv() => interrupted,
            terminated = self.terminated.recv() => terminated,
        }
    }
}

#[cfg(windows)]
impl Interrupts {
    pub(crate) fn listen() -> io::Result<Self> {
        let interrupted = tokio::signal::windows::ctrl_c()?;
        Ok(Self { interrupted })
    }

    /// The next one; `None` where no other can come.
    pub(crate) async fn recv(&mut self) -> Option<()> {
        self.interrupted.recv().await
    }
}

/// Asks the run to stop at the first interrupt, and ends the process at the second.
pub(crate) fn stop_on_interrupt(stop: &Stop, terminal: &Terminal) -> Watch {
    let (stop, terminal) = (stop.clone(), terminal.clone());
    let interrupts = Interrupts::listen();
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
