//! `schema`: JSON Schemas.

use std::io::{self, Write};

use clap::ValueEnum as _;
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
    let schema = match args.of {
        SchemaOf::PlanFile => SavedPlan::json_schema(),
        SchemaOf::PolicyInput => policy::Input::json_schema(),
        // By their names on the command line; the manifest's is none of theirs.
        of => of
            .to_possible_value()
            .and_then(|value| json::schemas().remove(value.get_name()))
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
