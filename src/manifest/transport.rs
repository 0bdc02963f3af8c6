//! How an environment's API is spoken to: TLS files and time-outs.

use std::time::Duration;

use super::{
    de::Spanned,
    pem::Holds,
    referred::Content,
    resolved::{PemFile, Timeouts, TlsFiles},
    schema::{Environment, Limits},
    state::Resolver,
    values::Text,
};
use crate::diagnostic::{Code, quoted};

const TIMEOUT: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

impl Resolver<'_> {
    /// The files of TLS, as far as they are known.
    pub(super) fn tls_files(&mut self, name: &str, environment: &Environment) -> TlsFiles {
        let Environment {
            ca_file,
            client_certificate,
            client_key,
            ..
        } = environment;
        self.check_pair(
            name,
            ("client_certificate", client_certificate.as_ref()),
            ("client_key", client_key.as_ref()),
        );
        let mut read = |key, written: &Option<Spanned<String>>, holds| {
            let written = written.as_ref()?;
            self.pem_file(key, written, holds)
        };
        let certificates = Holds::Certificates;
        let authorities = read("ca_file", ca_file, certificates);
        let certificate = read("client_certificate", client_certificate, certificates);
        let key = read("client_key", client_key, Holds::PrivateKey);
        TlsFiles {
            authorities,
            identity: certificate.zip(key),
        }
    }

    /// Reports one of two keys without the other.
    fn check_pair(
        &mut self,
        environment: &str,
        (one, first): (&str, Option<&Spanned<String>>),
        (other, second): (&str, Option<&Spanned<String>>),
    ) {
        let (has, lacks, written) = match (first, second) {
            (Some(written), None) => (one, other, written),
            (None, Some(written)) => (other, one, written),
            _ => return,
        };
        let place = ["environments", environment, lacks];
        if self.document.left_out.touches(&place) {
            return; // It is there, and its fault was reported.
        }
        let message = format!("`{has}` needs the key `{lacks}` beside it");
        let help = format!(
            "add `{lacks}`: a certificate and its key are of use only together; where one file holds both, name it twice"
        );
        self.wrong_itself(Code::MissingKey, written.span, message, help);
    }

    /// `None` where it is withheld or wrong.
    fn pem_file(
        &mut self,
        key: &'static str,
        written: &Spanned<String>,
        holds: Holds,
    ) -> Option<PemFile> {
        let path = match self.text(written, None) {
            Text::Known(path) => path,
            Text::Withheld | Text::Wrong => return None,
        };
        let (problem, help) = match self.referred_file(path.expose(), written.span) {
            Content::Withheld => return None,
            Content::Known(content) => match content.labels().fault(holds) {
                None => {
                    return Some(PemFile {
                        key,
                        path,
                        content: content.shared(),
                    });
                }
                Some(found) => found,
            },
            Content::Unreadable(problem) => (
                problem,
                "a relative path is relative to the folder of the manifest",
            ),
        };
        self.wrong_itself(
            Code::UnreadableFile,
            written.span,
            format!(
                "`{key}` cannot be read from the file {}: {problem}",
                quoted(path.shown())
            ),
            help,
        );
        None
    }

    pub(super) fn timeouts(&mut self, limits: &Limits) -> Timeouts {
        let timeout = self.duration("timeout", limits.timeout.as_ref());
        let connect = self.duration("connect_timeout", limits.connect_timeout.as_ref());
        let read = self.duration("read_timeout", limits.read_timeout.as_ref());
        Timeouts {
            total: timeout.unwrap_or(TIMEOUT),
            connect: connect.unwrap_or(CONNECT_TIMEOUT),
            read,
        }
    }

    /// A duration, if it is declared and is one.
    pub(super) fn duration(
        &mut self,
        key: &str,
        declared: Option<&Spanned<String>>,
    ) -> Option<Duration> {
        let written = declared?;
        let parsed = written
            .value
            .parse::<jiff::SignedDuration>()
            .ok()
            .and_then(|duration| Duration::try_from(duration).ok())
            .filter(|duration| !duration.is_zero());
        if parsed.is_none() {
            self.invalid_itself(
                written.span,
                format!("`{key}` cannot be {}", quoted(&written.value)),
                "write a duration such as `30s` or `1m 30s`",
            );
        }
        parsed
    }
}
