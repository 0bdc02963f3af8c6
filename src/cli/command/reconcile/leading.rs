//! Which copy of the service looks at an environment: the one that holds the lock beside the environment's own.
//!
//! The environment's own lock is held only while something is written, so that `apply` gets its turn.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    cli::{
        lock::{Locks, Who},
        terminal::Terminal,
    },
    manifest::LockPlace,
    model::EnvironmentName,
    net::{Permission, Stop},
};

#[derive(Default)]
pub(super) struct Leading {
    groups: BTreeMap<String, Group>,
}

struct Group {
    place: LockPlace,
    environments: BTreeSet<EnvironmentName>,
    held: Option<Locks>,
    is_asked_for: bool,
}

/// What asking for the lead of a group came to.
pub(super) struct Asked {
    pub(super) group: String,
    /// Why it was not to be had, where it was not.
    pub(super) held: Result<Locks, String>,
}

impl Leading {
    /// Takes over which environments there are. Gives back what is led no more.
    pub(super) fn set<'e>(
        &mut self,
        environments: impl IntoIterator<Item = (&'e EnvironmentName, &'e LockPlace)>,
    ) -> Vec<Locks> {
        let mut before = std::mem::take(&mut self.groups);
        for (name, place) in environments {
            let place = place.beside();
            let key = crate::cli::lock::identity(&place);
            let group = self.groups.entry(key.clone()).or_insert_with(|| {
                let known = before.remove(&key);
                Group {
                    place,
                    environments: BTreeSet::new(),
                    is_asked_for: known.as_ref().is_some_and(|known| known.is_asked_for),
                    held: known.and_then(|known| known.held),
                }
            });
            group.environments.insert(name.clone());
        }
        before
            .into_values()
            .filter_map(|group| group.held)
            .collect()
    }

    /// Whether this copy is the one that looks at an environment: also where nothing keeps two apart.
    pub(super) fn leads(&self, name: &EnvironmentName) -> bool {
        self.group(name).is_none_or(|group| group.held.is_some())
    }

    /// What a write to an environment needs: that this copy leads it still.
    pub(super) fn permission(&self, name: &EnvironmentName) -> Permission {
        let held = self.group(name).and_then(|group| group.held.as_ref());
        held.map_or_else(Permission::default, Locks::permission_of_all)
    }

    fn group(&self, name: &EnvironmentName) -> Option<&Group> {
        let mut groups = self.groups.values();
        groups.find(|group| group.environments.contains(name))
    }

    /// Lets go what was lost, and gives the environments of it.
    pub(super) fn lost(&mut self) -> Vec<EnvironmentName> {
        let mut lost = Vec::new();
        for group in self.groups.values_mut() {
            if (group.held.as_ref()).is_some_and(|held| held.lost().is_some()) {
                group.held = None;
                lost.extend(group.environments.iter().cloned());
            }
        }
        lost
    }

    /// The groups that are to be asked for.
    pub(super) fn wanted(&mut self) -> Vec<(String, LockPlace, Vec<EnvironmentName>)> {
        let groups = self.groups.iter_mut();
        let groups = groups.filter(|(_, group)| group.held.is_none() && !group.is_asked_for);
        groups
            .map(|(key, group)| {
                group.is_asked_for = true;
                let environments = group.environments.iter().cloned().collect();
                (key.clone(), group.place.clone(), environments)
            })
            .collect()
    }

    /// Takes over what asking came to. Gives the environments of a group, whether this copy leads them now, and what is to
    /// be given back, as nobody wants it any more.
    pub(super) fn asked(
        &mut self,
        asked: Asked,
    ) -> (Vec<EnvironmentName>, Result<(), String>, Option<Locks>) {
        let Some(group) = self.groups.get_mut(&asked.group) else {
            return (Vec::new(), Ok(()), asked.held.ok());
        };
        group.is_asked_for = false;
        let environments = group.environments.iter().cloned().collect();
        match asked.held {
            Ok(locks) => {
                group.held = Some(locks);
                (environments, Ok(()), None)
            }
            Err(why) => (environments, Err(why), None),
        }
    }

    pub(super) async fn release(self, terminal: &Terminal) {
        for locks in self.groups.into_values().filter_map(|group| group.held) {
            // What was lost by then is another's.
            let _ = locks.release(terminal).await;
        }
    }
}

/// Asks for the lead of a group once.
pub(super) async fn ask(
    group: String,
    place: LockPlace,
    environments: Vec<EnvironmentName>,
    who: &Who,
    terminal: &Terminal,
) -> Asked {
    // What is lost stops nothing but what needs its permission.
    let stop = Stop::default();
    let held = Locks::take_one(&place, environments, who, &stop, terminal).await;
    Asked {
        group,
        held: held.map_err(|error| error.texts()),
    }
}
