//! Certificates and keys as people keep them in PEM files.
//!
//! Files come with a byte order mark, with the line ends of another system, and with their certificates in another
//! order than TLS sends them. All of that is understood, as there is one meaning that it can have.

use std::error::Error;

use base64::{Engine, engine::general_purpose::STANDARD};
use rustls::{
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::CertifiedKey,
};

/// What cannot be read, in the words of a parser.
type Unreadable = Box<dyn Error + Send + Sync>;

/// What some editors write before a text. Files that were joined have it in the middle, too.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The certificates in a PEM text, in its order.
pub(super) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Unreadable> {
    let certificates = CertificateDer::pem_slice_iter(&plain(pem)).collect::<Result<_, _>>()?;
    Ok(certificates)
}

/// The first private key in a PEM text.
pub(super) fn key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, Unreadable> {
    Ok(PrivateKeyDer::from_pem_slice(&plain(pem))?)
}

/// The text without byte order marks, which no other part of PEM holds, and with the line ends of this system.
fn plain(pem: &[u8]) -> Vec<u8> {
    let mut rest = pem;
    let mut plain = Vec::with_capacity(pem.len());
    while let Some((&byte, after)) = rest.split_first() {
        if let Some(after) = rest.strip_prefix(BYTE_ORDER_MARK) {
            rest = after;
            continue;
        }
        plain.push(if byte == b'\r' { b'\n' } else { byte });
        rest = after;
    }
    plain
}

/// The chain with the certificate that the key belongs to first, as TLS sends it. Some tools write the authority first.
///
/// # Errors
///
/// The key belongs to none of them, or TLS can use neither.
pub(super) fn in_order(
    mut chain: Vec<CertificateDer<'static>>,
    key: &PrivateKeyDer<'static>,
) -> Result<Vec<CertificateDer<'static>>, rustls::Error> {
    let provider = CryptoProvider::get_default()
        .cloned()
        .unwrap_or_else(|| ring::default_provider().into());
    let belongs = |certificate: &CertificateDer<'static>| {
        CertifiedKey::from_der(vec![certificate.clone()], key.clone_key(), &provider)
    };
    let mut refused = None;
    for place in 0..chain.len() {
        match belongs(&chain[place]) {
            Ok(_) if place + 1 == chain.len() => {
                chain.reverse();
                return Ok(chain);
            }
            Ok(_) => {
                chain[..=place].rotate_right(1);
                return Ok(chain);
            }
            Err(error) => {
                refused.get_or_insert(error);
            }
        }
    }
    Err(refused.unwrap_or(rustls::Error::NoCertificatesPresented))
}

/// A PEM text with these alone: a file may hold more than it is named for.
pub(super) fn written(chain: &[CertificateDer<'_>], key: &PrivateKeyDer<'_>) -> Vec<u8> {
    let label = match key {
        PrivateKeyDer::Pkcs1(_) => "RSA PRIVATE KEY",
        PrivateKeyDer::Sec1(_) => "EC PRIVATE KEY",
        _ => "PRIVATE KEY",
    };
    let certificates = chain.iter().map(|der| ("CERTIFICATE", der.as_ref()));
    let sections = certificates.chain([(label, key.secret_der())]);
    let section = |(label, der): (&str, &[u8])| {
        let text = STANDARD.encode(der);
        format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
    };
    sections.map(section).collect::<String>().into_bytes()
}
