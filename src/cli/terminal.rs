//! The streams: everything the program shows goes through here, and is masked on its way.

use std::{
    borrow::Cow,
    io::{self, IsTerminal, Write},
    sync::{
        Arc, Mutex, OnceLock, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use anstream::{AutoStream, ColorChoice};
use indicatif::{MultiProgress, ProgressDrawTarget};
use serde::Serialize;

use super::{
    args::{Color, Format, GlobalArgs, Wanted},
    beside::Beside,
    error::CliError,
    interrupt::Interrupts,
    sent::Ledger,
};
use crate::{
    model::Masker,
    report::{
        commands::without_commands,
        human,
        json::{self, Document, Kind},
        sarif,
    },
    run::Outcome,
};

/// The width of text where the terminal does not say: what a pipe gets.
const WIDTH: usize = 80;
/// The narrowest and the widest that text is laid out.
const WIDTHS: (usize, usize) = (60, 160);

/// What an interrupt does that stops a run.
const STOPPING: &str =
    "stopping: requests in flight finish, no other begins; press Ctrl-C again to stop at once";

/// The streams of a run, and how they are to be used.
#[derive(Clone, Debug)]
pub(crate) struct Terminal {
    pub(crate) format: Format,
    /// The format of the result, where the command has what is asked for.
    pub(crate) wanted: Wanted,
    pub(crate) quiet: bool,
    color: ColorChoice,
    masker: Arc<RwLock<Masker>>,
    ledger: Ledger,
    interrupts: Interrupts,
    /// What `--json-into` names.
    beside: Option<Arc<Beside>>,
    /// What is drawn on a terminal while a run works.
    bars: MultiProgress,
    /// What is said after the result.
    later: Arc<Mutex<Vec<u8>>>,
    /// Whether something of the result was written, or tried to be.
    begun: Arc<AtomicBool>,
    /// The exit code, once it is known.
    settled: Arc<OnceLock<u8>>,
}

impl Terminal {
    pub(crate) fn new(global: &GlobalArgs) -> Self {
        Self {
            format: global.format.format(),
            wanted: match Wanted::of(&global.command).contains(&global.format) {
                true => global.format,
                false => Wanted::Text,
            },
            quiet: global.quiet,
            color: match global.color {
                Color::Auto => ColorChoice::Auto,
                Color::Always => ColorChoice::Always,
                Color::Never => ColorChoice::Never,
            },
            masker: Arc::default(),
            ledger: Ledger::default(),
            interrupts: Interrupts::default(),
            beside: global
                .json_into
                .clone()
                .map(|path| Arc::new(Beside::new(path))),
            bars: MultiProgress::with_draw_target(match global.quiet {
                true => ProgressDrawTarget::hidden(),
                false => ProgressDrawTarget::stderr(),
            }),
            later: Arc::default(),
            begun: Arc::default(),
            settled: Arc::default(),
        }
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// What interrupts of this run do.
    pub(crate) fn interrupts(&self) -> &Interrupts {
        &self.interrupts
    }

    /// Keeps the exit code, and returns it.
    pub(crate) fn settle(&self, code: u8) -> u8 {
        *self.settled.get_or_init(|| code)
    }

    /// The exit code, where it is known.
    pub(crate) fn settled(&self) -> Option<u8> {
        self.settled.get().copied()
    }

    /// Masks these values too in everything that is shown from now on, whoever made the text.
    pub(crate) fn mask(&self, masker: Masker) {
        let mut known = self.masker.write().unwrap_or_else(PoisonError::into_inner);
        *known = known.and(&masker);
    }

    /// What is drawn while a run works, on standard error. Whatever is written meanwhile stands above it.
    pub(crate) fn bars(&self) -> &MultiProgress {
        &self.bars
    }

    /// Takes away what is drawn: the run works no more.
    pub(crate) fn clear_bars(&self) {
        self.bars.clear().ok();
        self.bars.set_draw_target(ProgressDrawTarget::hidden());
    }

    pub(crate) fn masker(&self) -> Masker {
        let masker = self.masker.read();
        masker.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Writes the result to standard output.
    pub(crate) fn result(
        &self,
        render: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        self.begun.store(true, Ordering::SeqCst);
        self.to_stdout(Masker::mask_rendered, without_commands, render)
    }

    /// Writes to standard output what must stay to the letter: a file's content, or commands that the
    /// runner of a job is to take.
    pub(crate) fn verbatim(
        &self,
        render: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        self.to_stdout(Masker::mask, |text| Cow::Borrowed(text), render)
    }

    fn to_stdout(
        &self,
        mask: impl for<'t> Fn(&Masker, &'t str) -> Cow<'t, str>,
        harmless: impl Fn(&str) -> Cow<'_, str>,
        render: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let stream = AutoStream::new(io::stdout(), self.color_of(&io::stdout()));
        let is_screen = io::stdout().is_terminal();
        self.write(stream, is_screen, mask, harmless, render)
            .map_err(lost)
    }

    /// Shows a result: the document where JSON is asked for, otherwise what `shown` writes. `--json-into` gets the document in
    /// any case.
    ///
    /// # Errors
    ///
    /// Either could not be written. What can be is.
    pub(crate) fn show<T: Kind + Serialize>(
        &self,
        document: impl FnOnce() -> Document<T>,
        shown: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), CliError> {
        if self.format == Format::Json {
            let document = document();
            let kept = self.keep(|| json::text(&document));
            self.result(|out| json::write(&document, out))?;
            return kept;
        }
        let kept = self.keep(|| json::text(&document()));
        self.result(shown)?;
        kept
    }

    /// Says where something listens from now on: in JSON, in the one line that a script waits for.
    pub(crate) fn serves_at(&self, base_url: &str, shown: &str) -> io::Result<()> {
        let document = serde_json::json!({
            "format_version": 1, "outcome": "nothing", "base_url": base_url,
        });
        self.result(|out| match self.format {
            Format::Json => writeln!(out, "{document}"),
            Format::Text => writeln!(out, "{shown}"),
        })
    }

    /// Keeps the document of a run for `--json-into`, where that is asked for.
    ///
    /// # Errors
    ///
    /// The file could not be written.
    pub(crate) fn keep(
        &self,
        document: impl FnOnce() -> io::Result<String>,
    ) -> Result<(), CliError> {
        match &self.beside {
            Some(beside) => beside.write(&self.masked(&document()?)),
            None => Ok(()),
        }
    }

    /// Whether `--json-into` can be written, before any work.
    ///
    /// # Errors
    ///
    /// What is in the way.
    pub(crate) fn check_beside(&self) -> Result<(), CliError> {
        self.beside.as_ref().map_or(Ok(()), |beside| beside.check())
    }

    /// Writes the one document of a run that ends without a result, where it is asked for.
    pub(crate) fn last_document(&self, outcome: Outcome, error: &str, hints: &[String]) {
        let document = json::failure(outcome, error.to_owned(), hints.to_vec());
        if let Err(error) = self.keep(|| json::text(&document)) {
            self.to_stderr(|out| human::error(&error.text(), &error.hints, out));
        }
        if self.format == Format::Json {
            self.last_result(|out| json::write(&document, out));
        }
        // Whoever uploads it must not find an empty file.
        if self.wanted == Wanted::Sarif {
            self.last_result(|out| sarif::failed(error, hints, out));
        }
    }

    /// Writes the one document of a run that ends without a result. Where one has begun, a second would
    /// make both unreadable; and nothing is left to tell that this cannot be written, but the exit code.
    fn last_result(&self, render: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        if !self.begun.load(Ordering::SeqCst) {
            self.result(render).ok();
        }
    }

    /// Writes anything else to standard error, unless it is to be quiet.
    pub(crate) fn say(&self, render: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        if !self.quiet {
            self.complain(render);
        }
    }

    /// Keeps what is said of the manifest, so that it is said after the result, where it is read.
    pub(crate) fn say_later(
        &self,
        render: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut later = self.later.lock().unwrap_or_else(PoisonError::into_inner);
        render(&mut *later)
    }

    /// Says what was kept for later, once.
    pub(crate) fn say_kept(&self) {
        let mut later = self.later.lock().unwrap_or_else(PoisonError::into_inner);
        let text = std::mem::take(&mut *later);
        drop(later);
        if !text.is_empty() {
            self.say(|out| out.write_all(&text));
        }
    }

    /// Writes to standard error, quiet or not. Where nobody can read it, that changes nothing of what the run
    /// does and comes to.
    pub(crate) fn complain(&self, render: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        self.say_stopping();
        self.to_stderr(render);
    }

    /// Writes an error to standard error, with what to do next.
    pub(crate) fn complain_of(&self, error: &str, hints: &[String]) {
        self.complain(|out| human::error(error, hints, out));
    }

    /// Says of an interrupt that was heard what it does, unless that was said.
    pub(crate) fn say_stopping(&self) {
        self.interrupts
            .say_first(|| self.to_stderr(|out| writeln!(out, "{STOPPING}")));
    }

    fn to_stderr(&self, render: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        let stream = AutoStream::new(io::stderr(), self.color_of(&io::stderr()));
        let is_screen = io::stderr().is_terminal();
        self.write(
            stream,
            is_screen,
            Masker::mask_rendered,
            without_commands,
            render,
        )
        .ok();
    }

    /// The width to lay text out for.
    pub(crate) fn width(&self) -> usize {
        let size = terminal_size::terminal_size_of(io::stdout());
        width(size.map(|(terminal_size::Width(columns), _)| columns))
    }

    /// Whether somebody sits there to be asked.
    pub(crate) fn can_ask(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    pub(crate) fn ask(&self, question: &str) -> io::Result<String> {
        Ok(self.answer(question)?.unwrap_or_default())
    }

    /// Asks, and returns what was typed; `None` where the input has ended.
    pub(crate) fn answer(&self, question: &str) -> io::Result<Option<String>> {
        self.complain(|out| write!(out, "{question}"));
        let mut answer = String::new();
        let read = io::stdin().read_line(&mut answer)?;
        Ok((read > 0).then(|| answer.trim().to_owned()))
    }

    fn color_of(&self, stream: &impl anstream::stream::RawStream) -> ColorChoice {
        match self.color {
            ColorChoice::Auto => AutoStream::choice(stream),
            chosen => chosen,
        }
    }

    /// Renders as a whole, masks, and writes. A reader that has gone away is no error: `| head` is
    /// a way of reading. On a terminal, what is drawn there makes room meanwhile; elsewhere it is left alone, as a pipe that
    /// nobody reads would keep it from being taken away.
    fn write(
        &self,
        mut stream: impl Write,
        is_terminal: bool,
        mask: impl for<'t> Fn(&Masker, &'t str) -> Cow<'t, str>,
        harmless: impl Fn(&str) -> Cow<'_, str>,
        render: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut rendered = Vec::new();
        render(&mut rendered)?;
        let text = String::from_utf8_lossy(&rendered);
        let masker = self.masker();
        let masked = mask(&masker, &text);
        let harmless = harmless(&masked);
        let mut write = || {
            stream.write_all(harmless.as_bytes())?;
            stream.flush()
        };
        let written = match is_terminal {
            true => self.bars.suspend(write),
            false => write(),
        };
        match written {
            Err(err) if err.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            result => result,
        }
    }

    pub(crate) fn masked(&self, text: &str) -> String {
        self.masker
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .mask_rendered(text)
            .into_owned()
    }

    /// Shows what the program logs about itself, as far as `-v` asks for it.
    ///
    /// Only its own records: what HTTP crates log at the finest level may hold headers.
    pub(crate) fn log(&self, verbose: u8) {
        use tracing_subscriber::{
            filter::LevelFilter, layer::SubscriberExt, util::SubscriberInitExt,
        };
        let level = match verbose {
            0 => return,
            1 => LevelFilter::INFO,
            2 => LevelFilter::DEBUG,
            _ => LevelFilter::TRACE,
        };
        let terminal = self.clone();
        let layer = tracing_subscriber::fmt::layer()
            .with_writer(move || LogWriter(terminal.clone()))
            .with_ansi(false)
            .without_time()
            .with_target(false);
        let own = tracing_subscriber::filter::Targets::new().with_target("hookwright", level);
        // A second subscriber in one process is a test's; the first one stays.
        tracing_subscriber::registry()
            .with(own)
            .with(layer)
            .try_init()
            .ok();
    }
}

fn lost(error: io::Error) -> io::Error {
    io::Error::new(error.kind(), Lost(error))
}

/// The width of text on a terminal with so many columns.
fn width(columns: Option<u16>) -> usize {
    columns.map_or(WIDTH, |columns| {
        usize::from(columns).clamp(WIDTHS.0, WIDTHS.1)
    })
}

/// The result could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the result could not be written to standard output")]
struct Lost(#[source] io::Error);

struct LogWriter(Terminal);

impl Write for LogWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.complain(|out| out.write_all(line));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_as_wide_as_the_terminal_within_reason() {
        for (columns, wide) in [
            (None, 80),
            (Some(20), 60),
            (Some(60), 60),
            (Some(132), 132),
            (Some(160), 160),
            (Some(400), 160),
        ] {
            assert_eq!(width(columns), wide, "{columns:?}");
        }
    }
}
