//! The document of `init` and `import`.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Document, Finding, findings};
use crate::{
    report::{TakenOver, Touch},
    run::Outcome,
    takeover::Takeover,
};

/// What was written, and from what.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TakenOverBody {
    /// The files, in the order in which they were written.
    files: Vec<FileBody>,
    /// The webhooks that are declared now, by key.
    webhooks: Vec<DeclaredBody>,
    /// The live webhooks that are not declared, and why.
    left: Vec<LeftBody>,
    /// The environment variables that must have what is secret in names and URLs.
    secrets: Vec<SecretBody>,
    /// The unified difference to the file before, where it was asked for or is not written.
    diff: Option<String>,
    /// Warnings about the manifest as it is now.
    diagnostics: Vec<Finding>,
    /// What to do next.
    next: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct FileBody {
    path: String,
    /// `created`, `replaced`, `extended` or `kept`.
    change: &'static str,
}

#[derive(Debug, Serialize, JsonSchema)]
struct DeclaredBody {
    key: String,
    /// The live webhooks that it stands for.
    live: Vec<LiveBody>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct LiveBody {
    environment: String,
    id: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct LeftBody {
    environment: String,
    name: String,
    id: String,
    why: String,
    way_out: &'static str,
}

#[derive(Debug, Serialize, JsonSchema)]
struct SecretBody {
    /// The name of the environment variable.
    variable: String,
    /// The key of the webhook that has it.
    key: String,
    environment: String,
}

/// The document of `init` and `import`.
pub fn taken_over(done: &TakenOver<'_>, outcome: Outcome) -> Document<TakenOverBody> {
    let nothing = Takeover::default();
    let takeover = done.takeover.unwrap_or(&nothing);
    let files = done.files.iter().map(|file| FileBody {
        path: file.path.clone(),
        change: match file.touch {
            Touch::Created => "created",
            Touch::Replaced => "replaced",
            Touch::Extended => "extended",
            Touch::Kept => "kept",
        },
    });
    let webhooks = takeover.webhooks.iter().map(|one| DeclaredBody {
        key: one.key.clone(),
        live: one
            .live
            .iter()
            .map(|(environment, id)| LiveBody {
                environment: environment.to_string(),
                id: id.clone(),
            })
            .collect(),
    });
    let left = takeover.left.iter().map(|one| LeftBody {
        environment: one.environment.to_string(),
        name: one.name.to_string(),
        id: one.id.clone(),
        why: one.why.to_string(),
        way_out: one.why.way_out(),
    });
    let secrets = takeover.tokens.iter().map(|token| SecretBody {
        variable: token.variable.clone(),
        key: token.key.clone(),
        environment: token.environment.to_string(),
    });
    Document::new(
        outcome,
        TakenOverBody {
            files: files.collect(),
            webhooks: webhooks.collect(),
            left: left.collect(),
            secrets: secrets.collect(),
            diff: done.diff.clone(),
            diagnostics: findings(done.diagnostics, done.sources),
            next: done.next.clone(),
        },
    )
}
