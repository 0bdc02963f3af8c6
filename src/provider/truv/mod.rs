//! Truv: payroll, income and employment verification.

mod profile;

pub use profile::PROFILE;
