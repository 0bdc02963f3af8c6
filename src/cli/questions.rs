//! What `init` needs to know: from flags, else asked where there is a terminal.

use super::{
    args::{self, GlobalArgs, InitArgs},
    context::Context,
    error::CliError,
    place::{Named, Place, Told},
    terminal::Terminal,
};
use crate::{
    diagnostic::{listed, quoted},
    model::{CredentialFact, EnvironmentName, ProviderProfile},
    takeover::{Starter, StarterEnvironment},
};

/// Where the manifest's JSON Schema is put, beside the manifest.
pub(crate) const SCHEMA: &str = "hookwright.schema.json";
/// What `base_url` says for the embedded simulator, which needs no credentials.
const SIMULATOR: &str = "simulator";

pub(crate) struct Wishes {
    pub(crate) starter: Starter,
    pub(crate) from_live: bool,
    /// The places of credentials outside of the manifest, as `env:NAME` or `file:PATH`.
    pub(crate) places: Vec<Place>,
}

/// Where the credentials of an environment are, in the provider's order.
type Located = Vec<(&'static CredentialFact, Place)>;

/// Takes what the flags say, and asks for the rest.
///
/// # Errors
///
/// Something is missing and nobody can be asked; or a flag says what cannot be.
pub(crate) fn wishes(context: Context<'_>, args: &InitArgs) -> Result<Wishes, CliError> {
    let Context { global, terminal } = context;
    let asks = args.provider.is_none() || global.environment.is_empty();
    if asks && !terminal.can_ask() {
        return Err(missing(global, args));
    }
    let profile = match args.provider {
        Some(provider) => provider,
        None => {
            let ids: Vec<&str> = ProviderProfile::all().map(|provider| provider.id).collect();
            let question = format!("Which provider, {}?", listed_plain(&ids));
            let usual = ProviderProfile::usual().id;
            ask(terminal, &question, usual, |text| {
                args::provider(&text.to_ascii_lowercase())
            })?
        }
    };
    let environments = environments(context, profile)?;
    let credentials = credentials(args, profile, &environments, asks, terminal)?;
    let places = distinct(credentials.iter().flatten());
    let from_live = args.from_live
        || (asks && places.iter().all(Place::is_filled) && {
            let question = "Declare the webhooks that the account has now? They are only read.";
            ask(terminal, question, "yes", yes_or_no)?
        });
    let environments = environments.into_iter().zip(credentials);
    Ok(Wishes {
        starter: Starter {
            provider: profile,
            base_url: args.base_url.clone(),
            environments: environments
                .map(|((name, env_type), credentials)| StarterEnvironment {
                    name,
                    env_type,
                    credentials: credentials
                        .into_iter()
                        .flatten()
                        .map(|(fact, place)| (fact.key, place.reference()))
                        .collect(),
                })
                .collect(),
            schema: format!("./{SCHEMA}"),
        },
        from_live,
        places,
    })
}

/// Words with `or` before the last, without quotes: they are typed as they stand.
fn listed_plain(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// The environments that flags name, or that somebody names.
fn environments(context: Context<'_>, profile: &ProviderProfile) -> Result<Vec<Named>, CliError> {
    let global = context.global;
    if !global.environment.is_empty() {
        let names: Vec<&str> = global.environment.iter().map(String::as_str).collect();
        return named(&names, profile)
            .map_err(|fault| CliError::usage(format!("`--environment`: {fault}")));
    }
    let all: Vec<&str> = spellings(profile).collect();
    let question = format!(
        "Which environments? {} has {}; another name as NAME={}.",
        profile.title,
        listed(all.iter().copied(), "and"),
        all.first().copied().unwrap_or_default(),
    );
    ask(context.terminal, &question, &all.join(" "), |text| {
        let names = text.split([',', ' ']).filter(|name| !name.is_empty());
        named(&names.collect::<Vec<_>>(), profile)
    })
}

/// Every place once.
fn distinct<'p>(credentials: impl Iterator<Item = &'p Located>) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    for (_, place) in credentials.flatten() {
        if !places.contains(place) {
            places.push(place.clone());
        }
    }
    places
}

fn missing(global: &GlobalArgs, args: &InitArgs) -> CliError {
    let provider = args.provider.is_none().then_some("--provider");
    let environment = global.environment.is_empty().then_some("--environment");
    let flags: Vec<&str> = provider.into_iter().chain(environment).collect();
    let message = format!(
        "`init` needs {}: there is no terminal to ask on",
        listed(flags, "and")
    );
    let usual = ProviderProfile::usual().id;
    let example = format!("such as `hookwright init --provider {usual} -e sandbox -e prod`");
    CliError::usage(message).hint(example)
}

/// The credentials of each environment; `None` where none are needed.
fn credentials(
    args: &InitArgs,
    profile: &ProviderProfile,
    environments: &[Named],
    asks: bool,
    terminal: &Terminal,
) -> Result<Vec<Option<Located>>, CliError> {
    let told = Told::new(args, profile, environments)?;
    let embedded = args.base_url.as_deref() == Some(SIMULATOR);
    if embedded && told.is_empty() {
        return Ok(vec![None; environments.len()]);
    }
    let prefix = profile.variable_prefix();
    let mut all: Vec<Located> = vec![Vec::new(); environments.len()];
    // What says whose webhooks are meant is asked once, and the secret of each environment.
    for fact in profile.credentials {
        let title = fact.title;
        let mut common = None;
        for ((name, _), located) in environments.iter().zip(&mut all) {
            let place = match (told.of(name, fact.key), &common) {
                (Some(place), _) | (None, Some(place)) => place.clone(),
                (None, None) if !fact.required => continue,
                (None, None) => {
                    let question = match fact.secret {
                        true => format!("Where is the {title} of `{name}`?"),
                        false => format!("Where is the {title} of {}?", profile.title),
                    };
                    let variable = fact.variable(&prefix, Some(&variable_of(name)));
                    place(terminal, asks, &question, variable)?
                }
            };
            if !fact.secret {
                common = Some(place.clone());
            }
            located.push((fact, place));
        }
    }
    Ok(all.into_iter().map(Some).collect())
}

/// An environment's name as a part of a variable's.
fn variable_of(name: &EnvironmentName) -> String {
    let chars = name.as_str().chars();
    chars
        .map(|c| match c.is_ascii_alphanumeric() {
            true => c.to_ascii_uppercase(),
            false => '_',
        })
        .collect()
}

fn place(
    terminal: &Terminal,
    asks: bool,
    question: &str,
    default: String,
) -> Result<Place, CliError> {
    match asks {
        true => ask(terminal, question, &format!("env:{default}"), Place::new),
        false => Ok(Place::Env(default)),
    }
}

/// Asks until the answer is one; no answer is the default.
fn ask<T>(
    terminal: &Terminal,
    question: &str,
    default: &str,
    take: impl Fn(&str) -> Result<T, String>,
) -> Result<T, CliError> {
    loop {
        let answer = terminal.answer(&format!("{question} [{default}] "))?;
        let Some(answer) = answer else {
            return Err(CliError::failed(
                "the questions were not answered: nothing was written",
            ));
        };
        match take(if answer.is_empty() { default } else { &answer }) {
            Ok(taken) => return Ok(taken),
            Err(fault) => terminal.complain(|out| writeln!(out, "  {fault}")),
        }
    }
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(true),
        "n" | "no" => Ok(false),
        _ => Err("it is `yes` or `no`".to_owned()),
    }
}

/// What a provider's own environments are called.
fn spellings(profile: &ProviderProfile) -> impl Iterator<Item = &'static str> {
    profile.env_types.iter().map(|(_, spelling)| *spelling)
}

/// Environments as `NAME` or `NAME=ENV_TYPE`.
fn named(texts: &[&str], profile: &ProviderProfile) -> Result<Vec<Named>, String> {
    let mut all: Vec<Named> = Vec::new();
    let known = || listed(spellings(profile), "or");
    for text in texts {
        let (name, env_type) = match text.split_once('=') {
            Some((name, env_type)) => (name, Some(env_type)),
            None => (*text, None),
        };
        if name.is_empty() || name.contains("${") {
            return Err(format!("{} is no name for an environment", quoted(name)));
        }
        let spelled = env_type.unwrap_or(name);
        let Some(kind) = profile.env_type(spelled) else {
            return Err(match env_type {
                Some(_) => format!(
                    "{} has no environment {}: it is {}",
                    profile.title,
                    quoted(spelled),
                    known()
                ),
                None => format!(
                    "which of {}'s environments is {}? Write `{name}=` and {}",
                    profile.title,
                    quoted(name),
                    known()
                ),
            });
        };
        if all.iter().any(|(one, _)| one.as_str() == name) {
            return Err(format!("{} is there twice", quoted(name)));
        }
        let told = profile.env_type(name) == Some(kind);
        let spelling = profile.spelling(kind).map(str::to_owned);
        all.push((EnvironmentName::new(name), spelling.filter(|_| !told)));
    }
    match all.is_empty() {
        true => Err("name at least one".to_owned()),
        false => Ok(all),
    }
}
