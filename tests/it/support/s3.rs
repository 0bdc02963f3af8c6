//! An object store that speaks S3 with path-style URLs, as far as locks and archives need it. Google's speaks the same, but for
//! the conditions of a put: they are of generations.

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
    /// Of a part that was asked for.
    range: Option<String>,
}

/// When a write is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    Before,
    After,
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
        Self::start_watched(conditions, |_| {})
    }

    /// The same, and somebody is told right before and right after each write.
    pub(crate) fn start_watched(
        conditions: Conditions,
        on_write: impl Fn(Moment) + Send + Sync + 'static,
    ) -> Self {
        let (state, later) = (Arc::<Mutex<State>>::default(), Arc::new(AtomicI64::new(0)));
        let (put, puts) = mpsc::channel();
        let (shared, shift, put) = (state.clone(), later.clone(), Mutex::new(put));
        let answer = move |request: Request<Bytes>| {
            let is_write = request.method() != Method::GET && request.method() != Method::HEAD;
            if is_write {
                on_write(Moment::Before);
            }
            let mut state = shared.lock().unwrap();
            let (status, object) = state.answer(&request, conditions);
            drop(state);
            if is_write {
                on_write(Moment::After);
            }
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
                    .header("x-goog-generation", object.version)
                    .header("last-modified", httpdate::fmt_http_date(object.written));
                if request.method() != Method::PUT {
                    body = object.content;
                }
                if let Some(range) = object.range {
                    answer = answer.header("content-range", range);
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

impl Object {
    fn of(content: String) -> Self {
        Self {
            content: content.into(),
            version: 0,
            written: SystemTime::now(),
            range: None,
        }
    }

    /// The part that a range names: `bytes=0-9`.
    fn part(mut self, range: &str) -> Self {
        let (from, to) = range["bytes=".len()..].split_once('-').unwrap();
        let length = self.content.len();
        let from: usize = from.parse().unwrap();
        let to = to
            .parse::<usize>()
            .map_or(length, |to| (to + 1).min(length));
        self.range = Some(format!("bytes {from}-{}/{length}", to - 1));
        self.content = self.content.slice(from..to);
        self
    }
}

impl State {
    /// Deletes the keys that a request names.
    fn delete(&mut self, bucket: &str, body: &Bytes) -> Object {
        let body = String::from_utf8(body.to_vec()).unwrap();
        let mut answer = "<DeleteResult>".to_owned();
        for key in body.split("<Key>").skip(1) {
            let key = key.split("</Key>").next().unwrap();
            self.objects.remove(&format!("{bucket}/{key}"));
            answer += &format!("<Deleted><Key>{key}</Key></Deleted>");
        }
        Object::of(answer + "</DeleteResult>")
    }

    /// The objects of a folder and its folders.
    fn list(&self, bucket: &str, query: &str) -> Object {
        let asked = |name: &str| {
            let mut pairs = url::form_urlencoded::parse(query.as_bytes());
            let found = pairs.find(|(key, _)| key == name);
            found.map(|(_, value)| value.into_owned())
        };
        let prefix = asked("prefix").unwrap_or_default();
        let delimiter = asked("delimiter");
        let (mut contents, mut folders) = (String::new(), std::collections::BTreeSet::new());
        for (path, object) in &self.objects {
            // Paths are as they stand in requests.
            let path = percent_encoding::percent_decode_str(path)
                .decode_utf8()
                .unwrap();
            let Some(key) = path.strip_prefix(&format!("{bucket}/")) else {
                continue;
            };
            let Some(rest) = key.strip_prefix(&prefix) else {
                continue;
            };
            match (rest.split_once('/'), &delimiter) {
                (Some((folder, _)), Some(_)) => {
                    folders.insert(format!("{prefix}{folder}/"));
                }
                _ => {
                    contents += &format!(
                        "<Contents><Key>{key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>{}</ETag><Size>{}</Size></Contents>",
                        object.version,
                        object.content.len()
                    );
                }
            }
        }
        let folders = folders.iter();
        let folders: String = folders
            .map(|folder| format!("<CommonPrefixes><Prefix>{folder}</Prefix></CommonPrefixes>"))
            .collect();
        Object::of(format!(
            "<ListBucketResult><IsTruncated>false</IsTruncated>{contents}{folders}</ListBucketResult>"
        ))
    }

    fn put(&mut self, path: &str, content: Bytes) -> Object {
        self.versions += 1;
        let object = Object {
            content,
            version: self.versions,
            written: SystemTime::now(),
            range: None,
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
        let query = request.uri().query().unwrap_or_default();
        if request.method() == Method::POST && query.contains("delete") {
            return (200, Some(self.delete(&path, request.body())));
        }
        if request.method() == Method::GET && query.contains("list-type") {
            return (200, Some(self.list(&path, query)));
        }
        if request.method() == Method::GET {
            let range = request.headers().get("range");
            return match (there, range.and_then(|range| range.to_str().ok())) {
                (None, _) => (404, None),
                (Some(object), None) => (200, Some(object)),
                (Some(object), Some(range)) => (206, Some(object.part(range))),
            };
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
        if let Some(wanted) = header("x-goog-if-generation-match") {
            let generation = there.map_or(0, |there| there.version);
            if wanted != generation.to_string() {
                return (412, None);
            }
        }
        if request.method() == Method::DELETE {
            self.objects.remove(&path);
            return (204, None);
        }
        (200, Some(self.put(&path, request.body().clone())))
    }
}
