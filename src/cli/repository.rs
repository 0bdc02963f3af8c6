//! Where files are in the repository that a run is for: reports that forges read name them so.

use std::{
    fs,
    path::{Component, Path, PathBuf},
};

use super::surroundings::variable;

/// The repository that a run is for.
#[derive(Debug, Default)]
pub(crate) struct Repository {
    /// The folder that the run is in.
    here: PathBuf,
    /// The repository's root, under each name that it has; then the folder that the run is in.
    roots: Vec<PathBuf>,
}

impl Repository {
    /// That of this run: what the CI system has checked out, which may be above the folder of the run.
    pub(crate) fn of_run() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is where the environment is read"
        )]
        let Ok(here) = std::env::current_dir() else {
            return Self::default();
        };
        let root = variable("GITHUB_WORKSPACE").or_else(|| variable("CI_PROJECT_DIR"));
        Self::new(here, root.map(PathBuf::from))
    }

    fn new(here: PathBuf, root: Option<PathBuf>) -> Self {
        // The run's folder is told without links, the root perhaps with some.
        let real = root.as_ref().and_then(|root| fs::canonicalize(root).ok());
        let roots = root.into_iter().chain(real).chain([here.clone()]);
        Self {
            roots: roots.filter(|root| root.is_absolute()).collect(),
            here,
        }
    }

    /// A file's path from the root on, with `/` between the parts; `None` where it is not below it.
    pub(crate) fn path_of(&self, file: &Path) -> Option<String> {
        let file = plain(&self.here.join(file));
        let below = |root: &PathBuf| file.strip_prefix(root).ok();
        let below = self.roots.iter().find_map(below)?;
        let parts = below.iter().map(|part| part.to_string_lossy());
        let path = parts.collect::<Vec<_>>().join("/");
        (!path.is_empty()).then_some(path)
    }
}

/// A path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            _ => plain.push(part),
        }
    }
    plain
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn paths_are_from_the_root_on() {
        let of = |here: &str, root: Option<&str>, file: &str| {
            Repository::new(here.into(), root.map(PathBuf::from)).path_of(Path::new(file))
        };
        for (here, root, file, path) in [
            ("/w", None, "a.yaml", Some("a.yaml")),
            ("/w", None, "./a.yaml", Some("a.yaml")),
            ("/w", None, "b/.././/a.yaml", Some("a.yaml")),
            ("/w", None, "/w/b/a.yaml", Some("b/a.yaml")),
            ("/w", None, "../a.yaml", None),
            ("/w/infra", Some("/w"), "a.yaml", Some("infra/a.yaml")),
            ("/w/infra", Some("/w/"), "../a.yaml", Some("a.yaml")),
            ("/w/infra", Some("/w"), "/v/a.yaml", None),
            ("/w", Some("/elsewhere"), "a.yaml", Some("a.yaml")),
            ("/w", Some("relative"), "a.yaml", Some("a.yaml")),
            ("/w", None, "/w", None),
        ] {
            assert_eq!(of(here, root, file).as_deref(), path, "{here} {file}");
        }
    }
}
