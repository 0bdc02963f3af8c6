mod standard;
mod timed;

use super::*;
use crate::{
    model::ProviderProfile,
    provider::{transcrypts::PROFILE as TRANSCRYPTS, truv::PROFILE as TRUV},
};

const KEY: &str = "sandbox-0123456789abcdef0123456789abcdef01234567";

fn key() -> Secret {
    Secret::new(KEY)
}

/// The signature that this provider makes of a body.
fn sign(provider: &ProviderProfile, secret: &Secret, body: &[u8]) -> String {
    let message = Message {
        id: "msg_1",
        at: Timestamp::UNIX_EPOCH,
        body,
    };
    let mut headers = Signer::new(provider.signature, secret)
        .unwrap()
        .sign(&message);
    headers.pop().unwrap().1
}

fn verify(
    provider: &ProviderProfile,
    secret: &Secret,
    body: &[u8],
    value: &str,
) -> Result<(), InvalidSignature> {
    let received = Received {
        signature: Some(value.to_owned()),
        ..Received::default()
    };
    super::verify(provider.signature, secret, body, &received, Freshness::Any)
}

#[track_caller]
fn refused(provider: &'static ProviderProfile, body: &[u8], value: &str) -> InvalidSignature {
    verify(provider, &key(), body, value).unwrap_err()
}

/// Made with Python's `hmac.new(key, body, hashlib.sha256).hexdigest()`.
const VECTORS: [(&str, &str); 5] = [
    (
        "",
        "7659c20f0bd065e0e6e052e2574decb8dd1e0b88248a12145712e1f20ae251b4",
    ),
    (
        r#"{"event_type":"order-created","order_id":"24d7e80942ce4ad58a93f70ce4115f5c"}"#,
        "fa6d576ace281067a92c0dc511db225b8d9968f2e1e853dc2c2b54ac59f8e7fe",
    ),
    (
        r#"{"name":"Zoë"}"#,
        "bc343c192a884c72a1e21b20f4949cb2a6ac9625f892808597ee95f989f393d8",
    ),
    (
        r#"{"a": 1, "b": [1, 2]}"#,
        "02f345dc2db313c227f3811fbe63941c54b1e3b79da5b056014014873573478a",
    ),
    (
        "{}\n",
        "780ca03b748b6582c9a57546a45849f384136812086cc61d00d3f5e855daf3f6",
    ),
];

#[test]
fn signatures_are_as_each_provider_writes_them() {
    for (body, digits) in VECTORS {
        let body = body.as_bytes();
        let truv = sign(&TRUV, &key(), body);
        assert_eq!(truv, format!("v1={digits}"));
        assert_eq!(sign(&TRANSCRYPTS, &key(), body), digits);
        assert_eq!(verify(&TRUV, &key(), body, &truv), Ok(()));
        assert_eq!(verify(&TRANSCRYPTS, &key(), body, digits), Ok(()));
    }
}

#[test]
fn signature_is_the_hmac_of_rfc_4231() {
    let value = sign(
        &TRANSCRYPTS,
        &Secret::new("Jefe"),
        b"what do ya want for nothing?",
    );
    assert_eq!(
        value,
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    );
}

#[test]
fn case_of_the_digits_makes_no_difference() {
    let value = sign(&TRANSCRYPTS, &key(), b"{}").to_uppercase();
    assert_eq!(verify(&TRANSCRYPTS, &key(), b"{}", &value), Ok(()));
}

#[test]
fn prefix_is_part_of_the_value() {
    let truv = sign(&TRUV, &key(), b"{}");
    let transcrypts = sign(&TRANSCRYPTS, &key(), b"{}");
    assert_eq!(
        refused(&TRUV, b"{}", &transcrypts),
        InvalidSignature::PrefixMissing { prefix: "v1=" }
    );
    assert_eq!(
        refused(&TRANSCRYPTS, b"{}", &truv),
        InvalidSignature::PrefixUnexpected { prefix: "v1=" }
    );
    assert_eq!(
        refused(&TRUV, b"{}", &truv.replace("v1=", "V1=")),
        InvalidSignature::PrefixMissing { prefix: "v1=" }
    );
}

#[test]
fn malformed_values_are_told_apart() {
    assert_eq!(
        refused(&TRUV, b"{}", "v1="),
        InvalidSignature::Length { found: 0 }
    );
    assert_eq!(
        refused(&TRUV, b"{}", "v1=abc"),
        InvalidSignature::Length { found: 3 }
    );
    let long = format!("{}00", sign(&TRUV, &key(), b"{}"));
    assert_eq!(
        refused(&TRUV, b"{}", &long),
        InvalidSignature::Length { found: 66 }
    );
    assert_eq!(
        refused(&TRUV, b"{}", "v1=ab ✓"),
        InvalidSignature::NotHex { position: 6 }
    );
    assert_eq!(
        refused(&TRANSCRYPTS, b"{}", "\"ab\""),
        InvalidSignature::NotHex { position: 1 }
    );
}

#[test]
fn every_single_bit_counts() {
    let value = sign(&TRANSCRYPTS, &key(), b"{}");
    let bytes = base16ct::mixed::decode_vec(&value).unwrap();
    for bit in 0..256 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let changed = base16ct::lower::encode_string(&changed);
        assert_eq!(
            refused(&TRANSCRYPTS, b"{}", &changed),
            InvalidSignature::Mismatch
        );
    }
}

#[test]
fn another_key_or_body_is_a_mismatch() {
    let value = sign(&TRUV, &Secret::new("prod-other"), b"{}");
    assert_eq!(refused(&TRUV, b"{}", &value), InvalidSignature::Mismatch);
    let value = sign(&TRUV, &key(), b"{\"a\":1}");
    assert_eq!(
        refused(&TRUV, b"{\"a\":2}", &value),
        InvalidSignature::Mismatch
    );
}

#[test]
fn what_receivers_do_to_bodies_is_recognised() {
    for (signed, received, change) in [
        ("{}", "{}\n", BodyChange::NewlineAdded),
        ("{}", "{}\r\n", BodyChange::NewlineAdded),
        ("{}\n", "{}", BodyChange::NewlineRemoved),
        ("{}", "\u{feff}{}", BodyChange::ByteOrderMark),
        ("{\n}\n", "{\r\n}\r\n", BodyChange::CarriageReturns),
        (
            r#"{"a":[1,{"é":null}]}"#,
            "{ \"a\": [1, {\"é\": null}] }",
            BodyChange::WrittenWide,
        ),
        (
            r#"{"a": [1, {"é": null}], "b": {}}"#,
            r#"{"a":[1,{"é":null}],"b":{}}"#,
            BodyChange::WrittenCompactly,
        ),
    ] {
        let value = sign(&TRUV, &key(), signed.as_bytes());
        assert_eq!(
            refused(&TRUV, received.as_bytes(), &value),
            InvalidSignature::BodyChanged(change),
            "{received}"
        );
    }
}

#[test]
fn bodies_that_are_no_text_are_bytes_like_any_other() {
    let body = [0xff, 0x00, 0x80];
    let value = sign(&TRUV, &key(), &body);
    assert_eq!(verify(&TRUV, &key(), &body, &value), Ok(()));
}
