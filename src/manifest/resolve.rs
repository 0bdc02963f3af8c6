//! A document → what each environment should have.

use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};

use super::{Document, events::Expansions, findings::Findings, referred::Files, room::Room};
use crate::{
    diagnostic::{Code, Diagnostic, Severity, Sources, Span, nearest},
    model::{
        DesiredState, Destinations, EnvType, EnvironmentName, MaskedText, Policy, ProviderProfile,
        Secret,
    },
};

/// What the outside says of a value that the manifest refers to.
#[derive(Clone, PartialEq, Eq)]
pub enum Lookup {
    /// This is it.
    Found(String),
    /// There is none.
    Unset,
    /// It is not looked at: checks that need it are passed over.
    Withheld,
}

/// The outside, as far as a manifest may refer to it.
pub trait Values {
    /// The environment variable of this name.
    ///
    /// # Errors
    ///
    /// It is set, and cannot be read; why, as a fragment for a message.
    fn env(&self, name: &str) -> Result<Lookup, String>;

    /// The content of a file. A relative path is relative to the folder of the manifest `beside` it.
    ///
    /// # Errors
    ///
    /// Why it cannot be read, as a fragment for a message.
    fn file(&self, beside: &str, path: &str) -> Result<Lookup, String>;
}

/// No outside at all: for who looks at a manifest alone.
#[derive(Clone, Copy, Debug)]
pub struct Offline;

impl Values for Offline {
    fn env(&self, _name: &str) -> Result<Lookup, String> {
        Ok(Lookup::Withheld)
    }

    fn file(&self, _beside: &str, _path: &str) -> Result<Lookup, String> {
        Ok(Lookup::Withheld)
    }
}

/// Everything that resolving found.
#[derive(Debug)]
pub struct Resolution {
    /// The environments asked for, in the manifest's order; without those that could not be resolved.
    pub environments: Vec<ResolvedEnvironment>,
    /// What is wrong, in reading order.
    pub diagnostics: Vec<Diagnostic>,
    /// Every value that came from the outside: to be masked wherever it turns up.
    pub sensitive: Vec<String>,
    /// Where the manifest itself holds what must not be shown.
    pub hidden: Vec<Span>,
}

impl Resolution {
    /// Whether something is wrong that forbids using the environments.
    pub fn has_errors(&self) -> bool {
        self.diagnostics
            .iter()
            .any(|found| found.severity == Severity::Error)
    }

    /// Takes event types that the provider does not document for errors.
    pub fn deny_unknown_events(&mut self) {
        for found in &mut self.diagnostics {
            if found.code == Code::UnknownEventType {
                found.severity = Severity::Error;
            }
        }
    }
}

/// One environment, resolved.
#[derive(Debug)]
pub struct ResolvedEnvironment {
    /// Its name.
    pub name: EnvironmentName,
    /// What is known of its provider.
    pub profile: &'static ProviderProfile,
    /// The provider's environment.
    pub env_type: EnvType,
    /// Where the API is.
    pub target: Target,
    /// Where the credentials come from; `None` where the target needs none.
    pub credentials: Option<CredentialSources>,
    /// What TLS uses besides what the operating system has.
    pub tls_files: TlsFiles,
    /// What a plan may do.
    pub policy: Policy,
    /// The variables, as far as their values are known.
    pub variables: BTreeMap<String, MaskedText>,
    /// Where events may be sent.
    pub destinations: Destinations,
    /// How many requests a minute the provider lets the account send: at least 1.
    pub requests_per_minute: u32,
    /// The share of that which a run may use: above 0, at most 1.
    pub rate_share: f64,
    /// The most webhooks that its list may have, where the manifest says so.
    pub max_webhooks: Option<NonZeroU32>,
    /// How long things may take.
    pub timeouts: Timeouts,
    /// What keeps two runs apart.
    pub lock: Option<LockPlace>,
    /// The environments that a run must have applied and proven before, where it applies them too.
    pub after: Vec<EnvironmentName>,
    /// The webhooks it should have.
    pub desired: DesiredState,
}

/// Where an environment's API is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The simulator inside this program.
    Simulator,
    /// An API at this base URL.
    Url(MaskedText),
    /// A base URL with a value that was withheld.
    Withheld,
}

/// The files that TLS uses.
#[derive(Clone, Debug, Default)]
pub struct TlsFiles {
    /// The certificates of the authorities that are trusted, in place of the operating system's.
    pub authorities: Option<PemFile>,
    /// The client's certificate and its private key.
    pub identity: Option<(PemFile, PemFile)>,
}

/// A file of certificates or of a key, in PEM as far as its labels tell.
#[derive(Clone, Debug)]
pub struct PemFile {
    /// The key of the manifest that names it.
    pub key: &'static str,
    /// Where it is, as the manifest says.
    pub path: MaskedText,
    /// What it holds.
    pub content: Arc<Secret>,
}

/// Where a lock is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LockPlace {
    /// In a local file.
    File {
        /// The manifest that names it: a relative path is relative to its folder.
        beside: String,
        /// The path.
        path: MaskedText,
    },
    /// In an object store.
    Object {
        /// The object: `s3`, `gs` or `az`, a bucket and a key.
        url: MaskedText,
        /// Where the store's API is, if not where it usually is.
        endpoint: Option<MaskedText>,
        /// The bucket's region.
        region: Option<MaskedText>,
        /// How long it lasts without renewal.
        expires_after: Duration,
    },
}

/// How long requests to a provider may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// One request, until its answer is complete.
    pub total: Duration,
    /// A connection, until it has come about.
    pub connect: Duration,
    /// The provider's silence; `None` for as long as the whole request may take.
    pub read: Option<Duration>,
}

/// Where the two parts of credentials come from.
#[derive(Clone, Debug)]
pub struct CredentialSources {
    /// The client id.
    pub client_id: CredentialSource,
    /// The access secret.
    pub access_secret: CredentialSource,
}

/// Where a credential comes from.
#[derive(Clone, Debug)]
pub enum CredentialSource {
    /// It is known.
    Value(MaskedText),
    /// A program prints it: the program and its arguments. Running it is for the caller to decide.
    Command(Vec<String>),
    /// It was withheld.
    Withheld,
}

impl Document {
    /// Resolves the environments asked for. Others are not looked at: planning `sandbox` needs no
    /// production secret.
    ///
    /// What was wrong with the shape of the files is among what is found; what has the right shape
    /// is resolved and checked all the same.
    pub fn resolve(
        &self,
        selected: &[EnvironmentName],
        values: &dyn Values,
        sources: &Sources,
    ) -> Resolution {
        self.resolve_into(selected, values, sources, true)
    }

    /// Checks what [`Self::resolve`] checks without keeping what it gives, and says which comments
    /// silence nothing.
    pub fn check(
        &self,
        selected: &[EnvironmentName],
        values: &dyn Values,
        sources: &Sources,
    ) -> Resolution {
        self.resolve_into(selected, values, sources, false)
    }

    fn resolve_into(
        &self,
        selected: &[EnvironmentName],
        values: &dyn Values,
        sources: &Sources,
        keep: bool,
    ) -> Resolution {
        let mut resolver = Resolver {
            document: self,
            values,
            sources,
            findings: Findings::new(self.environments.len() > 1, self.silences.clone(), sources),
            expansions: Expansions::default(),
            room: Room::default(),
            files: Files::default(),
            hosts: Default::default(),
            keep,
            sensitive: BTreeSet::new(),
            hidden: self.secrets().collect(),
            in_credentials: false,
            guesses: GUESSES,
        };
        resolver.check_references();
        let mut prepared = Vec::new();
        let mut complete = selected.len() == self.environments.len();
        let selected: BTreeSet<&str> = selected.iter().map(EnvironmentName::as_str).collect();
        for (name, environment) in &self.environments {
            if !selected.contains(name.value.as_str()) {
                complete = false;
                continue;
            }
            resolver.findings.within(Some(&name.value));
            prepared.push(resolver.environment(name, environment));
        }
        let scopes: Vec<_> = prepared.iter().map(|one| &one.scope).collect();
        let desired = resolver.desired(&scopes);
        let mut environments = Vec::new();
        for (one, desired) in prepared.into_iter().zip(desired) {
            let resolved = one.with(desired);
            complete &= resolved.is_some();
            environments.extend(resolved.filter(|_| keep));
        }
        let places = self.places();
        environments.sort_by_key(|one| places.get(one.name.as_str()).copied());
        resolver.findings.within(None);
        resolver.check_hosts();
        resolver.check_used();
        let Resolver {
            findings,
            sensitive,
            mut hidden,
            ..
        } = resolver;
        let mut found = self.diagnostics.clone();
        let mut silences = findings.into_diagnostics(&mut found);
        found.retain(|one| !silences.silence(one, sources));
        let errors = found.has_errors();
        if errors {
            // Who misspelt a name uses it.
            let unused = [Code::UnusedGroup, Code::UnusedVariable];
            found.forget(&unused);
        }
        if !keep && complete && !errors {
            found.extend(silences.unused(sources));
        }
        let diagnostics = found.into_sorted();
        hidden.sort();
        hidden.dedup();
        Resolution {
            environments,
            diagnostics,
            sensitive: sensitive.into_iter().collect(),
            hidden,
        }
    }
}

/// How many near names are looked for in one run: each costs as much as there are names.
const GUESSES: usize = 500;

/// The state of resolving: what was found so far.
pub(super) struct Resolver<'d> {
    pub(super) document: &'d Document,
    pub(super) values: &'d dyn Values,
    pub(super) sources: &'d Sources,
    pub(super) findings: Findings<'d>,
    pub(super) expansions: Expansions<'d>,
    /// What may still be written out.
    pub(super) room: Room,
    /// The files that were read.
    pub(super) files: Files,
    /// The hosts that webhooks send to.
    pub(super) hosts: super::lints::Hosts,
    pub(super) sensitive: BTreeSet<String>,
    pub(super) hidden: Vec<Span>,
    /// Whether credentials are read, which have no default.
    pub(super) in_credentials: bool,
    /// Whether what is resolved is wanted, or only what is wrong with it.
    pub(super) keep: bool,
    guesses: usize,
}

impl Resolver<'_> {
    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.findings.push(diagnostic);
    }

    /// The nearest of the known names, as long as this run has not looked for too many.
    pub(super) fn nearest<'k>(
        &mut self,
        written: &str,
        known: impl Iterator<Item = &'k str>,
    ) -> Option<&'k str> {
        self.guesses = self.guesses.checked_sub(1)?;
        nearest(written, known)
    }

    /// Whether a message may still list what is known, which costs as much.
    pub(super) fn may_list(&self) -> bool {
        self.guesses > 0
    }
}
