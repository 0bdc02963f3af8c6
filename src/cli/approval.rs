//! Asking whether what was shown may be done.

use super::{error::CliError, terminal::Terminal};

/// Refuses a run that would wait for an approval which nobody can give. `nothing` says what was not done.
pub(crate) fn can_be_asked(terminal: &Terminal, nothing: &str, hint: &str) -> Result<(), CliError> {
    if terminal.can_ask() {
        return Ok(());
    }
    let message = format!("there is no terminal to ask for approval; {nothing}");
    Err(CliError::refused(message).hint(hint))
}

/// Asks on a thread of its own: signals are to be heard meanwhile.
pub(crate) async fn ask(
    terminal: &Terminal,
    question: &'static str,
    nothing: &str,
) -> Result<(), CliError> {
    let asked = terminal.clone();
    let answer = tokio::task::spawn_blocking(move || asked.ask(question)).await;
    if answer.map_err(anyhow::Error::from)?? == "yes" {
        return Ok(());
    }
    Err(CliError::refused(format!("not approved; {nothing}")))
}
