//! All locks of a run.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use anyhow::anyhow;
use tokio::time::Instant;

use super::{
    file::{FileLock, Taken},
    who::Who,
};
use crate::{
    cli::{
        connect::Connected,
        error::{CliError, ErrorKind},
        inputs, proxies,
        terminal::Terminal,
    },
    lock::Record,
    manifest::LockPlace,
    model::EnvironmentName,
    net::{InvalidBaseUrl, InvalidProxy, Permission, Stop, TransportError},
    report::human,
};

/// How often a lock that is waited for is asked for.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// The locks that a run holds. Dropping them gives those in object stores back only by and by: they
/// expire.
#[derive(Default)]
pub(crate) struct Locks(Vec<Held>);

struct Held {
    environments: Vec<EnvironmentName>,
    lock: Lock,
    loss: Loss,
}

/// Tells why a lock is not this run's any more, if so.
type Loss = Arc<dyn Fn() -> Option<String> + Send + Sync>;

enum Lock {
    File(FileLock),
    #[cfg(feature = "object-store")]
    Object(super::object::ObjectLock),
}

enum Attempt {
    Taken(Lock, Option<Record>),
    Held {
        by: Option<Record>,
        /// How long it lasts unless it is renewed; `None` where it ends with its run.
        expires_in: Option<Duration>,
    },
}

impl Locks {
    /// Takes the locks of these environments: all, or none. Environments that name one lock share it.
    ///
    /// # Errors
    ///
    /// Another run holds one, longer than `patience`; a place cannot be used; or the run was stopped.
    pub(crate) async fn take(
        environments: &[Connected],
        who: &Who,
        patience: Duration,
        stop: &Stop,
        terminal: &Terminal,
    ) -> Result<Self, CliError> {
        let mut places: BTreeMap<String, (&LockPlace, Vec<EnvironmentName>)> = BTreeMap::new();
        for one in environments {
            if let Some(place) = &one.resolved.lock {
                let sharing = places.entry(identity(place)).or_insert((place, Vec::new()));
                sharing.1.push(one.view.name.clone());
            }
        }
        let deadline = Instant::now() + patience;
        let mut locks = Self::default();
        for (place, environments) in places.into_values() {
            match wait_for(place, environments, who, deadline, stop, terminal).await {
                Ok(held) => locks.0.push(held),
                Err(error) => {
                    let _ = locks.release(terminal).await;
                    return Err(error);
                }
            }
        }
        Ok(locks)
    }

    /// Takes one lock for these environments, which need not be theirs, without waiting for it.
    ///
    /// # Errors
    ///
    /// Those of [`Self::take`].
    pub(crate) async fn take_one(
        place: &LockPlace,
        environments: Vec<EnvironmentName>,
        who: &Who,
        stop: &Stop,
        terminal: &Terminal,
    ) -> Result<Self, CliError> {
        let now = Instant::now();
        let held = wait_for(place, environments, who, now, stop, terminal).await?;
        Ok(Self(vec![held]))
    }

    /// Why the lock of this environment is not this run's any more, if so.
    pub(crate) fn lost_of(&self, environment: &EnvironmentName) -> Option<CliError> {
        self.0
            .iter()
            .filter(|held| held.environments.contains(environment))
            .find_map(Held::lost)
    }

    /// Why any of them is not this run's any more, if so.
    pub(crate) fn lost(&self) -> Option<CliError> {
        self.0.iter().find_map(Held::lost)
    }

    /// What a write to this environment needs: that none of its locks is lost.
    pub(crate) fn permission(&self, environment: &EnvironmentName) -> Permission {
        self.permission_while(|held| held.environments.contains(environment))
    }

    /// What needs that none of them is lost.
    pub(crate) fn permission_of_all(&self) -> Permission {
        self.permission_while(|_| true)
    }

    fn permission_while(&self, counts: impl Fn(&Held) -> bool) -> Permission {
        let held = self.0.iter().filter(|held| counts(held));
        let losses: Vec<Loss> = held.map(|held| held.loss.clone()).collect();
        Permission::new(move || losses.iter().all(|loss| loss().is_none()))
    }

    /// Gives all of them back, and tells of one that was lost by then. One that cannot be given back is told of, and
    /// expires.
    pub(crate) async fn release(self, terminal: &Terminal) -> Option<CliError> {
        let mut lost = None;
        for Held {
            environments,
            lock,
            loss,
        } in self.0
        {
            let released = match lock {
                // Somebody else's by now.
                _ if loss().is_some() => Ok(()),
                Lock::File(lock) => lock.release(),
                #[cfg(feature = "object-store")]
                Lock::Object(lock) => lock.release().await,
            };
            if let Some(reason) = loss() {
                lost.get_or_insert(self::lost(&environments, &reason));
            } else if let Err(error) = released {
                let of = of(&environments);
                let text = format!("the lock of {of} could not be given back: {error:#}");
                let hint = "the next run takes it over once it has expired".to_owned();
                terminal.complain_of(&text, &[hint]);
            }
        }
        lost
    }
}

impl Held {
    fn lost(&self) -> Option<CliError> {
        Some(lost(&self.environments, &(self.loss)()?))
    }
}

impl Lock {
    /// What tells whether it is lost.
    fn loss(&self) -> anyhow::Result<Loss> {
        match self {
            Self::File(lock) => {
                let is_held = lock.look()?;
                let moved =
                    move || (!is_held()).then(|| "its file was moved or deleted".to_owned());
                Ok(Arc::new(moved))
            }
            #[cfg(feature = "object-store")]
            Self::Object(lock) => {
                let kept = lock.kept.clone();
                Ok(Arc::new(move || kept.lost()))
            }
        }
    }
}

/// A lock that was this run's, and is not any more.
fn lost(environments: &[EnvironmentName], reason: &str) -> CliError {
    let of = of(environments);
    let message = format!("the lock of {of} was lost, so nothing more is sent: {reason}");
    CliError::refused(message)
        .hint("run again when no other run is at work: what is done is not done twice")
}

/// Asks for a lock until it is there, the deadline has come or the run is stopped.
async fn wait_for(
    place: &LockPlace,
    environments: Vec<EnvironmentName>,
    who: &Who,
    deadline: Instant,
    stop: &Stop,
    terminal: &Terminal,
) -> Result<Held, CliError> {
    let of = of(&environments);
    let mut told = false;
    loop {
        let attempt = tokio::select! {
            biased;
            () = stop.asked() => return Err(interrupted(&of, place)),
            attempt = attempt(place, &environments, who, stop, terminal) => attempt,
        };
        let attempt = attempt.map_err(|error| unusable(error, &of, place))?;
        let (by, expires_in) = match attempt {
            Attempt::Taken(lock, left) => {
                if let Some(left) = left {
                    tell(
                        terminal,
                        &format!(
                            "the lock of {of} was left behind by {left}; that run has ended without giving it back, and this one takes it over"
                        ),
                    );
                }
                let loss = lock.loss().map_err(|error| unusable(error, &of, place))?;
                return Ok(Held {
                    environments,
                    lock,
                    loss,
                });
            }
            Attempt::Held { by, expires_in } => (by, expires_in),
        };
        let by = by.map_or_else(|| "another run".to_owned(), |by| by.to_string());
        if Instant::now() >= deadline {
            return Err(held(&of, &by, expires_in));
        }
        if !told {
            tell(
                terminal,
                &format!("waiting for the lock of {of}, which is held by {by}"),
            );
            told = true;
        }
        tokio::select! {
            biased;
            () = stop.asked() => {
                let message = format!("interrupted while waiting for the lock of {of}; nothing was changed");
                return Err(CliError::failed(message));
            }
            () = tokio::time::sleep(ASK_EVERY) => {}
        }
    }
}

async fn attempt(
    place: &LockPlace,
    environments: &[EnvironmentName],
    who: &Who,
    stop: &Stop,
    terminal: &Terminal,
) -> anyhow::Result<Attempt> {
    match place {
        LockPlace::File { .. } => {
            let record = who.record(environments, None);
            Ok(match FileLock::take(&path(place), record)? {
                Taken::Now(lock, left) => Attempt::Taken(Lock::File(lock), left),
                Taken::Held(by) => Attempt::Held {
                    by,
                    expires_in: None,
                },
            })
        }
        #[cfg(feature = "object-store")]
        LockPlace::Object {
            url,
            endpoint,
            region,
            expires_after,
        } => {
            use crate::lock::lease::LeaseError;
            let record = who.record(environments, Some(expires_after.as_secs()));
            let (endpoint, region) = (endpoint.as_ref(), region.as_ref());
            let clock = who.clock.clone();
            let (stop, terminal, of) = (stop.clone(), terminal.clone(), of(environments));
            let on_loss = move || {
                stop.now();
                tell(&terminal, &format!("stopping: the lock of {of} was lost"));
            };
            let connections = &who.connections;
            let taken = super::object::ObjectLock::take(
                url,
                endpoint,
                region,
                record,
                clock,
                connections,
                on_loss,
            )
            .await?;
            match taken {
                Ok((lock, left)) => Ok(Attempt::Taken(Lock::Object(lock), left)),
                Err(LeaseError::Held { by, expires_in }) => Ok(Attempt::Held {
                    by: Some(*by),
                    expires_in: Some(expires_in),
                }),
                Err(error) => Err(error.into()),
            }
        }
        #[cfg(not(feature = "object-store"))]
        LockPlace::Object { .. } => {
            let _ = (stop, terminal);
            Err(anyhow!(
                "this program was built without the feature `object-store`"
            ))
        }
    }
}

/// A lock that another run holds: refused, with who, since when, and what to do.
fn held(of: &str, by: &str, expires_in: Option<Duration>) -> CliError {
    let message = format!("the lock of {of} is held by {by}; nothing was changed");
    let ends = match expires_in {
        Some(left) => format!(
            "if that run has died, its lock expires in {} s, and the next run takes it over",
            left.as_secs()
        ),
        None => "the lock ends with that run, however it ends".to_owned(),
    };
    CliError::refused(message)
        .hint("run again when that run has ended, or wait for it with `--lock-timeout 10m`")
        .hint(ends)
}

/// A run that was stopped while a place of locks had not answered yet.
fn interrupted(of: &str, place: &LockPlace) -> CliError {
    let message = format!("interrupted while taking the lock of {of}; nothing was changed");
    let hint = match place {
        LockPlace::File { .. } => None,
        LockPlace::Object { expires_after, .. } => Some(format!(
            "if the object store had just given it to this run, the lock expires in {} s",
            expires_after.as_secs()
        )),
    };
    CliError::failed(message).maybe_hint(hint)
}

fn unusable(error: anyhow::Error, of: &str, place: &LockPlace) -> CliError {
    let proxy = error.chain().find_map(|cause| cause.downcast_ref());
    let proxy = proxy.map(proxies::hint);
    let error = without_layers(error);
    let (shown, hint) = match place {
        LockPlace::File { .. } => (
            path(place).display().to_string(),
            "name another file in `lock`; it is made where it is not there",
        ),
        LockPlace::Object { url, .. } => (
            url.to_string(),
            "check `lock`, and the credentials of the object store in the environment: it must allow reading and writing that object",
        ),
    };
    let error = error.context(format!(
        "the lock of {of} at `{shown}` cannot be taken; nothing was changed"
    ));
    match proxy {
        Some(hint) => CliError::new(ErrorKind::Usage, error).hint(hint),
        None => CliError::from(error).hint(hint),
    }
}

/// An error without what the crate of object stores puts around one of ours: it says the same in each of its layers.
fn without_layers(error: anyhow::Error) -> anyhow::Error {
    let causes: Vec<&(dyn std::error::Error + 'static)> = error.chain().collect();
    let is_ours = |cause: &&(dyn std::error::Error + 'static)| {
        cause.is::<TransportError>() || cause.is::<InvalidProxy>() || cause.is::<InvalidBaseUrl>()
    };
    match causes.iter().position(is_ours) {
        Some(ours) => {
            let texts: Vec<String> = causes[ours..].iter().map(ToString::to_string).collect();
            anyhow!("the object store cannot be used: {}", texts.join(": "))
        }
        None => error,
    }
}

fn tell(terminal: &Terminal, text: &str) {
    terminal.say(|out| writeln!(out, "{}", human::clean(text)));
}

/// What makes two places one.
pub(crate) fn identity(place: &LockPlace) -> String {
    match place {
        LockPlace::File { .. } => {
            let path = path(place);
            let path = std::path::absolute(&path).unwrap_or(path);
            path.display().to_string()
        }
        LockPlace::Object { url, endpoint, .. } => {
            let endpoint = endpoint.as_ref().map_or("", |endpoint| endpoint.expose());
            format!("{} {endpoint}", url.expose())
        }
    }
}

fn path(place: &LockPlace) -> PathBuf {
    match place {
        LockPlace::File { beside, path } => inputs::relative_to(beside, path.expose()),
        LockPlace::Object { .. } => PathBuf::new(),
    }
}

/// Environments, for a sentence.
fn of(environments: &[EnvironmentName]) -> String {
    let names: Vec<&str> = environments.iter().map(EnvironmentName::as_str).collect();
    let noun = if names.len() == 1 {
        "environment"
    } else {
        "environments"
    };
    format!("{noun} {}", inputs::listed(&names))
}
