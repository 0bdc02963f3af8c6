//! All integration tests: one binary, so that a small machine links once.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop where it stands"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "tests write manifests, and read what the program wrote"
)]

mod all_errors;
mod announce;
mod architecture;
mod archives;
mod as_sent;
mod blast;
mod bounds;
mod clocks;
mod cmd_apply;
mod cmd_apply_saved;
mod cmd_apply_watch;
mod cmd_audit;
mod cmd_comment;
mod cmd_doctor;
mod cmd_drift;
mod cmd_explain;
mod cmd_fmt;
mod cmd_history;
mod cmd_history_replay;
mod cmd_history_stats;
mod cmd_history_sync;
mod cmd_import;
mod cmd_init;
mod cmd_list;
mod cmd_migrate;
mod cmd_plan;
mod cmd_plan_guards;
mod cmd_plan_history;
mod cmd_plan_review;
mod cmd_plan_sarif;
mod cmd_policy;
mod cmd_reconcile;
mod cmd_schema;
mod cmd_simulator;
mod cmd_simulator_emit;
mod cmd_test;
mod cmd_validate;
mod cmd_verify_signature;
mod comment_budget;
mod conformance;
mod convergence;
#[cfg(unix)]
mod crash;
mod credentials;
#[cfg(unix)]
mod deploy;
mod descriptors;
mod docs;
mod documents;
mod faults;
mod generated;
#[cfg(unix)]
mod hints;
mod hostile;
mod insertions;
#[cfg(unix)]
mod interrupts;
mod layout;
#[cfg(unix)]
mod library;
mod locks;
mod lost;
#[cfg(unix)]
mod outcomes;
#[cfg(unix)]
mod pipelines;
mod posting;
mod promises;
mod provider_page;
mod providers;
mod proxies;
mod quickstart;
mod readme;
mod receivers;
mod reconciled;
mod reference;
mod requests;
mod rotation;
mod scenarios;
mod secret_from;
mod secret_outputs;
mod secret_sinks;
mod secret_values;
mod secrets;
mod stripe;
mod support;
mod svix;
mod takeover;
mod threats;
mod tls;
#[cfg(target_os = "linux")]
mod unreadable;
mod urls;
mod usage;
