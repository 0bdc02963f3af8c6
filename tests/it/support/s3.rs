//! An object store that speaks S3 with path-style URLs, as far as a lock needs it.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
        mpsc::{self, Receiver},
    },
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{Method, Request, Response};

use super::proxy::Listening;

/// Which conditions of a put are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Conditions {
    All,
    /// Not `If-Match`.
    OnlyAbsence,
    None,
}

#[derive(Clone, Debug)]
struct Object {
    content: Bytes,
    version: u64,
    written: SystemTime,
}

#[derive(Default)]
struct State {
    objects: BTreeMap<String, Object>,
    versions: u64,
}

/// A store that listens until it is dropped.
pub(crate) struct Store {
    state: Arc<Mutex<State>>,
    /// How much later it is, in seconds, than the store's stamps say.
    later: Arc<AtomicI64>,
    /// The status of each put.
    puts: Receiver<u16>,
    address: SocketAddr,
    _listening: Listening,
}

impl Store {
    pub(crate) fn start(conditions: Conditions) -> Self {
        let (state, later) = (Arc::<Mutex<State>>::default(), Arc::new(AtomicI64::new(0)));
        let (put, puts) = mpsc::channel();
        let (shared, shift, put) = (state.clone(), later.clone(), Mutex::new(put));
        let answer = move |request: Request<Bytes>| {
            let mut state = shared.lock().unwrap();
            let (status, object) = state.answer(&request, conditions);
            if request.method() == Method::PUT {
                put.lock().unwrap().send(status).ok();
            }
            let seconds = shift.load(Ordering::SeqCst).unsigned_abs();
            let now = SystemTime::now() + Duration::from_secs(seconds);
            let mut answer = Response::builder()
                .status(status)
                .header("date", httpdate::fmt_http_date(now));
            let mut body = Bytes::new();
            if let Some(object) = object {
                answer = answer
                    .header("etag", format!("\"{}\"", object.version))
                    .header("last-modified", httpdate::fmt_http_date(object.written));
                if request.method() == Method::GET {
                    body = object.content;
                }
            }
            Ok(answer.body(body).unwrap())
        };
        let listening = Listening::start(Arc::new(answer));
        Self {
            state,
            later,
            puts,
            address: listening.address,
            _listening: listening,
        }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What an object holds.
    pub(crate) fn content(&self, path: &str) -> Option<String> {
        let state = self.state.lock().unwrap();
        let object = state.objects.get(path)?;
        Some(String::from_utf8(object.content.to_vec()).unwrap())
    }

    /// Writes an object as somebody else.
    pub(crate) fn write(&self, path: &str, content: &str) {
        let mut state = self.state.lock().unwrap();
        state.put(path, Bytes::from(content.to_owned()));
    }

    /// Makes it so much later than it is.
    pub(crate) fn wait(&self, seconds: i64) {
        self.later.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Waits for a put with this status.
    pub(crate) fn wait_for_put(&self, status: u16) {
        while self.puts.recv_timeout(Duration::from_secs(60)).unwrap() != status {}
    }

    /// Forgets the puts so far.
    pub(crate) fn forget_puts(&self) {
        while self.puts.try_recv().is_ok() {}
    }
}

impl State {
    fn put(&mut self, path: &str, content: Bytes) -> Object {
        self.versions += 1;
        let object = Object {
            content,
            version: self.versions,
            written: SystemTime::now(),
        };
        self.objects.insert(path.to_owned(), object.clone());
        object
    }

    fn answer(
        &mut self,
        request: &Request<Bytes>,
        conditions: Conditions,
    ) -> (u16, Option<Object>) {
        let path = request.uri().path().to_owned();
        let there = self.objects.get(&path).cloned();
        if request.method() == Method::GET {
            return (if there.is_some() { 200 } else { 404 }, there);
        }
        let header = |name| request.headers().get(name)?.to_str().ok();
        if conditions != Conditions::None && header("if-none-match") == Some("*") && there.is_some()
        {
            return (412, None);
        }
        if let Some(wanted) = header("if-match")
            && conditions == Conditions::All
        {
            match there {
                None => return (404, None),
                Some(there) if wanted != format!("\"{}\"", there.version) => return (412, None),
                Some(_) => {}
            }
        }
        (200, Some(self.put(&path, request.body().clone())))
    }
}
