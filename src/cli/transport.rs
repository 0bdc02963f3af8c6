//! Transports over the network, with an environment's certificates and time-outs.

use std::time::Duration;

use super::{
    descriptors::Budget,
    error::{CliError, ErrorKind},
    proxies,
};
use crate::{
    manifest::{PemFile, ResolvedEnvironment, Timeouts, TlsFiles},
    net::{BaseUrl, ClientIdentity, HttpConfig, HttpTransport, InvalidHttpConfig, Sockets},
    provider::ListLimit,
};

/// A transport to a server that is no environment's.
pub(super) fn to(url: &BaseUrl, timeout: Duration) -> Result<HttpTransport, CliError> {
    let config = HttpConfig {
        timeout,
        read_timeout: timeout,
        route: proxies::route(url)?,
        ..HttpConfig::default()
    };
    Ok(HttpTransport::new(url, &config).map_err(anyhow::Error::from)?)
}

/// Transports that are shared: servers that are reached alike have one, and all of them together keep to what connections may use.
#[derive(Debug)]
pub(super) struct Pool {
    pub(super) sockets: Sockets,
    pub(super) made: Vec<(Alike, HttpTransport)>,
}

/// What makes two transports one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Alike {
    config: HttpConfig,
    is_loopback: bool,
    is_plain: bool,
}

impl Pool {
    pub(super) fn of(sockets: Sockets) -> Self {
        let made = Vec::new();
        Self { sockets, made }
    }

    pub(super) fn to(
        &mut self,
        url: &BaseUrl,
        config: HttpConfig,
    ) -> Result<HttpTransport, InvalidHttpConfig> {
        let alike = Alike {
            config,
            is_loopback: url.is_loopback(),
            is_plain: url.is_plain_http(),
        };
        if let Some((_, made)) = self.made.iter().find(|(it, _)| *it == alike) {
            return Ok(made.clone());
        }
        let made = HttpTransport::new(url, &alike.config)?.with_sockets(self.sockets.clone());
        self.made.push((alike, made.clone()));
        Ok(made)
    }
}

/// The transports of a run to its environments.
pub(super) struct Transports {
    pub(super) pool: Pool,
    /// How many connections to one server are kept open.
    idle: usize,
}

impl Transports {
    /// Those to so many servers.
    pub(super) fn to(servers: usize) -> Self {
        let budget = Budget::of_process();
        Self {
            pool: Pool::of(Sockets::at_most(budget.busy)),
            idle: (budget.idle / servers.max(1)).min(HttpConfig::default().max_idle),
        }
    }

    /// A transport with the environment's certificates and time-outs.
    pub(super) fn of(
        &mut self,
        url: &BaseUrl,
        environment: &ResolvedEnvironment,
        timeout: Option<Duration>,
    ) -> Result<HttpTransport, CliError> {
        let config = HttpConfig {
            max_idle: self.idle,
            route: proxies::route(url)?,
            ..config(environment, timeout)
        };
        let made = self.pool.to(url, config);
        made.map_err(|error| no_transport(error, environment))
    }
}

/// How an environment is reached.
fn config(environment: &ResolvedEnvironment, timeout: Option<Duration>) -> HttpConfig {
    let Timeouts {
        total,
        connect,
        read,
    } = environment.timeouts;
    let timeout = timeout.unwrap_or(total);
    let TlsFiles {
        authorities,
        identity,
    } = &environment.tls_files;
    let content = |file: &PemFile| file.content.expose().as_bytes().to_vec();
    let usual = HttpConfig::default();
    // A list may come in one answer.
    let list = environment.max_webhooks.map_or(0, ListLimit::bytes_of);
    HttpConfig {
        max_body: usual.max_body.max(list),
        timeout,
        connect_timeout: connect,
        read_timeout: read.unwrap_or(timeout),
        authorities: authorities.as_ref().map(content),
        identity: identity.as_ref().map(|(certificate, key)| ClientIdentity {
            certificate: content(certificate),
            key: content(key),
        }),
        ..usual
    }
}

/// Says which file of which environment is to blame.
fn no_transport(error: InvalidHttpConfig, environment: &ResolvedEnvironment) -> CliError {
    let TlsFiles {
        authorities,
        identity,
    } = &environment.tls_files;
    let (file, hint) = match &error {
        InvalidHttpConfig::Authorities(_) | InvalidHttpConfig::NoAuthority => (
            authorities.as_ref(),
            "it holds certificates of authorities, in PEM; look at them with `openssl x509 -text -in FILE`",
        ),
        InvalidHttpConfig::ClientCertificate(_) => (
            identity.as_ref().map(|(certificate, _)| certificate),
            "it holds a certificate in PEM; look at it with `openssl x509 -text -in FILE`",
        ),
        InvalidHttpConfig::ClientKey(_) => (
            identity.as_ref().map(|(_, key)| key),
            "it holds a private key in PEM that is not encrypted; check it with `openssl pkey -check -noout -in FILE`",
        ),
        InvalidHttpConfig::OtherKey => (
            identity.as_ref().map(|(_, key)| key),
            "`client_certificate` and `client_key` belong together: one of the two is another's, or of another time",
        ),
        InvalidHttpConfig::Tls(_) => (
            None,
            "where the operating system trusts no authority, install its certificates (`ca-certificates`), or name them with `ca_file`",
        ),
    };
    let name = &environment.name;
    let error = anyhow::Error::new(error);
    match file {
        Some(PemFile { key, path, .. }) => CliError::new(
            ErrorKind::Invalid,
            error.context(format!(
                "`{key}` of environment `{name}` cannot be used from the file `{path}`"
            )),
        ),
        None => CliError::from(error.context(format!("environment `{name}` cannot be reached"))),
    }
    .hint(hint)
}
