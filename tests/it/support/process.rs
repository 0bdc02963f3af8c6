//! A run that is still going on: it can be signalled, killed, and typed to.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    process::{Child, Command, Stdio},
    thread,
};

use rustix::{
    process::{Pid, Signal, kill_process},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
};

use super::Workspace;

/// A program that runs.
pub(crate) struct Running {
    child: Child,
    stderr: BufReader<std::process::ChildStderr>,
    said: String,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Self {
            child,
            stderr,
            said: String::new(),
        }
    }

    /// Its standard input, which stays open as long as this lives.
    pub(crate) fn input(&mut self) -> std::process::ChildStdin {
        self.child.stdin.take().unwrap()
    }

    /// Presses Ctrl-C.
    pub(crate) fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for a line on standard error that starts like this.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, start: &str) {
        self.wait_until(start, |line| line.starts_with(start));
    }

    /// Waits for a line on standard error that is one of these, and gives it; `what` says what they are.
    #[track_caller]
    pub(crate) fn wait_until(&mut self, what: &str, is_it: impl Fn(&str) -> bool) -> String {
        loop {
            let mut line = String::new();
            let read = self.stderr.read_line(&mut line).unwrap();
            self.said.push_str(&line);
            if is_it(&line) {
                return line;
            }
            assert!(read > 0, "it ended without {what:?}:\n{}", self.said);
        }
    }

    /// Waits for its end: exit code, standard output, standard error.
    pub(crate) fn finish(mut self) -> (Option<i32>, String, String) {
        let mut stdout = self.child.stdout.take().unwrap();
        let reading = thread::spawn(move || {
            let mut text = String::new();
            stdout.read_to_string(&mut text).unwrap();
            text
        });
        self.stderr.read_to_string(&mut self.said).unwrap();
        let status = self.child.wait().unwrap();
        let said = std::mem::take(&mut self.said);
        (status.code(), reading.join().unwrap(), said)
    }
}

/// What a sink's script does that interrupts the program, and goes on once somebody has seen that it was heard.
pub(crate) const INTERRUPTING: &str = "kill -INT $PPID; until test -e go; do :; done;";

/// Runs a program with such a sink; `is_at_once` presses Ctrl-C a second time. Gives its exit code, standard output, standard error.
#[track_caller]
pub(crate) fn interrupted_by_its_sink(
    workspace: &Workspace,
    command: Command,
    is_at_once: bool,
) -> (Option<i32>, String, String) {
    let mut running = Running::start(command);
    running.wait_for("stopping: requests in flight finish");
    if is_at_once {
        running.interrupt();
        let ended = running.finish();
        workspace.write("go", "");
        return ended;
    }
    workspace.write("go", "");
    running.finish()
}

impl Drop for Running {
    /// A test that fails leaves nothing behind.
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Runs a program on a terminal on which somebody types `typed` once `question` is shown. Gives its
/// exit code, its standard output (which is no terminal) and what the terminal showed.
#[track_caller]
pub(crate) fn on_terminal(
    command: Command,
    question: &str,
    before_typing: impl FnOnce(),
    typed: &str,
) -> (Option<i32>, String, String) {
    at_question(command, question, |_, screen| {
        before_typing();
        screen.write_all(typed.as_bytes()).unwrap();
    })
}

/// The same, but whoever is asked presses Ctrl-C.
#[track_caller]
pub(crate) fn interrupted_on_terminal(
    command: Command,
    question: &str,
) -> (Option<i32>, String, String) {
    at_question(command, question, |child, _| {
        kill_process(Pid::from_child(child), Signal::INT).unwrap();
    })
}

fn at_question(
    mut command: Command,
    question: &str,
    act: impl FnOnce(&Child, &mut File),
) -> (Option<i32>, String, String) {
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&controller).unwrap();
    unlockpt(&controller).unwrap();
    let name = ptsname(&controller, Vec::new()).unwrap();
    let terminal = File::options()
        .read(true)
        .write(true)
        .open(name.to_str().unwrap())
        .unwrap();
    let mut child = command
        .stdin(terminal.try_clone().unwrap())
        .stdout(Stdio::piped())
        .stderr(terminal)
        .spawn()
        .unwrap();
    // The command holds the terminal open, and with it the reading below.
    drop(command);
    let mut screen = File::from(controller);
    let mut shown = String::new();
    let mut act = Some(act);
    let mut piece = [0; 4096];
    // A terminal that nobody has open any more is an error to read.
    while let Ok(read @ 1..) = screen.read(&mut piece) {
        shown.push_str(&String::from_utf8_lossy(&piece[..read]));
        if shown.contains(question)
            && let Some(act) = act.take()
        {
            act(&child, &mut screen);
        }
    }
    let mut stdout = String::new();
    let mut pipe = child.stdout.take().unwrap();
    pipe.read_to_string(&mut stdout).unwrap();
    let status = child.wait().unwrap();
    (status.code(), stdout, shown)
}
