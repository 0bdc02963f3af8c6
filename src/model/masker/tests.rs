use proptest::prelude::*;

use super::*;

fn mask(value: &str, text: &str) -> String {
    Masker::new([value.to_owned()]).mask(text).into_owned()
}

#[test]
fn values_are_masked_however_they_are_spelled() {
    for (value, text, masked) in [
        (
            "My-Host.Example.COM",
            "https://my-host.example.com/",
            "https://•••/",
        ),
        (
            "a path ä",
            "https://h/a%20path%20%C3%A4/b",
            "https://h/•••/b",
        ),
        (
            "to ken\"1",
            "https://h/?t=to%20ken%221&u",
            "https://h/?t=•••&u",
        ),
        (
            "token&token",
            "https://h/?t=token%26token",
            "https://h/?t=•••",
        ),
        (
            "HTTPS://Host.example/a b",
            "see https://host.example/a%20b.",
            "see •••.",
        ),
        (
            "a<b>&'c\"",
            "<p>a&#60;b&#62;&#38;&#39;c&#34;</p>",
            "<p>•••</p>",
        ),
        ("to\"ken\\", r#"{"x": "to\"ken\\"}"#, r#"{"x": "•••\\"}"#),
        (
            "kQ7zLw+/Xy81",
            "t=kQ7zLw%2b/Xy81 t=kQ7zLw%252B%252fXy81",
            "t=••• t=•••",
        ),
        (
            "kQ7zLw+/Xy81",
            "kQ7zLw &#x2f;Xy81, kq7zlw\\u002B\\/xy81",
            "•••, •••",
        ),
        ("ab\"cdef", "\"ab\"\"cdef\"", "\"•••\""),
        ("a_b*c[d]", r"a\_b\*c\[d\]", "•••"),
        (
            "bücher.example",
            "xn--bcher-kva.example b%C3%BCcher.example",
            "••• •••",
        ),
        (
            "100%25safe",
            "100%25safe 100%2525safe 100%safe",
            "••• ••• •••",
        ),
        (
            "line one is long\nline two is long",
            "line one is long",
            "•••",
        ),
    ] {
        assert_eq!(mask(value, text), masked, "{value}");
    }
}

#[test]
fn values_are_masked_in_codes() {
    let secret = "sandbox-0123456789abcdef";
    for text in [
        BASE64_STANDARD_NO_PAD.encode(secret),
        BASE64_STANDARD_NO_PAD.encode(format!("client:{secret}")),
        BASE64_URL_SAFE_NO_PAD.encode(format!("ab{secret}~~")),
        base16ct::upper::encode_string(secret.as_bytes()),
    ] {
        let masked = mask(secret, &text);
        assert!(masked.contains("•••"), "{text} {masked}");
        let left = masked.replace("•••", "");
        assert!(left.len() < text.len() - secret.len(), "{text} {masked}");
    }
}

#[test]
fn short_values_and_other_text_stay() {
    assert_eq!(mask("prod", "prod"), "prod");
    assert_eq!(
        mask("secret-value", "https://h/orders?a=b%20c"),
        "https://h/orders?a=b%20c"
    );
}

#[test]
fn values_within_each_other_are_masked_as_a_whole() {
    let masker = Masker::new(["abcdef", "abcdefgh", "fghijk", "x"].map(str::to_owned));
    assert_eq!(
        masker.mask("x abcdefgh abcdef abcdefghijk"),
        "x ••• ••• •••"
    );
}

#[test]
fn a_value_that_a_window_cuts_is_masked() {
    let masker = Masker::new(["a-secret-value".to_owned()]);
    for before in (WINDOW - 40..WINDOW + 3).step_by(9) {
        let text = format!(
            "{}a%2dsecret%2Dvalue{}",
            " ".repeat(before),
            "-".repeat(WINDOW)
        );
        let masked = masker.mask(&text);
        assert!(!masked.contains("secret"), "{before}");
        assert_eq!(masked.len(), text.len() - 18 + 9, "{before}");
    }
}

/// A character as some other program may write it.
fn spelled(c: char, how: u8) -> String {
    let bytes = |form: fn(u8) -> String| c.to_string().bytes().map(form).collect::<String>();
    match how {
        0 => bytes(|byte| format!("%{byte:02X}")),
        1 => bytes(|byte| format!("%{byte:02x}")),
        2 => bytes(|byte| format!("%25{byte:02x}")),
        3 => format!("&#{};", u32::from(c)),
        4 => format!("&#x{:X};", u32::from(c)),
        5 => {
            let mut units = [0; 2];
            let units = c.encode_utf16(&mut units).iter();
            units.map(|unit| format!("\\u{unit:04x}")).collect()
        }
        6 => format!("\\u{{{:x}}}", u32::from(c)),
        7 if c.is_ascii_punctuation() => format!("\\{c}"),
        8 if c == ' ' => "+".to_owned(),
        9 if c == '&' => "&amp;".to_owned(),
        _ => c.to_string(),
    }
}

proptest! {
    #[test]
    fn a_secret_is_masked_at_every_place_in_every_spelling(
        value in "[ -~äß€]{8,40}",
        ways in proptest::collection::vec(0..14_u8, 40),
        before in "[ a-z:/?=.,]{0,20}",
        behind in "[ ./?=,]{0,20}",
    ) {
        // A backslash at the end may be the next character's.
        let value = value.trim().trim_end_matches(['\\', ' ']);
        prop_assume!(value.len() >= 8);
        let text: String = value.chars().zip(&ways).map(|(c, how)| spelled(c, *how)).collect();
        let masked = mask(value, &format!("{before}\n{text}\n{behind}"));
        prop_assert_eq!(masked, format!("{before}\n•••\n{behind}"), "{}", text);
    }

    #[test]
    fn any_text_can_be_masked(value in ".{6,20}", text in ".{0,200}") {
        let masked = mask(&value, &format!("{text}{value}{text}"));
        prop_assert!(masked.contains("•••"));
    }
}

/// A value, as others may write it so that parts of it look like the ends of something.
fn written_with_ends(value: &str) -> [String; 6] {
    let each = |write: fn(u32) -> String| value.chars().map(|c| write(u32::from(c))).collect();
    let last = value.len() - 1;
    [
        value.to_owned(),
        each(|code| format!("&#{code};")),
        each(|code| format!("&#x{code:x};")),
        each(|code| format!("\\u{code:04x}")),
        format!("{}&#{};", &value[..last], value.as_bytes()[last]),
        format!("{}%{:02x}", &value[..last], value.as_bytes()[last]),
    ]
}

#[test]
fn what_is_cut_is_masked_as_it_came() {
    for value in [
        "aZNA<_~0+b7/!S",
        "aZNA?b7cdefg",
        "aZNA#b7cdefg",
        r"aZNA\?n#cdefg",
    ] {
        let masker = Masker::new([value.to_owned()]);
        for written in written_with_ends(value) {
            for (reference, before) in [
                (
                    format!("https://h.example/x/{written}?t={written}#{written}"),
                    "https://h.example/x/•••",
                ),
                (format!("//h.example/{written}"), "//h.example/•••"),
                (format!("/{written}/x"), "/•••"),
                (written.clone(), "•••"),
            ] {
                let shown = masker.address(&reference);
                let rest = shown.strip_prefix(before);
                assert!(
                    rest.is_some_and(|rest| ["", "/x"].contains(&rest)),
                    "{reference}: {shown}"
                );
            }
            for end in 0..=written.len() {
                let shown = masker.foreign(written.clone()).part(0..end).to_string();
                assert!(
                    ["", "•••"].contains(&shown.as_str()),
                    "{written}, {end}: {shown}"
                );
            }
        }
    }
}

#[test]
fn fragments_that_cut_a_value_are_told_from_others() {
    let masker = Masker::new(["aZNA_b7cdefg".to_owned()]);
    for (reference, is_cut) in [
        ("/x/aZNA&#95;b7cdefg/", true),
        ("/x/aZNA_b7cdef&#103", true),
        ("/x/aZNA_b7cdefg/#top", false),
        ("/x/#aZNA_b7cdefg", false),
        ("/x/aZNA_b7cdefg", false),
    ] {
        assert_eq!(masker.is_cut_by_fragment(reference), is_cut, "{reference}");
    }
}
