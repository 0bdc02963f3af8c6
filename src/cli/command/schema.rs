//! `schema`: JSON Schemas.

use std::io::{self, Write};

use serde_json::{Map, Value};

use crate::{
    cli::{
        args::{SchemaArgs, SchemaOf},
        exit,
        planning::Ended,
        terminal::Terminal,
    },
    manifest, policy,
    report::json,
    saved::SavedPlan,
};

pub(crate) fn run(args: &SchemaArgs, terminal: &Terminal) -> Result<u8, Ended> {
    let name = match args.of {
        SchemaOf::Manifest => "manifest",
        SchemaOf::Plan => "plan",
        SchemaOf::Drift => "drift",
        SchemaOf::List => "list",
        SchemaOf::Version => "version",
        SchemaOf::PlanFile => "plan-file",
        SchemaOf::PolicyInput => "policy-input",
        SchemaOf::PolicyExplain => "policy-explain",
        SchemaOf::PolicyTest => "policy-test",
        SchemaOf::Apply => "apply",
        SchemaOf::Validate => "validate",
        SchemaOf::Fmt => "fmt",
        SchemaOf::Migrate => "migrate",
        SchemaOf::Audit => "audit",
        SchemaOf::AuditResult => "audit-result",
        SchemaOf::Doctor => "doctor",
        SchemaOf::Emit => "emit",
        SchemaOf::Comment => "comment",
        SchemaOf::Explain => "explain",
        SchemaOf::ReconcileEnvironment => "reconcile-environment",
        SchemaOf::ReconcileEnvironments => "reconcile-environments",
        SchemaOf::ReconcilePause => "reconcile-pause",
        SchemaOf::ReconcileRound => "reconcile-round",
        SchemaOf::Test => "test",
        SchemaOf::VerifySignature => "verify-signature",
        SchemaOf::Takeover => "takeover",
        SchemaOf::History => "history",
        SchemaOf::HistoryGaps => "history-gaps",
        SchemaOf::HistoryStats => "history-stats",
        SchemaOf::HistorySync => "history-sync",
        SchemaOf::HistoryReplay => "history-replay",
        SchemaOf::HistoryReplayAsked => "history-replay-asked",
        SchemaOf::HistoryVerify => "history-verify",
        SchemaOf::HistoryCompact => "history-compact",
        SchemaOf::HistoryImportSqlite => "history-import-sqlite",
        SchemaOf::Failure => "failure",
    };
    let schema = match args.of {
        SchemaOf::PlanFile => SavedPlan::json_schema(),
        SchemaOf::PolicyInput => policy::Input::json_schema(),
        _ => json::schemas()
            .remove(name)
            .unwrap_or_else(manifest::json_schema),
    };
    terminal.verbatim(|out| write(schema, out))?;
    Ok(exit::DONE)
}

/// The JSON Schema of the manifest as a file.
pub(crate) fn of_manifest() -> io::Result<String> {
    let mut text = Vec::new();
    write(manifest::json_schema(), &mut text)?;
    String::from_utf8(text).map_err(io::Error::other)
}

fn write(schema: Value, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &headed(schema))?;
    writeln!(out)
}

/// The schema with what says what it is at its head, as people expect it.
fn headed(schema: Value) -> Value {
    const HEAD: [&str; 3] = ["$schema", "title", "description"];
    let Value::Object(mut members) = schema else {
        return schema;
    };
    let mut headed = Map::new();
    for key in HEAD {
        headed.extend(members.shift_remove_entry(key));
    }
    headed.append(&mut members);
    Value::Object(headed)
}
