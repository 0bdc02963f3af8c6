//! What systemd is told, where it has started the service.

/// What the service is doing.
pub(super) enum State {
    /// It has begun.
    Ready,
    /// It is at work: where that is not said for long enough, it is started anew (`WatchdogSec`).
    AtWork,
    /// It is ending.
    Ending,
}

#[cfg(unix)]
pub(super) fn tell(state: State) {
    use sd_notify::NotifyState;
    let state = match state {
        State::Ready => NotifyState::Ready,
        State::AtWork => NotifyState::Watchdog,
        State::Ending => NotifyState::Stopping,
    };
    // Where nobody has asked for it, or nobody listens any more, there is nothing to do.
    sd_notify::notify(&[state]).ok();
}

#[cfg(not(unix))]
pub(super) fn tell(state: State) {
    let (State::Ready | State::AtWork | State::Ending) = state;
}
