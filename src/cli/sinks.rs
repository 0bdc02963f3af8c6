//! Where the keys of new webhooks go: files and programs.
//!
//! A key comes from a provider's answer and goes to a file that only its owner may read, or to a program's standard input. It is
//! no argument, stands in no variable, and is never shown.

use std::{process::Stdio, time::Duration};

use tokio::io::AsyncWriteExt;

use super::{connect, inputs, terminal::Terminal};
use crate::{
    files::{self, Over, Readers},
    model::{CredentialSource, KeyShape, Masker, Secret, SecretSink},
    run::{KeepSecrets, Kept},
};

/// How long a program that takes a key may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Is set where a program is only started to see whether it works.
const CHECK: &str = "HOOKWRIGHT_SECRET_CHECK";

/// Keeps keys in files, and hands them to programs.
#[derive(Clone, Debug)]
pub(crate) struct Sinks {
    terminal: Terminal,
}

impl Sinks {
    /// Masks what it gets in what this shows.
    pub(crate) fn new(terminal: &Terminal) -> Self {
        Self {
            terminal: terminal.clone(),
        }
    }
}

impl KeepSecrets for Sinks {
    async fn prove(&self, kept: &Kept<'_>) -> Result<(), String> {
        match kept.sink {
            SecretSink::File { beside, path } => {
                let path = inputs::relative_to(beside, path.expose());
                files::prove(&path).map_err(|error| error.to_string())
            }
            SecretSink::Command(argv) => run(argv, kept, None).await,
        }
    }

    async fn keep(&self, kept: &Kept<'_>, secret: &Secret) -> Result<(), String> {
        match kept.sink {
            SecretSink::File { beside, path } => {
                let path = inputs::relative_to(beside, path.expose());
                let text = format!("{}\n", secret.expose());
                files::write(&path, text.as_bytes(), Over::Anything, Readers::Owner)
                    .map_err(|error| error.to_string())
            }
            SecretSink::Command(argv) => run(argv, kept, Some(secret)).await,
        }
    }

    async fn fetch(&self, source: &CredentialSource, shape: KeyShape) -> Result<Secret, String> {
        let secret = match source {
            CredentialSource::Value(value) => Secret::new(value.expose()),
            CredentialSource::Command(argv) => {
                let printed = connect::printed_by(argv).await;
                Secret::new(printed.map_err(|error| format!("{error:#}"))?)
            }
            CredentialSource::Withheld => return Err("it is not known".to_owned()),
        };
        self.terminal.mask(Masker::new(shape.sensitive(&secret)));
        Ok(secret)
    }
}

/// Starts a program without a shell. It reads a key, or nothing where it is only to be seen whether it works. What it says of
/// itself may hold what it read, and is not shown.
async fn run(argv: &[String], kept: &Kept<'_>, secret: Option<&Secret>) -> Result<(), String> {
    let (program, arguments) = argv.split_first().ok_or("it names no program")?;
    let mut command = tokio::process::Command::new(program);
    command
        .args(arguments)
        .env("HOOKWRIGHT_ENVIRONMENT", kept.environment.as_str())
        .env("HOOKWRIGHT_WEBHOOK", kept.key.as_str())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    // A terminal sends Ctrl-C to all of this program's group. What has the only copy of a key is let finish.
    #[cfg(unix)]
    command.process_group(0);
    match secret {
        Some(_) => command.env_remove(CHECK),
        None => command.env(CHECK, "1"),
    };
    let ended = async {
        let mut child = command.spawn()?;
        if let Some(mut input) = child.stdin.take()
            && let Some(secret) = secret
        {
            input.write_all(secret.expose().as_bytes()).await?;
            input.write_all(b"\n").await?;
            input.shutdown().await?;
        }
        child.wait().await
    };
    match tokio::time::timeout(TIMEOUT, ended).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(format!("it failed: {status}")),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("it did not end within {} s", TIMEOUT.as_secs())),
    }
}
