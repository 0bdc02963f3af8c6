//! Which files need each other: no two may, neither straight nor by way of others.

use std::collections::{BTreeMap, BTreeSet};

use super::scan;

/// Files, and the modules that they are.
pub(super) struct Files {
    /// The file of each module, by its path from the root: `crate::plan::order`.
    modules: BTreeMap<String, String>,
    /// What each file names.
    named: BTreeMap<String, Vec<String>>,
    /// What each file brings into its own scope, by the name it has there: of a `mod.rs`, what it hands on.
    scope: BTreeMap<String, BTreeMap<String, String>>,
}

impl Files {
    /// Reads files, given by their paths and texts.
    pub(super) fn read(program: &[(String, String)]) -> Self {
        let mut files = Self {
            modules: BTreeMap::new(),
            named: BTreeMap::new(),
            scope: BTreeMap::new(),
        };
        for (file, _) in program {
            let module = scan::module(file).join("::");
            files.modules.insert(module, file.clone());
        }
        for (file, text) in program {
            let module = scan::module(file).join("::");
            let mut named = Vec::new();
            let mut scope = BTreeMap::new();
            for mut found in scan::named(file, text) {
                // A child, named without `self`.
                let first = found.path.split("::").next().unwrap_or_default();
                if files.modules.contains_key(&format!("{module}::{first}")) {
                    found.path = format!("{module}::{}", found.path);
                }
                if let Some((_, name)) = found.path.rsplit_once("::")
                    && found.is_use
                {
                    scope.insert(name.to_owned(), found.path.clone());
                }
                named.push(found.path);
            }
            files.named.insert(file.clone(), named);
            files.scope.insert(file.clone(), scope);
        }
        files
    }

    /// The file that defines what a path names, behind all that only hands it on.
    fn definition(&self, path: &str, depth: usize) -> Option<&str> {
        let mut module = path;
        while !self.modules.contains_key(module) {
            module = module.rsplit_once("::")?.0;
        }
        let file = self.modules.get(module)?;
        let rest = path[module.len()..].trim_start_matches("::");
        let name = rest.split("::").next().unwrap_or(rest);
        match self.scope.get(file).and_then(|scope| scope.get(name)) {
            Some(behind) if depth < 8 && behind != path => {
                self.definition(behind, depth + 1).or(Some(file.as_str()))
            }
            _ if name.is_empty() && file.ends_with("/mod.rs") => None,
            _ => Some(file),
        }
    }

    /// The file that a file is a part of: `a.rs` has what is in the folder `a`. A `mod.rs` only says what a folder has.
    fn whole<'f>(&'f self, file: &'f str) -> &'f str {
        let mut whole = file;
        let mut folder = file;
        while let Some((above, _)) = folder.rsplit_once('/') {
            if let Some((known, _)) = self.named.get_key_value(&format!("{above}.rs")) {
                whole = known;
            }
            folder = above;
        }
        whole
    }

    /// The files that each file needs.
    fn needs(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut needs: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (file, named) in &self.named {
            let whole = self.whole(file);
            let needed = named
                .iter()
                .filter(|path| path.starts_with("crate::"))
                .filter(|path| !self.hands_on(file, path))
                .filter_map(|path| self.definition(path, 0))
                .map(|needed| self.whole(needed))
                .filter(|needed| *needed != whole);
            needs.entry(whole).or_default().extend(needed);
        }
        needs
    }

    /// Whether a `mod.rs` names something of a child of its own only to hand it on.
    fn hands_on(&self, file: &str, path: &str) -> bool {
        let used = self.named[file]
            .iter()
            .filter(|named| named.as_str() == path)
            .count();
        file.ends_with("/mod.rs") && used == 1 && self.scope[file].values().any(|it| it == path)
    }

    /// The circles: files that need each other, each with all that it needs in the circle.
    pub(super) fn circles(&self) -> Vec<String> {
        let needs = self.needs();
        let reach = |from: &str| {
            let mut reached = BTreeSet::new();
            let mut open: Vec<&str> = needs[from].iter().copied().collect();
            while let Some(file) = open.pop() {
                if reached.insert(file) {
                    open.extend(needs.get(file).into_iter().flatten());
                }
            }
            reached
        };
        let reached: BTreeMap<&str, BTreeSet<&str>> =
            needs.keys().map(|file| (*file, reach(file))).collect();
        let mut circles: BTreeSet<Vec<String>> = BTreeSet::new();
        for (file, others) in &reached {
            if !others.contains(file) {
                continue;
            }
            let members: Vec<&str> = others
                .iter()
                .copied()
                .filter(|other| reached[other].contains(file))
                .collect();
            let lines: Vec<String> = members
                .iter()
                .map(|member| {
                    let inside: Vec<&str> = needs[member]
                        .iter()
                        .copied()
                        .filter(|needed| members.contains(needed))
                        .collect();
                    format!("{member} needs {}", inside.join(", "))
                })
                .collect();
            circles.insert(lines);
        }
        let circles = circles.into_iter();
        circles.map(|lines| lines.join("\n  ")).collect()
    }
}
