//! Transports over the network, with an environment's certificates and time-outs.

use std::time::Duration;

use super::error::{CliError, ErrorKind};
use crate::{
    manifest::{PemFile, ResolvedEnvironment, Timeouts, TlsFiles},
    net::{BaseUrl, ClientIdentity, HttpConfig, HttpTransport, InvalidHttpConfig},
};

/// A transport with the environment's certificates and time-outs.
pub(super) fn of(
    url: &BaseUrl,
    environment: &ResolvedEnvironment,
    timeout: Option<Duration>,
) -> Result<HttpTransport, CliError> {
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
    let config = HttpConfig {
        timeout,
        connect_timeout: connect,
        read_timeout: read.unwrap_or(timeout),
        authorities: authorities.as_ref().map(content),
        identity: identity.as_ref().map(|(certificate, key)| ClientIdentity {
            certificate: content(certificate),
            key: content(key),
        }),
        ..HttpConfig::default()
    };
    HttpTransport::new(url, &config).map_err(|error| no_transport(error, environment))
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
