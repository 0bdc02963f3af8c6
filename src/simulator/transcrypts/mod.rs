//! Transcrypts' API: Truv's, reworded. In what they differ, the profile says.

pub(super) use super::truv::API;
