//! Ctrl-C on Windows.

use std::io;

use super::{Terminal, heard};

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
                heard(&terminal);
            }
        });
    });
    Ok(())
}
