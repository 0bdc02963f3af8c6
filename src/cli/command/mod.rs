//! The commands, one file each: from arguments to an exit code.

pub(crate) mod apply;
pub(crate) mod audit;
pub(crate) mod comment;
pub(crate) mod completions;
pub(crate) mod doctor;
pub(crate) mod drift;
pub(crate) mod emit;
pub(crate) mod explain;
pub(crate) mod fmt;
pub(crate) mod history;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod list;
pub(crate) mod man;
pub(crate) mod migrate;
pub(crate) mod plan;
pub(crate) mod policy;
pub(crate) mod reconcile;
pub(crate) mod schema;
pub(crate) mod show;
pub(crate) mod simulator;
pub(crate) mod test;
pub(crate) mod validate;
pub(crate) mod verify_signature;
