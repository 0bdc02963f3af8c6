//! Connections to addresses that were looked up and checked here.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, OnceLock},
};

use rustls::{ClientConfig, ProtocolVersion, crypto::ring, pki_types::ServerName};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};
use url::{Host, Url};

use super::{AddressKind, PostError, Reach, certificate};
use crate::delivery::Tls;

/// How connections are encrypted. The operating system's trusted authorities are read when they are
/// first needed, as that takes longer than a delivery on loopback.
#[derive(Clone, Debug, Default)]
pub(super) struct Encryption(Arc<OnceLock<Result<Arc<ClientConfig>, rustls::Error>>>);

impl Encryption {
    fn connector(&self) -> Result<TlsConnector, PostError> {
        let config = self.0.get_or_init(|| {
            let mut config =
                ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
                    .with_safe_default_protocol_versions()?
                    .with_platform_verifier()?
                    .with_no_client_auth();
            config.alpn_protocols = vec![b"http/1.1".to_vec()];
            Ok(Arc::new(config))
        });
        match config {
            Ok(config) => Ok(TlsConnector::from(Arc::clone(config))),
            Err(error) => Err(PostError::Tls(io::Error::other(error.clone()))),
        }
    }
}

/// A connection that nothing was sent on yet.
pub(super) enum Connection {
    Plain(TcpStream),
    Encrypted(Box<TlsStream<TcpStream>>),
}

impl Connection {
    /// Connects to where a URL points, if an address it has is within reach.
    pub(super) async fn open(
        url: &Url,
        reach: Reach,
        encryption: &Encryption,
    ) -> Result<Self, PostError> {
        let stream = connect(url, reach).await?;
        // An event is one packet or two: they need not wait for more.
        stream.set_nodelay(true).ok();
        if url.scheme() != "https" {
            return Ok(Self::Plain(stream));
        }
        let name = server_name(url).ok_or(PostError::Url)?;
        let stream = encryption.connector()?.connect(name, stream).await;
        Ok(Self::Encrypted(Box::new(stream.map_err(PostError::Tls)?)))
    }

    /// What is known of its encryption.
    pub(super) fn tls(&self) -> Option<Tls> {
        let Self::Encrypted(stream) = self else {
            return None;
        };
        let (_, connection) = stream.get_ref();
        let certificate = connection
            .peer_certificates()
            .and_then(|chain| certificate::read(chain.first()?));
        Some(Tls {
            version: match connection.protocol_version() {
                Some(ProtocolVersion::TLSv1_3) => "TLS 1.3",
                Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
                _ => "TLS",
            },
            certificate,
        })
    }
}

fn server_name(url: &Url) -> Option<ServerName<'static>> {
    match url.host()? {
        Host::Domain(name) => ServerName::try_from(name.to_owned()).ok(),
        Host::Ipv4(address) => Some(ServerName::IpAddress(address.into())),
        Host::Ipv6(address) => Some(ServerName::IpAddress(address.into())),
    }
}

/// The first address within reach that takes a connection.
async fn connect(url: &Url, reach: Reach) -> Result<TcpStream, PostError> {
    let port = url.port_or_known_default().ok_or(PostError::Url)?;
    let addresses = match url.host().ok_or(PostError::Url)? {
        Host::Ipv4(address) => vec![SocketAddr::from((address, port))],
        Host::Ipv6(address) => vec![SocketAddr::from((address, port))],
        Host::Domain(name) => look_up(name, port).await?,
    };
    let mut last = None;
    for address in addresses {
        let kind = AddressKind::of(address.ip());
        if !reach.has(kind) {
            last.get_or_insert(PostError::OutOfReach {
                address: address.ip(),
                kind,
            });
            continue;
        }
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = Some(PostError::Connect(error)),
        }
    }
    Err(last.unwrap_or_else(|| PostError::Resolve(io::Error::other("it has no address"))))
}

async fn look_up(name: &str, port: u16) -> Result<Vec<SocketAddr>, PostError> {
    let found = tokio::net::lookup_host((name, port)).await;
    Ok(found.map_err(PostError::Resolve)?.collect())
}
