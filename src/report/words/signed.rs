//! How a provider signs, for who writes receivers.

use crate::model::{ProviderProfile, SignatureScheme, SigningSecret};

/// How a good signature is made: header, algorithm, form, over what, with which key.
pub(in crate::report) fn how_signed(profile: &ProviderProfile) -> String {
    let title = profile.title;
    let key = match profile.signing_secret {
        SigningSecret::Credentials => format!("the {}", profile.secret().title),
        SigningSecret::ShownOnce { .. } | SigningSecret::Readable { .. } => {
            "the webhook's signing secret".to_owned()
        }
    };
    match profile.signature {
        SignatureScheme::HexDigest { header, prefix } => format!(
            "{title} signs in the header `{header}`: `{prefix}` and the HMAC-SHA256 of the raw body in lower-case hex. \
             The key is {key} as it stands."
        ),
        SignatureScheme::TimedHex { header, tolerance } => format!(
            "{title} signs in the header `{header}`: `t=TIME,v1=HEX`, the HMAC-SHA256 of `TIME.BODY` in lower-case hex. \
             The key is {key} as it stands. TIME may be {tolerance} seconds old."
        ),
        SignatureScheme::StandardWebhooks { headers, tolerance } => format!(
            "{title} signs in the headers `{}`, `{}` and `{}`: `v1,BASE64`, the HMAC-SHA256 of `ID.TIME.BODY` in base64. \
             The key is what {key} has after `whsec_`, decoded from base64. TIME may be {tolerance} seconds off.",
            headers.id, headers.timestamp, headers.signature
        ),
    }
}
