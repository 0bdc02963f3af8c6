//! What TLS refuses for good.

use std::{error::Error, io};

use rustls::AlertDescription;

/// Whether TLS refuses who answers, or is refused by who answers: trying again changes nothing.
pub(super) fn is_refused(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(refused) = of(error) {
            return is_lasting(refused);
        }
        next = error.source();
    }
    false
}

/// An error of TLS, which travels within one of input and output.
fn of<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    let within = error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref);
    match within {
        Some(within) => of(within),
        None => error.downcast_ref::<rustls::Error>(),
    }
}

fn is_lasting(error: &rustls::Error) -> bool {
    match error {
        // A server that is overloaded, or being restarted.
        rustls::Error::AlertReceived(
            AlertDescription::InternalError
            | AlertDescription::UserCanceled
            | AlertDescription::CloseNotify,
        )
        | rustls::Error::FailedToGetCurrentTime
        | rustls::Error::FailedToGetRandomBytes
        | rustls::Error::HandshakeNotComplete
        | rustls::Error::General(_) => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use rustls::CertificateError;

    use super::*;

    #[test]
    fn certificates_and_protocols_do_not_change_by_waiting() {
        let within = |error: rustls::Error| io::Error::new(io::ErrorKind::InvalidData, error);
        for lasting in [
            rustls::Error::InvalidCertificate(CertificateError::Expired),
            rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer),
            rustls::Error::InvalidCertificate(CertificateError::NotValidForName),
            rustls::Error::AlertReceived(AlertDescription::CertificateRequired),
            rustls::Error::AlertReceived(AlertDescription::ProtocolVersion),
            rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType),
        ] {
            assert!(is_refused(&lasting), "{lasting}");
            assert!(is_refused(&io::Error::other(within(lasting))));
        }
        let busy = rustls::Error::AlertReceived(AlertDescription::InternalError);
        assert!(!is_refused(&within(busy)));
        assert!(!is_refused(&io::Error::from(
            io::ErrorKind::ConnectionRefused
        )));
    }
}
