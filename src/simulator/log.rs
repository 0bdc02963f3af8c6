//! The log of requests, for tests that assert what was asked and in which order.

use std::collections::VecDeque;

use bytes::Bytes;
use http::{Method, Request};
use jiff::Timestamp;
use serde_json::Value;

use super::fault::Fault;
use crate::model::EnvType;

/// How many requests are remembered.
const REMEMBERED: usize = 100_000;

/// One request that a simulator saw. It never holds credentials.
#[derive(Clone, Debug, PartialEq)]
pub struct LoggedRequest {
    /// Its number, from 0, in the order of arrival.
    pub index: u64,
    /// When it arrived.
    pub at: Timestamp,
    /// Its method.
    pub method: Method,
    /// Its path, with the query.
    pub path: String,
    /// The environment that its secret names, accepted or not.
    pub env_type: Option<EnvType>,
    /// Its body, where that is JSON.
    pub body: Option<Value>,
    /// The status it was answered with; `None` where it was not answered at all.
    pub status: Option<u16>,
    /// The fault that befell it.
    pub fault: Option<Fault>,
}

/// The last requests of a simulator.
#[derive(Debug, Default)]
pub(super) struct RequestLog {
    next_index: u64,
    requests: VecDeque<LoggedRequest>,
}

impl RequestLog {
    pub(super) fn push(
        &mut self,
        request: &Request<Bytes>,
        at: Timestamp,
        env_type: Option<EnvType>,
        status: Option<u16>,
        fault: Option<Fault>,
    ) {
        if self.requests.len() >= REMEMBERED {
            self.requests.pop_front();
        }
        let uri = request.uri();
        let path = uri.path_and_query().map_or("", |path| path.as_str());
        self.requests.push_back(LoggedRequest {
            index: self.next_index,
            at,
            method: request.method().clone(),
            path: path.to_owned(),
            env_type,
            body: serde_json::from_slice(request.body()).ok(),
            status,
            fault,
        });
        self.next_index += 1;
    }

    pub(super) fn to_vec(&self) -> Vec<LoggedRequest> {
        self.requests.iter().cloned().collect()
    }
}
