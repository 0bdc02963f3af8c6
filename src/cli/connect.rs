//! Resolved environments → clients.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, anyhow};
use bytes::Bytes;
use tokio::io::AsyncReadExt;

use super::{
    clock::clock,
    context::Context,
    error::{CliError, ErrorKind},
    sent::Counted,
    transport::Transports,
    waits::Waits,
};
use crate::{
    apply::audit::digest,
    manifest::{CredentialSources, ResolvedEnvironment, Target},
    model::{CredentialSource, Credentials, EnvironmentName, MaskedText, Secret},
    net::{BaseUrl, HttpTransport, RateLimiter, Sockets, Stop, Transport, TransportError},
    provider::ProviderError,
    reconcile::Metrics,
    run::{self, Way},
    simulator::{InProcessTransport, JournalError, SharedSimulator, Simulator},
};

/// Where the embedded simulator keeps its state, below the working directory.
const STATE: &str = ".hookwright";
/// How long a command that prints a credential may take.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(30);
/// The longest output of such a command, in bytes.
const LONGEST_CREDENTIAL: u64 = 64 * 1024;

/// How requests travel: over the network, or to the simulator in this process.
pub(crate) enum Route {
    Http(Box<HttpTransport>),
    Embedded(InProcessTransport),
}

impl Transport for Route {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        match self {
            Self::Http(transport) => transport.send(request).await,
            Self::Embedded(transport) => transport.send(request).await,
        }
    }
}

/// An environment that can be talked to.
pub(crate) type Connected = run::Connected<Counted<Route>>;

/// The credentials of an environment. Both are looked for, so that all that is wrong with them is said.
pub(crate) async fn credentials(
    environment: &ResolvedEnvironment,
) -> Result<Credentials, CliError> {
    let Some(CredentialSources(sources)) = &environment.credentials else {
        return Ok(embedded_credentials(environment));
    };
    let (mut secret, mut others, mut errors) = (None, Vec::new(), Vec::new());
    for (fact, source) in sources {
        match credential(&environment.name, fact.key, source).await {
            Ok(value) if fact.secret => secret = Some(Secret::new(value.expose())),
            Ok(value) => others.push((fact.key, value)),
            Err(error) => errors.push(error),
        }
    }
    CliError::all(errors)?;
    let missing = || format!("environment `{}` has no credentials", environment.name);
    let credentials = Credentials::new(secret.with_context(missing)?);
    Ok(others
        .into_iter()
        .fold(credentials, |all, (key, value)| all.with(key, value)))
}

/// An account of its own for each environment on the embedded simulator.
fn embedded_credentials(environment: &ResolvedEnvironment) -> Credentials {
    let hex = digest(environment.name.as_str().as_bytes());
    let profile = environment.profile;
    let mut prefixes = profile.secret_prefixes.iter();
    let prefix = prefixes.find(|(_, env_type)| *env_type == environment.env_type);
    let prefix = prefix.map_or("", |(prefix, _)| *prefix);
    let secret = Secret::new(format!("{prefix}{}", &hex[..40]));
    let others = profile.credentials.iter().filter(|fact| !fact.secret);
    others.fold(Credentials::new(secret), |all, fact| {
        all.with(fact.key, MaskedText::plain(&hex[..32]))
    })
}

async fn credential(
    environment: &EnvironmentName,
    what: &str,
    source: &CredentialSource,
) -> Result<MaskedText, CliError> {
    let value = match source {
        CredentialSource::Value(value) => value.clone(),
        CredentialSource::Command(argv) => {
            MaskedText::sensitive(printed_by(argv).await.map_err(|err| {
                CliError::from(err.context(format!(
                    "failed to get `{what}` of environment `{environment}`"
                )))
                .hint("run the command by hand to see what it says: its output is never shown here")
            })?)
        }
        CredentialSource::Withheld => {
            return Err(CliError::failed(format!(
                "`{what}` of environment `{environment}` is not known"
            )));
        }
    };
    if value.expose().trim().is_empty() {
        return Err(
            CliError::invalid(format!("`{what}` of environment `{environment}` is empty"))
                .hint("an environment variable that is set to nothing is set"),
        );
    }
    Ok(value)
}

/// Runs a program without a shell, and returns what it printed, without its last newline.
pub(crate) async fn printed_by(argv: &[String]) -> anyhow::Result<String> {
    let (program, arguments) = argv.split_first().context("the command is empty")?;
    let printed = tokio::time::timeout(COMMAND_TIMEOUT, print(program, arguments))
        .await
        .map_err(|_| {
            anyhow!(
                "`{program}` did not end within {} s",
                COMMAND_TIMEOUT.as_secs()
            )
        })??;
    let text = String::from_utf8(printed).map_err(|_| anyhow!("`{program}` printed no text"))?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    Ok(text.strip_suffix('\r').unwrap_or(text).to_owned())
}

/// What a program prints, as long as that can be a credential. One that prints on is ended.
async fn print(program: &str, arguments: &[String]) -> anyhow::Result<Vec<u8>> {
    let run = || format!("failed to run `{program}`");
    let mut child = tokio::process::Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .with_context(run)?;
    let mut printed = Vec::new();
    if let Some(output) = child.stdout.take() {
        let mut output = output.take(LONGEST_CREDENTIAL + 1);
        output.read_to_end(&mut printed).await.with_context(run)?;
    }
    anyhow::ensure!(
        printed.len() as u64 <= LONGEST_CREDENTIAL,
        "`{program}` printed more than a credential can be"
    );
    let status = child.wait().await.with_context(run)?;
    anyhow::ensure!(status.success(), "`{program}` failed: {status}");
    Ok(printed)
}

/// The ways on which environments are reached.
pub(crate) struct Ways {
    /// The simulators of this process: one for each provider, opened when it is first needed.
    simulators: BTreeMap<&'static str, SharedSimulator>,
    transports: Transports,
    /// What requests on them are counted in, where a service counts them.
    metrics: Option<Metrics>,
    /// What keeps to the rate limits of the environments that are reached.
    limiters: BTreeMap<EnvironmentName, Arc<RateLimiter>>,
}

impl Ways {
    fn simulator(
        &mut self,
        environment: &ResolvedEnvironment,
    ) -> Result<SharedSimulator, CliError> {
        let provider = environment.profile.id;
        if let Some(open) = self.simulators.get(provider) {
            return Ok(open.clone());
        }
        let folder = Path::new(STATE);
        std::fs::create_dir_all(folder)
            .with_context(|| format!("failed to create the folder `{STATE}`"))?;
        let simulator = Simulator::builder(environment.profile, clock())
            .open(&folder.join(format!("simulator-{provider}.jsonl")))
            .map_err(|err| {
                let hint = matches!(err, JournalError::Locked { .. })
                    .then(|| "another run uses it: wait for its end, or work in another folder");
                let error =
                    anyhow::Error::new(err).context("failed to open the embedded simulator");
                CliError::from(error).maybe_hint(hint)
            })?;
        self.simulators.insert(provider, simulator.clone());
        Ok(simulator)
    }

    pub(crate) fn to(environments: &[ResolvedEnvironment]) -> Self {
        let servers = environments.iter().filter_map(|one| match &one.target {
            Target::Url(url) => {
                let url = url::Url::parse(url.expose()).ok()?;
                Some(url.origin().ascii_serialization())
            }
            Target::Simulator | Target::Withheld => None,
        });
        let servers: BTreeSet<String> = servers.collect();
        Self {
            simulators: BTreeMap::new(),
            transports: Transports::to(servers.len()),
            metrics: None,
            limiters: BTreeMap::new(),
        }
    }

    /// Counts requests on them in these metrics.
    pub(crate) fn metered(self, metrics: &Metrics) -> Self {
        Self {
            metrics: Some(metrics.clone()),
            ..self
        }
    }

    /// To the environments of a manifest that was read anew: an embedded simulator is the one that it was, and what was sent
    /// counts on.
    pub(crate) fn anew(&self, environments: &[ResolvedEnvironment]) -> Self {
        Self {
            simulators: self.simulators.clone(),
            metrics: self.metrics.clone(),
            limiters: self.limiters.clone(),
            ..Self::to(environments)
        }
    }

    /// What all connections on them share.
    pub(crate) fn sockets(&self) -> Sockets {
        self.transports.pool.sockets.clone()
    }
}

/// Connects an environment: nothing is sent yet.
pub(crate) fn connect(
    resolved: ResolvedEnvironment,
    credentials: &Credentials,
    Context { global, terminal }: Context<'_>,
    stop: &Stop,
    waits: &Waits,
    ways: &mut Ways,
) -> Result<Connected, CliError> {
    let mut account = credentials.clone();
    let (base_url, route, shown) = match &resolved.target {
        Target::Simulator => {
            // Its state file names the account that a webhook belongs to.
            account = credentials.others().fold(
                Credentials::new(credentials.secret().clone()),
                |all, (key, value)| {
                    let hex = digest(value.expose().as_bytes());
                    all.with(key, MaskedText::plain(&hex[..32]))
                },
            );
            let route = Route::Embedded(InProcessTransport::new(ways.simulator(&resolved)?));
            // Never connected to: requests stay in this process.
            (
                base_url(
                    &format!("http://localhost{}", resolved.profile.base_path()),
                    false,
                )?,
                route,
                "simulator".to_owned(),
            )
        }
        Target::Url(text) => {
            let text = match resolved.profile {
                // Nobody said where: the secret may.
                profile if text.expose() == profile.base_url => {
                    MaskedText::plain(profile.base_url_of(credentials.secret()))
                }
                _ => text.clone(),
            };
            let url = base_url(text.expose(), resolved.destinations.allow_http)?;
            let transport = ways.transports.of(&url, &resolved, global.timeout)?;
            (url, Route::Http(Box::new(transport)), text.to_string())
        }
        Target::Withheld => {
            return Err(CliError::failed(format!(
                "`base_url` of environment `{}` is not known",
                resolved.name
            )));
        }
    };
    let name = resolved.name.clone();
    let way = Way {
        transport: Counted::new(route, terminal.ledger(), &name)
            .metered(ways.metrics.as_ref(), &name),
        base_url,
        shown,
        account,
        chosen_by: global.choosing([name.as_str()]),
        waits: waits.of(&name),
        limiter: ways.limiters.get(&name).cloned(),
    };
    let connected = Connected::new(resolved, credentials, way, &terminal.masker(), stop);
    let connected = connected.map_err(|err| {
        CliError::new(ErrorKind::Invalid, anyhow::Error::new(err))
            .hint(format!("look at the credentials of environment `{name}`"))
    })?;
    ways.limiters.insert(name, connected.api.limiter().clone());
    Ok(connected)
}

/// An error for a request history that could not be read.
pub(crate) fn history_error(one: &Connected, error: ProviderError) -> CliError {
    let name = &one.view.name;
    let asked = format!("the request history of environment `{name}` could not be read");
    CliError::of_provider(error, asked)
}

fn base_url(text: &str, allow_http: bool) -> Result<BaseUrl, CliError> {
    BaseUrl::new(text, allow_http).map_err(|err| {
        CliError::new(
            ErrorKind::Invalid,
            anyhow::Error::new(err).context("`base_url` cannot be used"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[tokio::test(start_paused = true)]
    async fn a_program_that_does_not_end_is_ended() {
        let started = tokio::time::Instant::now();
        let argv = ["sleep", "1000"].map(str::to_owned);
        let error = printed_by(&argv).await.unwrap_err();
        assert_eq!(error.to_string(), "`sleep` did not end within 30 s");
        assert_eq!(started.elapsed(), COMMAND_TIMEOUT);
    }
}
