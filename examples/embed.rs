//! A reconciler of one's own: it reads a manifest, plans, approves, applies on the embedded simulator, and proves.
use std::sync::Arc;

use hookwright::{
    diagnostic::{Source, Sources},
    manifest::{Document, Offline},
    model::{Credentials, EnvironmentName, MaskedText, Masker, Secret},
    net::{BaseUrl, Stop},
    run::{
        self, AppliedEnvironment, Connected, Look, NotProbed, Policies, Probing, Session,
        Unattended, Way,
    },
    simulator::{InProcessTransport, Simulator},
};

const MANIFEST: &str = "
version: 1
environments:
  sandbox: { provider: truv, env_type: sandbox, base_url: simulator }
webhooks:
  orders: { url: https://hooks.example.com/orders, events: [order-created] }
";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut sources = Sources::default();
    sources.add(Source::new("manifest", MANIFEST));
    let selected = [EnvironmentName::new("sandbox")];
    let mut found = Document::read(&sources).resolve(&selected, &Offline, &sources);
    let resolved = found.environments.pop().ok_or("it is not valid")?;

    // An account of one's own has its own credentials, and `HttpTransport` carries its requests.
    let secret = Secret::new(format!("sandbox-{:040x}", 7));
    let masker = Masker::new([secret.expose().to_owned()]);
    let credentials = Credentials::new(secret).with("client_id", MaskedText::plain("nobody"));
    let clock = Arc::new(|| jiff::Timestamp::UNIX_EPOCH);
    let simulator = Simulator::builder(resolved.profile, clock.clone()).build();
    let transport = InProcessTransport::new(simulator);
    let address = BaseUrl::new("http://localhost/v1/", false)?;
    let way = Way::through(transport, address, &credentials);
    let stop = Stop::default();
    let environments = vec![Connected::new(resolved, &credentials, way, &masker, &stop)?];

    let policies = Policies::of(found.rules, found.declared, clock);
    let session = Session::new(environments, Default::default(), policies, masker, stop);
    let drafts = session.draft().await;
    let probing = Probing::<NotProbed>::Not;
    let planned = session.settle(drafts, Look::GUARD, probing).await;
    // Here the plan is shown, and somebody is asked. One that a guard refuses is not applied.
    let applied = run::apply(&session, planned, &Unattended).await?;
    if !applied.iter().all(AppliedEnvironment::is_proven) {
        return Err("what is live is not what was declared".into());
    }
    Ok(())
}
