//! The body of a request, which notices when it is handed to a connection.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// Whether a request was handed to a connection.
#[derive(Debug)]
pub(super) struct Handed(Arc<AtomicBool>);

impl Handed {
    pub(super) fn is_over(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A whole body. A connection looks at it when it writes the request, and not before.
#[derive(Debug)]
pub(super) struct Guarded {
    bytes: Bytes,
    handed: Arc<AtomicBool>,
}

impl Guarded {
    pub(super) fn new(bytes: Bytes) -> (Self, Handed) {
        let handed = Arc::<AtomicBool>::default();
        let body = Self {
            bytes,
            handed: Arc::clone(&handed),
        };
        (body, Handed(handed))
    }
}

impl Body for Guarded {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.handed.store(true, Ordering::Relaxed);
        let bytes = std::mem::take(&mut self.bytes);
        Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        let is_empty = self.bytes.is_empty();
        if is_empty {
            // What has no body is asked for none.
            self.handed.store(true, Ordering::Relaxed);
        }
        is_empty
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.len() as u64)
    }
}
