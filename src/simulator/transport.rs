//! Requests to a simulator in the same process, without a socket.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};

use super::{
    fault::{DRIP, Exchange},
    shared::SharedSimulator,
};
use crate::net::{Transport, TransportError, TransportErrorKind};

const DEFAULT_TIME_OUT: Duration = Duration::from_secs(30);

/// Sends requests to a simulator in the same process. Time passes on tokio's clock, which tests can
/// pause.
#[derive(Clone, Debug)]
pub struct InProcessTransport {
    simulator: SharedSimulator,
    time_out: Duration,
}

impl InProcessTransport {
    /// A transport to this simulator, with a time-out of 30 seconds.
    pub fn new(simulator: SharedSimulator) -> Self {
        Self {
            simulator,
            time_out: DEFAULT_TIME_OUT,
        }
    }

    /// The same, with another time-out.
    #[must_use]
    pub fn with_time_out(self, time_out: Duration) -> Self {
        Self { time_out, ..self }
    }

    /// The simulator it talks to.
    pub fn simulator(&self) -> &SharedSimulator {
        &self.simulator
    }

    async fn exchange(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        // Half before and half after: a client that gives up may do so on either side.
        let half = self.simulator.latency / 2;
        pause(half).await;
        let exchange = self.simulator.exchange(request);
        // Nobody serves this, and so nothing is sent.
        drop(self.simulator.take_outbox());
        pause(half).await;
        match exchange {
            Exchange::Answer(response) => Ok(response),
            Exchange::Drip { response, pause } => {
                let pieces = response.body().len().div_ceil(DRIP).max(1);
                for _ in 0..pieces {
                    self::pause(pause).await;
                }
                Ok(response)
            }
            Exchange::CutOff(response) => Err(TransportError {
                status: Some(response.status()),
                ..error(
                    TransportErrorKind::Interrupted,
                    "the connection closed before the whole answer had come",
                )
            }),
            Exchange::Reset => Err(error(
                TransportErrorKind::Interrupted,
                "the connection was reset",
            )),
            Exchange::Silence => std::future::pending().await,
        }
    }
}

impl Transport for InProcessTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let exchange = self.exchange(&request);
        let timed = tokio::time::timeout(self.time_out, exchange).await;
        timed.unwrap_or_else(|_| {
            let message = format!("no answer within {} s", self.time_out.as_secs_f64());
            Err(error(TransportErrorKind::Timeout, &message))
        })
    }
}

/// Even a sleep of no time waits for the timer's next tick.
async fn pause(duration: Duration) {
    if !duration.is_zero() {
        tokio::time::sleep(duration).await;
    }
}

fn error(kind: TransportErrorKind, message: &str) -> TransportError {
    TransportError {
        kind,
        status: None,
        message: message.to_owned(),
        source: None,
    }
}
