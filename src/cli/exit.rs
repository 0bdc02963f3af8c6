//! Exit codes: a contract with scripts and pipelines. [`super::sent`] holds each against what was sent.

use crate::run::Outcome;

/// Done; for `plan --detailed-exitcode` and `drift`: nothing to change.
pub(crate) const DONE: u8 = 0;
/// Failed, and nothing was changed by this run.
pub(crate) const FAILED: u8 = 1;
/// `plan --detailed-exitcode`, `drift`, `fmt --check`: there are changes.
pub(crate) const CHANGES: u8 = 2;
/// Refused by a guard.
pub(crate) const REFUSED: u8 = 3;
/// Something was changed, and not all went well: some operations were applied and some were not, or what
/// was done could not be told. Running again converges.
pub(crate) const PARTIAL: u8 = 4;
/// Wrong usage of the command line (`EX_USAGE` of sysexits.h).
pub(crate) const USAGE: u8 = 64;
/// The manifest or the plan file is not valid (`EX_DATAERR` of sysexits.h).
pub(crate) const INVALID: u8 = 65;

/// What a look ends with that changes nothing; `changes` is for one that has found changes.
pub(crate) fn of_look(outcome: Outcome, changes: u8) -> u8 {
    match outcome {
        Outcome::Failed => FAILED,
        Outcome::Refused => REFUSED,
        Outcome::Changes => changes,
        _ => DONE,
    }
}

/// The table that `--help` shows.
pub(crate) const TABLE: &str = "\
Exit codes:
  0   done; for `plan --detailed-exitcode` and `drift`: nothing to change
  1   failed, and nothing was changed by this run
  2   `plan --detailed-exitcode`, `drift`, `fmt --check`: there are changes
  3   refused by a guard: limits, protection, requirement, conflict, stale plan, wrong secret,
      not approved
  4   some operations were applied and some were not, or what was done could not be told;
      running again converges
  64  wrong usage of the command line
  65  the manifest or the plan file is not valid";
