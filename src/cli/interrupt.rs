//! Ctrl-C: the first lets requests in flight finish, the second stops at once.

use tokio::task::JoinHandle;

use super::{exit, terminal::Terminal};
use crate::apply::Stop;

/// Ends the watch when dropped.
pub(crate) struct Watch(JoinHandle<()>);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Asks the run to stop at the first interrupt, and ends the process at the second.
pub(crate) fn stop_on_interrupt(stop: &Stop, terminal: &Terminal) -> Watch {
    let (stop, terminal) = (stop.clone(), terminal.clone());
    Watch(tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_err() {
            return;
        }
        stop.now();
        let note = "stopping: requests in flight finish, no other begins; press Ctrl-C again to stop at once";
        terminal.complain(|out| writeln!(out, "{note}")).ok();
        if tokio::signal::ctrl_c().await.is_ok() {
            let note = "stopped at once: requests in flight may have been carried out; run again to converge";
            terminal.complain(|out| writeln!(out, "{note}")).ok();
            #[expect(
                clippy::exit,
                reason = "whoever presses twice does not want to wait for anything"
            )]
            std::process::exit(exit::PARTIAL.into());
        }
    }))
}
