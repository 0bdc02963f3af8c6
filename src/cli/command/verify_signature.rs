//! `verify-signature`: whether a delivery was signed with this key, and if not, why.

use std::env::VarError;

use anyhow::Context as _;

use crate::{
    cli::{
        args::{Tolerance, VerifySignatureArgs},
        clock::Now,
        context::Context,
        error::CliError,
        exit, inputs,
        planning::{self, Ended},
    },
    delivery::signature::{self, Freshness, InvalidSignature, Received},
    files::{self, Limit},
    model::{Masker, ProviderProfile, Secret},
    plan::Options,
    report::{human, json},
};

/// A key that may have signed, and where it is from.
struct Key {
    from: String,
    secret: Secret,
}

pub(crate) async fn run(context: Context<'_>, args: &VerifySignatureArgs) -> Result<u8, Ended> {
    let terminal = context.terminal;
    let given = given_keys(args)?;
    let (provider, keys) = if given.is_empty() {
        key_of_environment(context, args).await?
    } else {
        (args.provider.unwrap_or_else(ProviderProfile::usual), given)
    };
    let secrets: Vec<String> = keys
        .iter()
        .map(|key| key.secret.expose().to_owned())
        .collect();
    terminal.mask(Masker::new(secrets));
    let received = received(provider, args)?;
    let freshness = freshness(args)?;
    let body = inputs::standard_input()?;
    let found = verify(provider, &keys, &body, &received, freshness);
    let from = found.as_ref().map(|key| key.from.as_str());
    terminal.show(
        || json::verified(provider, from),
        |out| human::verified(from, terminal.width(), out),
    )?;
    Ok(if found.is_ok() {
        exit::DONE
    } else {
        exit::FAILED
    })
}

/// What the arguments have of the delivery's headers.
fn received(provider: &ProviderProfile, args: &VerifySignatureArgs) -> Result<Received, CliError> {
    let scheme = provider.signature;
    let headers = args.header.iter();
    let mut received = Received::of(
        scheme,
        headers.map(|(name, value)| (name.as_str(), value.as_str())),
    );
    let header = signature::header(scheme);
    match (&args.signature, &received.signature) {
        (Some(_), Some(_)) => Err(CliError::usage(format!(
            "the signature is there twice: as an argument, and as `--header '{header}: …'`"
        ))),
        (None, None) => Err(CliError::usage("the signature is missing").hint(format!(
            "{} sends it as `{header}`: pass its value, or `--header '{header}: …'`",
            provider.title
        ))),
        (Some(value), None) => {
            received.take(scheme, header, value);
            Ok(received)
        }
        (None, Some(_)) => Ok(received),
    }
}

/// Which signatures count, by their time.
fn freshness(args: &VerifySignatureArgs) -> Result<Freshness, CliError> {
    let tolerance = match args.tolerance {
        Some(Tolerance::Any) => return Ok(Freshness::Any),
        Some(Tolerance::Within(tolerance)) => Some(tolerance),
        None => None,
    };
    let now = Now::read();
    let at = args.at.resolve(now.moment, &now.zone);
    let now = at.map_err(|_| CliError::usage("`--at` is beyond all time"))?;
    Ok(Freshness::At { now, tolerance })
}

/// The key that signed. Of several that did not, the one whose error says most.
fn verify<'k>(
    provider: &'static ProviderProfile,
    keys: &'k [Key],
    body: &[u8],
    received: &Received,
    freshness: Freshness,
) -> Result<&'k Key, InvalidSignature> {
    let mut worst = InvalidSignature::Mismatch;
    for key in keys {
        match signature::verify(provider.signature, &key.secret, body, received, freshness) {
            Ok(()) => return Ok(key),
            Err(error) if error.is_of_key() && worst != InvalidSignature::Mismatch => {}
            Err(error) => worst = error,
        }
    }
    Err(worst)
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is where the environment is read"
)]
fn given_keys(args: &VerifySignatureArgs) -> Result<Vec<Key>, CliError> {
    let mut keys = Vec::new();
    for name in &args.secret_env {
        let value = std::env::var(name).map_err(|error| match error {
            VarError::NotPresent => not_set(name),
            VarError::NotUnicode(_) => CliError::usage(format!(
                "the value of the environment variable `{name}` is not UTF-8 text"
            )),
        })?;
        keys.push(key(format!("variable `{name}`"), &value)?);
    }
    for path in &args.secret_file {
        let shown = path.display();
        let value = files::text(path, Limit::SECRET)
            .with_context(|| format!("failed to read the secret in `{shown}`"))?;
        keys.push(key(format!("file `{shown}`"), &value)?);
    }
    Ok(keys)
}

/// Whoever passes the secret in place of its variable's name must not see it in a log.
fn not_set(name: &str) -> CliError {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let message = if name.bytes().all(is_name) {
        format!("the environment variable `{name}` is not set")
    } else {
        "`--secret-env` has something that is no variable's name".to_owned()
    };
    CliError::usage(message)
        .hint("`--secret-env` takes the name of a variable, never the secret itself")
}

fn key(from: String, value: &str) -> Result<Key, CliError> {
    let value = value.trim_end_matches(['\r', '\n']);
    if value.trim().is_empty() {
        return Err(CliError::usage(format!("the secret in {from} is empty")));
    }
    Ok(Key {
        from,
        secret: Secret::new(value),
    })
}

/// The key of the one environment that is meant.
async fn key_of_environment(
    context: Context<'_>,
    args: &VerifySignatureArgs,
) -> Result<(&'static ProviderProfile, Vec<Key>), Ended> {
    let global = context.global;
    if global.file.iter().any(|path| path.as_os_str() == "-") {
        return Err(CliError::usage(
            "standard input has the body, so the manifest must be in a file",
        )
        .into());
    }
    let choose = |document: &_| inputs::one_selected(document, &global.environment);
    let session = planning::open(context, &Options::default(), choose).await?;
    let Some(one) = session.into_environments().into_iter().next() else {
        return Err(CliError::usage("the manifest has no environment").into());
    };
    let key = Key {
        from: format!("environment `{}`", one.view.name),
        secret: one.secret,
    };
    let provider = args.provider.unwrap_or(one.view.profile);
    Ok((provider, vec![key]))
}
