//! TLS is verified, always. The keys in `testdata` belong to nobody and expire in a hundred years.

use std::{io::Read, net::TcpListener, sync::Arc, thread};

use rustls::{
    RootCertStore, ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::WebPkiClientVerifier,
};

use super::*;

const AUTHORITY: &[u8] = include_bytes!("testdata/authority.pem");
const OTHER_AUTHORITY: &[u8] = include_bytes!("testdata/other-authority.pem");
const SERVER: &[u8] = include_bytes!("testdata/server.pem");
const CLIENT: &[u8] = include_bytes!("testdata/client.pem");

/// A server that answers one request, and takes only clients that the authority knows.
fn server_that_wants_certificates() -> BaseUrl {
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(AUTHORITY).unwrap())
        .unwrap();
    let clients = WebPkiClientVerifier::builder(Arc::new(roots))
        .build()
        .unwrap();
    let certificate = CertificateDer::from_pem_slice(SERVER).unwrap();
    let key = PrivateKeyDer::from_pem_slice(SERVER).unwrap();
    let config = ServerConfig::builder()
        .with_client_cert_verifier(clients)
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("https://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let connection = ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = StreamOwned::new(connection, stream);
        let mut chunk = [0; 4096];
        if stream.read(&mut chunk).is_ok_and(|read| read > 0) {
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]";
            std::io::Write::write_all(&mut stream, answer).ok();
            stream.read_to_end(&mut Vec::new()).ok();
        }
    });
    BaseUrl::new(&base, false).unwrap()
}

async fn get(
    authorities: Option<&[u8]>,
    identity: Option<&[u8]>,
) -> Result<::http::Response<Bytes>, TransportError> {
    let base = server_that_wants_certificates();
    let config = HttpConfig {
        authorities: authorities.map(Vec::from),
        identity: identity.map(|both| ClientIdentity {
            certificate: both.to_vec(),
            key: both.to_vec(),
        }),
        ..HttpConfig::default()
    };
    let request = ::http::Request::get(base.as_str())
        .body(Bytes::new())
        .unwrap();
    let transport = HttpTransport::new(&base, &config).unwrap();
    transport.send(request).await
}

#[tokio::test]
async fn a_server_of_a_trusted_authority_is_spoken_to_with_the_clients_identity() {
    let response = get(Some(AUTHORITY), Some(CLIENT)).await.unwrap();
    assert_eq!(response.body(), "[]");
}

#[tokio::test]
async fn a_server_of_another_authority_gets_no_request() {
    let error = get(Some(OTHER_AUTHORITY), Some(CLIENT)).await.unwrap_err();
    assert_eq!(error.kind, TransportErrorKind::Tls, "{error:?}");
}

#[tokio::test]
async fn a_client_without_an_identity_is_turned_away() {
    get(Some(AUTHORITY), None).await.unwrap_err();
}
