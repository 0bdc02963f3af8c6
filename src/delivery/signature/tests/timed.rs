//! `t=TIME,v1=HEX`: a vector made and verified with the official client of the provider that signs so.

use std::time::Duration;

use super::super::*;

const SCHEME: SignatureScheme = SignatureScheme::TimedHex {
    header: "X-Timed-Signature",
    tolerance: 300,
};
const SECRET: &str = "whsec_test_secret";
const BODY: &[u8] = br#"{"id":"evt_test_webhook","object":"event"}"#;
const AT: i64 = 1_614_265_330;
const DIGITS: &str = "3c5817089d739023dd6190f70a3757e04f7a2fd8b5dab12c2e000f51970dccff";

fn value() -> String {
    format!("t={AT},v1={DIGITS}")
}

fn verified(value: &str, body: &[u8], freshness: Freshness) -> Result<(), InvalidSignature> {
    let received = Received::of(SCHEME, [("x-timed-signature", value)]);
    verify(SCHEME, &Secret::new(SECRET), body, &received, freshness)
}

fn at(second: i64, tolerance: Option<Duration>) -> Freshness {
    let now = Timestamp::from_second(second).unwrap();
    Freshness::At { now, tolerance }
}

#[test]
fn the_published_vector_is_made_and_verified() {
    let message = Message {
        id: "",
        at: Timestamp::from_second(AT).unwrap(),
        body: BODY,
    };
    let signer = Signer::new(SCHEME, &Secret::new(SECRET)).unwrap();
    assert_eq!(signer.sign(&message), [("X-Timed-Signature", value())]);
    assert_eq!(verified(&value(), BODY, Freshness::Any), Ok(()));
    assert_eq!(verified(&value(), BODY, at(AT, None)), Ok(()));
}

#[test]
fn any_signature_of_the_version_may_fit_and_others_are_passed_over() {
    let wrong = "0".repeat(64);
    for value in [
        format!("t={AT},v1={wrong},v1={DIGITS}"),
        format!("t={AT},v1={DIGITS},v1={wrong}"),
        format!("t={AT},v1={DIGITS},v0={wrong}"),
        format!("t={AT},v0={wrong},v1={DIGITS}"),
        format!("v1={DIGITS},t={AT}"),
        format!("t={AT}, v1={DIGITS}"),
    ] {
        assert_eq!(verified(&value, BODY, at(AT, None)), Ok(()), "{value}");
    }
    for (value, error) in [
        (
            format!("t={AT},v1={wrong},v1={wrong}"),
            InvalidSignature::Mismatch,
        ),
        (
            format!("t={AT},v0={DIGITS}"),
            InvalidSignature::OtherVersions {
                others: vec!["`v0`".to_owned()],
            },
        ),
        (
            // The time is signed.
            format!("t={},v1={DIGITS}", AT + 1),
            InvalidSignature::Mismatch,
        ),
    ] {
        assert_eq!(
            verified(&value, BODY, Freshness::Any),
            Err(error),
            "{value}"
        );
    }
}

#[test]
fn malformed_values_are_told_apart() {
    let no_time = InvalidSignature::NoTime {
        place: "X-Timed-Signature",
    };
    let no_signature = InvalidSignature::NoSignature {
        expected: "`v1=` and hex digits in lower case",
    };
    for (value, error) in [
        (
            String::new(),
            InvalidSignature::HeaderMissing {
                header: "X-Timed-Signature",
            },
        ),
        (format!("v1={DIGITS}"), no_time.clone()),
        (format!("t=soon,v1={DIGITS}"), no_time.clone()),
        (format!("t=99999999999999,v1={DIGITS}"), no_time.clone()),
        (DIGITS.to_owned(), no_time),
        (format!("t={AT}"), no_signature.clone()),
        (format!("t={AT},v1="), InvalidSignature::Mismatch),
        (
            format!("t={AT},v1={}", DIGITS.to_uppercase()),
            no_signature.clone(),
        ),
        (format!("t={AT},v1=abc"), no_signature.clone()),
        // What may be a part of a secret is not shown.
        (format!("t={AT},whsec_abcdef={DIGITS}"), no_signature),
    ] {
        assert_eq!(
            verified(&value, BODY, Freshness::Any),
            Err(error),
            "{value}"
        );
    }
}

#[test]
fn only_the_past_is_bounded() {
    for (now, tolerance, taken) in [
        (AT + 300, None, true),
        (AT + 301, None, false),
        (AT - 86_400, None, true),
        (AT + 10, Some(Duration::from_secs(10)), true),
        (AT + 11, Some(Duration::from_secs(10)), false),
    ] {
        let found = verified(&value(), BODY, at(now, tolerance));
        assert_eq!(found.is_ok(), taken, "{now} {found:?}");
    }
    let old = verified(&value(), BODY, at(AT + 7_384, None)).unwrap_err();
    assert_eq!(old.code(), "too-old");
    assert_eq!(
        old.to_string(),
        "the key signed this body 2h 3m 4s ago, and receivers take 5m at most"
    );
    // A signature that does not fit is not called old.
    assert_eq!(
        verified(&value(), b"{}", at(AT + 7_384, None)),
        Err(InvalidSignature::Mismatch)
    );
}

#[test]
fn what_receivers_do_to_bodies_is_recognised() {
    let body = [BODY, b"\n"].concat();
    assert_eq!(
        verified(&value(), &body, Freshness::Any),
        Err(InvalidSignature::BodyChanged(BodyChange::NewlineAdded))
    );
}

#[test]
fn the_secret_is_a_text_and_not_base64() {
    let received = Received::of(SCHEME, [("X-Timed-Signature", value().as_str())]);
    for secret in ["test_secret", "whsec_TEST_SECRET"] {
        let secret = Secret::new(secret);
        let found = verify(SCHEME, &secret, BODY, &received, Freshness::Any);
        assert_eq!(found, Err(InvalidSignature::Mismatch));
    }
    assert_eq!(
        Signer::new(SCHEME, &Secret::new("")).unwrap_err(),
        InvalidKey::Empty
    );
}
