//! What systemd is told, where it has started the service.

/// Says that the service has begun.
pub(super) fn ready() {
    tell(State::Ready);
}

/// Says that it is at work: where that is not said for long enough, it is started anew (`WatchdogSec`).
pub(super) fn at_work() {
    tell(State::AtWork);
}

/// Says that it is ending.
pub(super) fn ending() {
    tell(State::Ending);
}

enum State {
    Ready,
    AtWork,
    Ending,
}

#[cfg(unix)]
fn tell(state: State) {
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
fn tell(state: State) {
    let (State::Ready | State::AtWork | State::Ending) = state;
}
