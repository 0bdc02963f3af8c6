//! Standard Webhooks: the vectors of the specification's own libraries, and one of its author's documentation.

use std::time::Duration;

use super::super::*;
use crate::model::StandardHeaders;

const HEADERS: StandardHeaders = StandardHeaders {
    id: "acme-id",
    timestamp: "acme-timestamp",
    signature: "acme-signature",
};
const SCHEME: SignatureScheme = SignatureScheme::StandardWebhooks {
    headers: HEADERS,
    tolerance: 300,
};

/// A published vector: secret, id, time, body, signature.
type Vector = (&'static str, &'static str, i64, &'static str, &'static str);

const VECTORS: [Vector; 2] = [
    (
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1_614_265_330,
        r#"{"test": 2432232314}"#,
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ),
    (
        "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
        1_649_367_553,
        r#"{"email":"test@example.com","username":"test_user"}"#,
        "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
    ),
];

/// A signature that does not fit.
const OTHER: &str = "Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";

fn received(vector: &Vector, signature: &str) -> Received {
    let (_, id, at, ..) = *vector;
    Received {
        signature: Some(signature.to_owned()),
        id: Some(id.to_owned()),
        timestamp: Some(at.to_string()),
    }
}

fn verified(
    vector: &Vector,
    signature: &str,
    freshness: Freshness,
) -> Result<(), InvalidSignature> {
    let (secret, _, _, body, _) = *vector;
    let received = received(vector, signature);
    verify(
        SCHEME,
        &Secret::new(secret),
        body.as_bytes(),
        &received,
        freshness,
    )
}

fn at(second: i64, tolerance: Option<Duration>) -> Freshness {
    let now = Timestamp::from_second(second).unwrap();
    Freshness::At { now, tolerance }
}

#[test]
fn the_published_vectors_are_made_and_verified() {
    for vector in &VECTORS {
        let (secret, id, second, body, signature) = *vector;
        let message = Message {
            id,
            at: Timestamp::from_second(second).unwrap(),
            body: body.as_bytes(),
        };
        for spelled in [secret, secret.strip_prefix("whsec_").unwrap()] {
            let signer = Signer::new(SCHEME, &Secret::new(spelled)).unwrap();
            assert_eq!(
                signer.sign(&message),
                [
                    ("acme-id", id.to_owned()),
                    ("acme-timestamp", second.to_string()),
                    ("acme-signature", signature.to_owned()),
                ]
            );
        }
        assert_eq!(verified(vector, signature, at(second, None)), Ok(()));
    }
}

#[test]
fn the_provider_s_names_of_headers_and_the_specified_ones_are_taken() {
    let vector = &VECTORS[0];
    let (secret, id, second, body, signature) = *vector;
    let second = second.to_string();
    for names in [
        ["acme-id", "acme-timestamp", "acme-signature"],
        ["webhook-id", "webhook-timestamp", "webhook-signature"],
        ["Webhook-Id", "WEBHOOK-TIMESTAMP", "Acme-Signature"],
    ] {
        let headers = names.into_iter().zip([id, &second, signature]);
        let found = Received::of(
            SCHEME,
            headers.chain([("content-type", "application/json")]),
        );
        assert_eq!(found, received(vector, signature), "{names:?}");
        let secret = Secret::new(secret);
        let found = verify(SCHEME, &secret, body.as_bytes(), &found, Freshness::Any);
        assert_eq!(found, Ok(()), "{names:?}");
    }
}

#[test]
fn any_signature_of_the_version_may_fit_and_others_are_passed_over() {
    let vector = &VECTORS[0];
    let good = vector.4;
    for value in [
        format!("v1,{OTHER} v2,{OTHER} {good} v1,{OTHER}"),
        format!("{good} v1a,{OTHER}"),
        format!("v1a,{OTHER} {good}"),
    ] {
        assert_eq!(verified(vector, &value, Freshness::Any), Ok(()), "{value}");
    }
    let unpadded = good.trim_end_matches('=');
    for (value, code) in [
        (format!("v1,{OTHER}"), "mismatch"),
        (format!("v1,{OTHER} v1,{OTHER}"), "mismatch"),
        (unpadded[..20].to_owned(), "no-signature"),
        (unpadded.to_owned(), "no-signature"),
        (good.replace("v1,", ""), "no-signature"),
        (good.replace("v1,", "v1="), "no-signature"),
        (good.replace("v1,", "V1,"), "no-signature"),
        (good.replace("v1,", "v2,"), "other-versions"),
        (format!("v1a,{OTHER}"), "other-versions"),
        // Commas are no separator.
        (format!("v1,{OTHER},{good}"), "no-signature"),
    ] {
        let found = verified(vector, &value, Freshness::Any).unwrap_err();
        assert_eq!(found.code(), code, "{value}");
    }
    let asymmetric = verified(vector, &format!("v1a,{OTHER}"), Freshness::Any).unwrap_err();
    assert_eq!(
        asymmetric.to_string(),
        "the value has no signature of version `v1`, only of `v1a`"
    );
    assert_eq!(
        asymmetric.way_out(),
        "have the provider sign with a `whsec_` secret; `v1a` is Ed25519, which this version does not verify"
    );
}

#[test]
fn each_of_the_three_headers_is_needed() {
    let vector = &VECTORS[0];
    let (secret, _, _, body, signature) = *vector;
    let whole = received(vector, signature);
    for (header, without) in [
        (
            "acme-id",
            Received {
                id: None,
                ..whole.clone()
            },
        ),
        (
            "acme-timestamp",
            Received {
                timestamp: Some(String::new()),
                ..whole.clone()
            },
        ),
        (
            "acme-signature",
            Received {
                signature: None,
                ..whole.clone()
            },
        ),
    ] {
        let secret = Secret::new(secret);
        let found = verify(SCHEME, &secret, body.as_bytes(), &without, Freshness::Any);
        assert_eq!(found, Err(InvalidSignature::HeaderMissing { header }));
    }
    for timestamp in [
        "soon",
        "2021-02-25T15:02:10Z",
        "1614265330.5",
        "99999999999999",
    ] {
        let odd = Received {
            timestamp: Some(timestamp.to_owned()),
            ..whole.clone()
        };
        let secret = Secret::new(secret);
        let found = verify(SCHEME, &secret, body.as_bytes(), &odd, Freshness::Any);
        let no_time = InvalidSignature::NoTime {
            place: "acme-timestamp",
        };
        assert_eq!(found, Err(no_time), "{timestamp}");
    }
}

#[test]
fn past_and_future_are_bounded() {
    let vector = &VECTORS[0];
    let (_, _, second, _, signature) = *vector;
    let hour = Some(Duration::from_secs(3600));
    for (now, tolerance, code) in [
        (second + 300, None, None),
        (second + 301, None, Some("too-old")),
        (second - 300, None, None),
        (second - 301, None, Some("too-new")),
        (second + 3600, hour, None),
        (second - 3601, hour, Some("too-new")),
    ] {
        let found = verified(vector, signature, at(now, tolerance)).err();
        assert_eq!(found.as_ref().map(InvalidSignature::code), code, "{now}");
    }
    let new = verified(vector, signature, at(second - 360, None)).unwrap_err();
    assert_eq!(
        new.to_string(),
        "the key signed this body, but 6m from now, and receivers take 5m at most"
    );
}

#[test]
fn id_time_and_body_are_signed() {
    let vector = &VECTORS[0];
    let (secret, _, _, body, signature) = *vector;
    let whole = received(vector, signature);
    for (received, body) in [
        (
            Received {
                id: Some("msg_2".to_owned()),
                ..whole.clone()
            },
            body,
        ),
        (
            Received {
                timestamp: Some("1614265331".to_owned()),
                ..whole.clone()
            },
            body,
        ),
        (whole.clone(), r#"{"test": 2432232315}"#),
    ] {
        let secret = Secret::new(secret);
        let found = verify(SCHEME, &secret, body.as_bytes(), &received, Freshness::Any);
        assert_eq!(found, Err(InvalidSignature::Mismatch));
    }
    let body = r#"{"test":2432232314}"#;
    let secret = Secret::new(secret);
    assert_eq!(
        verify(SCHEME, &secret, body.as_bytes(), &whole, Freshness::Any),
        Err(InvalidSignature::BodyChanged(BodyChange::WrittenCompactly))
    );
}

#[test]
fn secrets_that_are_no_keys_are_refused_and_not_shown() {
    for (secret, error) in [
        ("", InvalidKey::Empty),
        ("whsec_", InvalidKey::Empty),
        ("whsec_canary!", InvalidKey::NotBase64),
        (
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
            InvalidKey::NotBase64,
        ),
        (
            "whsec_-_KQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            InvalidKey::NotBase64,
        ),
        (
            "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==",
            InvalidKey::Asymmetric,
        ),
        (
            "whpk_ZyIkOuLRXPJODZtfdwvxYHGkGkHvBYD0hMMHSyWmxCg=",
            InvalidKey::Asymmetric,
        ),
    ] {
        let found = Signer::new(SCHEME, &Secret::new(secret)).unwrap_err();
        assert_eq!(found, error, "{secret}");
        assert!(secret.len() < 7 || !format!("{found} {found:?}").contains(&secret[6..]));
    }
}

#[test]
fn ids_of_made_up_events_are_their_own() {
    let id = message_id(&["seed", "order.created"]);
    assert_eq!(id, message_id(&["seed", "order.created"]));
    assert_eq!(id.len(), 31);
    for other in [
        &["seed", "order.updated"][..],
        &["seedorder", ".created"],
        &["seed"],
    ] {
        assert_ne!(id, message_id(other));
    }
}
