//! Where an environment's lock is.

use std::time::Duration;

use url::Url;

use super::{
    de::Spanned,
    resolved::LockPlace,
    schema::Lock,
    state::Resolver,
    urls::{mended, veiled},
    values::Text,
};
use crate::{
    diagnostic::{Code, quoted},
    model::{ExactUrl, InvalidUrl, MaskedText},
};

const EXPIRES_AFTER: Duration = Duration::from_secs(2 * 60);
/// A lock must outlast the longest request, or it would expire under it.
const SHORTEST: Duration = Duration::from_secs(10);
/// Of the stores that can be asked for a conditional put.
const SCHEMES: [&str; 3] = ["s3", "gs", "az"];

impl Resolver<'_> {
    /// `None` where there is none, or it is withheld or wrong.
    pub(super) fn lock(
        &mut self,
        environment: &str,
        lock: Option<&Spanned<Lock>>,
    ) -> Option<LockPlace> {
        // What is at fault in it was reported, and may be what is missing.
        let place = ["environments", environment, "lock"];
        let faulty = self.document.left_out.touches(&place);
        let Spanned { value: lock, span } = lock?;
        match (&lock.file, &lock.url) {
            (Some(file), None) => {
                for (key, given) in [
                    ("endpoint", &lock.endpoint),
                    ("region", &lock.region),
                    ("expires_after", &lock.expires_after),
                ] {
                    if let Some(given) = given.as_ref().filter(|_| !faulty) {
                        self.invalid_itself(
                            given.span,
                            format!("a lock in a file has no `{key}`"),
                            "remove it: the operating system holds such a lock, and ends it with the run",
                        );
                    }
                }
                let path = self.text(file, None).known()?;
                let beside = self.sources.get(file.span.source).label.clone();
                Some(LockPlace::File { beside, path })
            }
            (None, Some(url)) => self.object(lock, url),
            (Some(_), Some(url)) => {
                self.invalid_itself(
                    url.span,
                    "`lock` has both `file` and `url`",
                    "keep one: a file for runs on one machine, a URL for runs anywhere",
                );
                None
            }
            (None, None) if faulty => None,
            (None, None) => {
                self.wrong_itself(
                    Code::MissingKey,
                    *span,
                    "`lock` needs the key `file` or `url`",
                    "add `file` for runs on one machine, or `url`, such as `s3://BUCKET/KEY`, for runs anywhere",
                );
                None
            }
        }
    }

    fn object(&mut self, lock: &Lock, written: &Spanned<String>) -> Option<LockPlace> {
        let expires_after = self.duration("expires_after", lock.expires_after.as_ref());
        let expires_after = expires_after.unwrap_or(EXPIRES_AFTER);
        if let Some(declared) = &lock.expires_after
            && expires_after < SHORTEST
        {
            self.invalid_itself(
                declared.span,
                format!("`expires_after` cannot be {}", quoted(&declared.value)),
                "write `10s` or more: shorter, it could expire while a request is under way",
            );
        }
        let mut optional = |given: &Option<Spanned<String>>| match given {
            None => Some(None),
            Some(given) => match self.text(given, None) {
                Text::Known(text) => Some(Some(text)),
                Text::Withheld | Text::Wrong => None,
            },
        };
        let endpoint = optional(&lock.endpoint);
        let region = optional(&lock.region);
        if let (Some(written), Some(Some(text))) = (&lock.endpoint, &endpoint)
            && !is_store(text)
        {
            self.wrong_place("endpoint", written, text, "write where the store is, as in `https://minio.example.com`; plain `http` only on this machine");
        }
        let url = self.text(written, None).known()?;
        if !is_object(&url) {
            self.wrong_place(
                "url",
                written,
                &url,
                "write `s3://BUCKET/KEY` (also for stores that are compatible with S3), `gs://BUCKET/KEY` or `az://CONTAINER/KEY`",
            );
            return None;
        }
        Some(LockPlace::Object {
            url,
            endpoint: endpoint?,
            region: region?,
            expires_after,
        })
    }

    fn wrong_place(&mut self, key: &str, written: &Spanned<String>, text: &MaskedText, help: &str) {
        let odd = match ExactUrl::new(text.expose()) {
            Err(odd @ InvalidUrl::Odd(_)) => format!(": {odd}"),
            Ok(_) | Err(_) => String::new(),
        };
        let message = format!("`{key}` cannot be {}{odd}", quoted(&veiled(text.shown())));
        let meant = mended(text).filter(|_| !odd.is_empty());
        let meant = meant.map(|meant| format!("write {meant}"));
        self.veil(written);
        self.wrong_itself(
            Code::InvalidUrl,
            written.span,
            message,
            meant.as_deref().unwrap_or(help),
        );
    }
}

/// Whether a text is the URL of an object in a store that can keep a lock.
fn is_object(url: &MaskedText) -> bool {
    ExactUrl::new(url.expose()).is_ok_and(|url| {
        let url = url.url();
        SCHEMES.contains(&url.scheme())
            && url.path().len() > 1
            && !url.path().ends_with('/')
            && is_only_a_place(url)
    })
}

/// Whether a text says where a store is.
fn is_store(url: &MaskedText) -> bool {
    ExactUrl::new(url.expose()).is_ok_and(|exact| {
        let scheme = exact.url().scheme();
        (scheme == "https" || (scheme == "http" && exact.is_loopback()))
            && is_only_a_place(exact.url())
    })
}

/// Whether a URL has neither credentials nor a query nor a fragment.
fn is_only_a_place(url: &Url) -> bool {
    url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
}
