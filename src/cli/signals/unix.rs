//! The signals of Unix.

use std::io;

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};

use super::{Terminal, heard};

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
                heard(&terminal);
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
