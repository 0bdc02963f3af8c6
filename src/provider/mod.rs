//! Reading and writing webhooks at a provider.
//!
//! This module must not know the manifest, the plan or the terminal.

pub mod transport;
