//! How many files and connections this process may have open, and how they are shared out.

use std::{io, num::NonZeroUsize};

/// What is kept for other things: the terminal, the runtime, manifests, archives, logs, programs, name look-ups.
const KEPT: usize = 40;
/// More connections make nothing faster.
const MOST: usize = 256;
/// Where the system does not say what it allows.
#[cfg(not(unix))]
const USUAL: usize = 256;

/// What connections may use of the descriptors that a process may have open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Budget {
    /// How many requests may be under way at once.
    pub(crate) busy: NonZeroUsize,
    /// How many connections may be kept open for later requests, over all servers.
    pub(crate) idle: usize,
}

impl Budget {
    /// That of this process.
    pub(crate) fn of_process() -> Self {
        Self::of(allowed())
    }

    /// A third each: a connection that comes about can need two for a moment, as it tries two addresses.
    fn of(allowed: usize) -> Self {
        let third = allowed.saturating_sub(KEPT) / 3;
        Self {
            busy: NonZeroUsize::new(third.min(MOST)).unwrap_or(NonZeroUsize::MIN),
            idle: third.min(MOST),
        }
    }
}

#[cfg(unix)]
fn allowed() -> usize {
    use rustix::process::{Resource, getrlimit};
    let limit = getrlimit(Resource::Nofile).current;
    limit.map_or(usize::MAX, |limit| {
        usize::try_from(limit).unwrap_or(usize::MAX)
    })
}

#[cfg(not(unix))]
fn allowed() -> usize {
    USUAL
}

/// Sees that the runtime can be started, which panics where it can open too few files, and a small run be ended.
///
/// # Errors
///
/// Fewer can be opened than it needs.
#[cfg(unix)]
pub(crate) fn check() -> io::Result<()> {
    use std::os::unix::net::UnixStream;
    // An epoll, a waker, a pair for signals with a copy of one end: and what the smallest run opens after that, so that
    // it does not end in the middle.
    let pairs: io::Result<Vec<_>> = (0..12).map(|_| UnixStream::pair()).collect();
    pairs.map(drop)
}

#[cfg(not(unix))]
pub(crate) fn check() -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_never_take_all_descriptors() {
        for allowed in [0, 10, 41, 64, 128, 256, 1024, 65_536, usize::MAX] {
            let Budget { busy, idle } = Budget::of(allowed);
            assert!(busy.get() <= MOST && idle <= MOST);
            // Down to where there is room for one alone.
            if allowed >= KEPT + 3 {
                assert!(KEPT + 2 * busy.get() + idle <= allowed, "{allowed}");
            }
        }
        assert_eq!(Budget::of(256).busy.get(), 72);
        assert_eq!(Budget::of(usize::MAX).busy.get(), MOST);
    }
}
