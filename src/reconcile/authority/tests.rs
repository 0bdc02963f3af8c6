use http::HeaderName;

use super::*;

/// The example of GitHub's documentation.
const HUB: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
const SECRET: &str = "It's a Secret to Everybody";
const BODY: &[u8] = b"Hello, World!";
const NOW: i64 = 1_790_000_000;

fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

fn headers(all: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in all {
        headers.append(HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
    }
    headers
}

fn asked(headers: &HeaderMap) -> Asked<'_> {
    Asked {
        method: &Method::POST,
        path: "/api/v1/trigger",
        headers,
        body: BODY,
    }
}

/// Who asks with one header.
fn sender(name: &str, value: &str) -> Result<Sender, NotAuthorized> {
    let headers = headers(&[(name, value)]);
    Authority::new(Secret::new(SECRET)).sender(asked(&headers), now())
}

/// Our own signature of the request that [`asked`] makes.
fn signed(seconds: i64) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("{seconds}.POST./api/v1/trigger.Hello, World!").as_bytes());
    let digest = base16ct::lower::encode_string(&mac.finalize().into_bytes());
    format!("t={seconds},v1={digest}")
}

#[test]
fn each_way_to_know_the_secret_says_who_asks() {
    assert_eq!(sender("x-hub-signature-256", HUB), Ok(Sender::GitHub));
    assert_eq!(sender("x-gitlab-token", SECRET), Ok(Sender::GitLab));
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let value = format!("{scheme} {SECRET}");
        assert_eq!(sender("authorization", &value), Ok(Sender::Own));
    }
    assert_eq!(
        sender("x-hookwright-signature", &signed(NOW)),
        Ok(Sender::Own)
    );
}

/// Made with `openssl dgst -sha256 -hmac`.
#[test]
fn our_own_signature_is_what_openssl_makes() {
    let known = "t=1790000000,v1=1d834ce927c2c89af85fe746eff24609af438b0ceb00d6a57c78b6c0dd856ff9";
    assert_eq!(signed(NOW), known);
}

#[test]
fn whatever_is_changed_is_wrong() {
    let wrong = |header| Err(NotAuthorized::Wrong(header));
    for index in 7..HUB.len() {
        let mut changed = HUB.to_owned();
        let digit = if HUB[index..].starts_with('0') {
            "1"
        } else {
            "0"
        };
        changed.replace_range(index..=index, digit);
        assert_eq!(
            sender("x-hub-signature-256", &changed),
            wrong("X-Hub-Signature-256")
        );
    }
    for token in [
        "",
        "It's a Secret to Everybod",
        "It's a Secret to Everybody!",
    ] {
        assert_eq!(sender("x-gitlab-token", token), wrong("X-Gitlab-Token"));
        let bearer = format!("Bearer {token}");
        // A header's value loses the spaces at its end.
        if !token.is_empty() {
            assert_eq!(sender("authorization", &bearer), wrong("Authorization"));
        }
    }
    let headers = headers(&[("x-hookwright-signature", &signed(NOW))]);
    let authority = Authority::new(Secret::new(SECRET));
    let right = asked(&headers);
    for changed in [
        Asked {
            method: &Method::PUT,
            ..right
        },
        Asked {
            path: "/api/v1/trigger?a=b",
            ..right
        },
        Asked {
            path: "/api/v1/environments/prod/pause",
            ..right
        },
        Asked {
            body: b"Hello, World",
            ..right
        },
    ] {
        let found = authority.sender(changed, now());
        assert_eq!(found, wrong("X-Hookwright-Signature"), "{changed:?}");
    }
    let other = Authority::new(Secret::new("another"));
    assert_eq!(other.sender(right, now()), wrong("X-Hookwright-Signature"));
    // What was refused has used nothing up.
    assert_eq!(authority.sender(right, now()), Ok(Sender::Own));
}

#[test]
fn what_has_another_form_is_said_to_have() {
    for (name, value) in [
        ("x-hub-signature-256", "757107"),
        ("x-hub-signature-256", "sha256="),
        (
            "x-hub-signature-256",
            "sha1=757107ea0eb2509fc211221cce984b8a37570b6d",
        ),
        ("x-hub-signature-256", &HUB.replace("7571", "zzzz")),
        ("authorization", "Basic YTpi"),
        ("authorization", "Bearer"),
        ("authorization", ""),
        ("x-hookwright-signature", "t=,v1="),
        ("x-hookwright-signature", "t=-1,v1=00"),
        ("x-hookwright-signature", &signed(NOW).replace("t=", "t=0")),
        ("x-hookwright-signature", &signed(NOW).replace("t=", "t=+")),
        ("x-hookwright-signature", "t=99999999999999999999,v1=00"),
    ] {
        let found = sender(name, value);
        let is_malformed = matches!(found, Err(NotAuthorized::Malformed { .. }));
        assert!(is_malformed, "{name}: {value}: {found:?}");
    }
    let none = Authority::new(Secret::new(SECRET)).sender(asked(&HeaderMap::new()), now());
    assert_eq!(none, Err(NotAuthorized::Nothing));
    let twice = headers(&[("x-gitlab-token", SECRET), ("x-gitlab-token", "x")]);
    let twice = Authority::new(Secret::new(SECRET)).sender(asked(&twice), now());
    assert_eq!(twice, Err(NotAuthorized::Repeated("X-Gitlab-Token")));
}

#[test]
fn a_signature_counts_for_five_minutes_and_once() {
    let authority = Authority::new(Secret::new(SECRET));
    let ask = |seconds: i64, now: i64| {
        let headers = headers(&[("x-hookwright-signature", &signed(seconds))]);
        authority.sender(asked(&headers), Timestamp::from_second(now).unwrap())
    };
    let not_now = |now| Err(NotAuthorized::NotNow { now });
    assert_eq!(ask(NOW, NOW + 301), not_now(NOW + 301));
    assert_eq!(ask(NOW, NOW - 301), not_now(NOW - 301));
    assert_eq!(ask(NOW, NOW - 300), Ok(Sender::Own));
    for now in [NOW - 300, NOW, NOW + 300] {
        assert_eq!(ask(NOW, now), Err(NotAuthorized::Used), "{now}");
    }
    // It is forgotten when nobody can use it any more, even after the clock goes back.
    assert_eq!(ask(NOW + 301, NOW + 301), Ok(Sender::Own));
    assert_eq!(ask(NOW, NOW), not_now(NOW));
    assert_eq!(ask(NOW + 301, NOW + 10), Err(NotAuthorized::Used));
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut used = Used::default();
    for index in 0..REMEMBERED {
        let digest = index.to_be_bytes().to_vec();
        assert_eq!(used.add(now(), digest, now()), Ok(()));
    }
    let more = used.add(now(), vec![1], now());
    assert_eq!(more, Err(NotAuthorized::TooMany));
    let later = Timestamp::from_second(NOW + 301).unwrap();
    assert_eq!(used.add(later, vec![1], later), Ok(()));
    assert_eq!(used.signatures.len(), 1);
}

#[test]
fn forges_ask_for_rounds_alone() {
    let allow = |name: &str, value: &str| {
        let headers = headers(&[(name, value)]);
        Authority::new(Secret::new(SECRET)).allow(asked(&headers), now())
    };
    assert_eq!(
        allow("x-hub-signature-256", HUB),
        Err(NotAuthorized::NotForThis("X-Hub-Signature-256"))
    );
    assert_eq!(
        allow("x-gitlab-token", SECRET),
        Err(NotAuthorized::NotForThis("X-Gitlab-Token"))
    );
    assert_eq!(allow("authorization", &format!("Bearer {SECRET}")), Ok(()));
    assert_eq!(allow("x-hookwright-signature", &signed(NOW)), Ok(()));
}

#[test]
fn nothing_shows_the_secret() {
    let authority = Authority::new(Secret::new("canary"));
    let shown = format!("{authority:?}");
    assert_eq!(shown, "Authority { .. }");
}
