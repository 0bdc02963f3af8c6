//! What a file holds in PEM, as far as its labels tell.

/// What a PEM file is to hold.
#[derive(Clone, Copy)]
pub(super) enum Holds {
    /// One or more certificates.
    Certificates,
    /// A private key that is not encrypted.
    PrivateKey,
}

/// The kinds of sections that a file has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Labels {
    certificate: bool,
    private_key: bool,
    encrypted_key: bool,
}

impl Labels {
    /// Those of a text.
    pub(super) fn of(text: &str) -> Self {
        // A byte order mark and the line ends of any system are no part of a label.
        let is_around = |c: char| c.is_whitespace() || c == '\u{feff}';
        let mut labels = Self {
            certificate: false,
            private_key: false,
            encrypted_key: text.contains("Proc-Type: 4,ENCRYPTED"),
        };
        for line in text.split(['\n', '\r']) {
            let line = line.trim_matches(is_around);
            let label = line.strip_prefix("-----BEGIN ");
            match label.and_then(|label| label.strip_suffix("-----")) {
                Some("CERTIFICATE") => labels.certificate = true,
                Some("ENCRYPTED PRIVATE KEY") => labels.encrypted_key = true,
                Some(label) if label.ends_with("PRIVATE KEY") => labels.private_key = true,
                _ => {}
            }
        }
        labels
    }

    /// What a file lacks that is to hold this, and what to do about it.
    pub(super) fn fault(self, holds: Holds) -> Option<(String, &'static str)> {
        let (problem, help) = match holds {
            Holds::Certificates if self.certificate => return None,
            Holds::Certificates => (
                "it has no certificate in PEM",
                "it holds one or more sections that begin with `-----BEGIN CERTIFICATE-----`",
            ),
            Holds::PrivateKey if self.encrypted_key => (
                "the private key in it is encrypted",
                "decrypt it, such as with `openssl pkey -in FILE -out FILE`, and keep it out of version control",
            ),
            Holds::PrivateKey if self.private_key => return None,
            Holds::PrivateKey => (
                "it has no private key in PEM",
                "it holds a section that begins with `-----BEGIN PRIVATE KEY-----`",
            ),
        };
        Some((problem.to_owned(), help))
    }
}
