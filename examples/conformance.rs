//! Checks that a provider's API keeps the contract hookwright relies on: makes webhooks of its own,
//! changes and deletes them, and touches no other.
//!
//! ```sh
//! HOOKWRIGHT_CLIENT_ID=… HOOKWRIGHT_SECRET=sandbox-… cargo run --example conformance -- truv
//! ```
//!
//! The secret decides the environment. `HOOKWRIGHT_BASE_URL` names another API than the provider's own.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "an example is its own edge"
)]

use std::{
    env,
    io::{self, Write},
    sync::Arc,
};

use anyhow::{Context, bail};
use hookwright::{
    model::{Credentials, MaskedText, ProviderProfile, Secret},
    net::{BaseUrl, HttpConfig, HttpTransport, RateLimiter},
    provider::{Api, Reader, Writer, conformance::Ground},
};

const PREFIX: &str = "hookwright-conformance-";

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let id = env::args().nth(1).unwrap_or_default();
    let Some(profile) = ProviderProfile::by_id(&id) else {
        let ids: Vec<&str> = ProviderProfile::all().map(|profile| profile.id).collect();
        bail!("say which provider: {}", ids.join(" or "));
    };
    let client_id = env::var("HOOKWRIGHT_CLIENT_ID").context("HOOKWRIGHT_CLIENT_ID is not set")?;
    let secret = env::var("HOOKWRIGHT_SECRET").context("HOOKWRIGHT_SECRET is not set")?;
    let credentials =
        Credentials::new(Secret::new(secret)).with("client_id", MaskedText::sensitive(client_id));
    let env_type = profile
        .env_type_of(credentials.secret())
        .context("the secret's prefix names no environment")?;
    let base_url = env::var("HOOKWRIGHT_BASE_URL").unwrap_or_else(|_| profile.base_url.to_owned());
    let base_url = BaseUrl::new(&base_url, false)?;
    print!(
        "This makes and deletes webhooks named `{PREFIX}…` in {} {env_type} at {}. Only `yes` goes on: ",
        profile.title,
        base_url.as_str()
    );
    io::stdout().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    if answer.trim() != "yes" {
        bail!("not approved; nothing was sent");
    }
    let transport = HttpTransport::new(&base_url, &HttpConfig::default())?;
    let api = Api::new(base_url, profile, env_type, &credentials, transport)?.with_limiter(
        Arc::new(RateLimiter::share_of(profile.requests_per_minute, 0.5)),
    );
    let api = Arc::new(api);
    let ground = Ground {
        reader: Reader::new(api.clone()),
        writer: Writer::new(api),
        profile,
        env_type,
        prefix: PREFIX.to_owned(),
        url: "https://hookwright-conformance.example.com/".to_owned(),
    };
    let mut broken = 0;
    for verdict in ground.check().await? {
        match verdict.result {
            Ok(()) => println!("kept    {}", verdict.rule),
            Err(seen) => {
                broken += 1;
                println!("broken  {}: {seen}", verdict.rule);
            }
        }
    }
    if broken > 0 {
        bail!("{broken} rules are broken");
    }
    Ok(())
}
