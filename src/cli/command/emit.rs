//! `simulator emit`: an event in a simulator that is running.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use url::Url;

use crate::{
    cli::{args::EmitArgs, error::CliError, exit, planning::Ended, terminal::Terminal, transport},
    diagnostic::did_you_mean,
    model::ProviderProfile,
    net::{BaseUrl, Transport},
    report::{
        human,
        json::{self, EmittedEvent},
    },
    run::Outcome,
    simulator::Emit,
};

/// Longer than four attempts with a pause of half a minute take, and some.
const PATIENCE: Duration = Duration::from_secs(600);

pub(crate) async fn run(args: &EmitArgs, terminal: &Terminal) -> Result<u8, Ended> {
    let event = emit(args).await?;
    // What is not waited for cannot have failed.
    let done = event.is_delivered() || (args.wait.is_none() && !event.webhooks.is_empty());
    let outcome = if done {
        Outcome::Nothing
    } else {
        Outcome::Failed
    };
    terminal.show(
        || json::emitted(&event, outcome),
        |out| human::emitted(&event, out),
    )?;
    Ok(if done { exit::DONE } else { exit::FAILED })
}

async fn emit(args: &EmitArgs) -> Result<EmittedEvent, CliError> {
    let (base, request) = request(args)?;
    let transport = transport::to(&base, PATIENCE)?;
    let answer = transport.send(request).await.map_err(|err| {
        let error = anyhow::Error::new(err).context("failed to reach the simulator");
        CliError::from(error).hint(
            "start one with `hookwright simulator`, or say where it is with `--at`: it prints its URL",
        )
    })?;
    if answer.status() == StatusCode::OK {
        return serde_json::from_slice(answer.body()).map_err(|_| no_simulator());
    }
    let refused: serde_json::Value =
        serde_json::from_slice(answer.body()).map_err(|_| no_simulator())?;
    let why = refused["error"].as_str().ok_or_else(no_simulator)?;
    let events = || ProviderProfile::all().flat_map(|profile| profile.event_types);
    let near = did_you_mean(&args.event, events().copied())
        .filter(|_| !events().any(|known| *known == args.event));
    Err(CliError::failed(format!("the simulator refuses: {why}")).maybe_hint(near))
}

fn no_simulator() -> CliError {
    CliError::failed("what answers is no simulator")
        .hint("say where it is with `--at`; `hookwright simulator` prints its URL")
}

fn request(args: &EmitArgs) -> Result<(BaseUrl, Request<Bytes>), CliError> {
    let invalid = |why: String| {
        CliError::usage(format!("`--at` is not the URL of a simulator: {why}"))
            .hint("it is on this machine, such as `http://127.0.0.1:8788`")
    };
    let base = BaseUrl::new(&args.at, false).map_err(|err| invalid(err.to_string()))?;
    if !base.is_loopback() {
        return Err(invalid("it is not on this machine".to_owned()));
    }
    let url = Url::parse(base.as_str())
        .and_then(|url| url.join("/_simulator/emit"))
        .map_err(|err| invalid(err.to_string()))?;
    let body = Emit {
        event_type: args.event.clone(),
        client_id: args.client_id.clone(),
        env_type: args.env_type,
        seed: args.seed.clone(),
        wait: args.wait.wait(),
    };
    let body = serde_json::to_vec(&body).map_err(anyhow::Error::from)?;
    let request = Request::builder()
        .method(Method::POST)
        .uri(url.as_str())
        .header(header::CONTENT_TYPE, "application/json")
        .body(Bytes::from(body))
        .map_err(anyhow::Error::from)?;
    Ok((base, request))
}
