//! One text in many spellings: how URLs, JSON, HTML, Markdown and CSV write the same characters.
//!
//! A spelling is undone step by step, and each step knows where in the original its bytes come from. So
//! what is found in any step can be masked in the original, in time and memory linear in its length.

use std::{borrow::Cow, ops::Range};

/// How many spellings within each other are undone: percent-encoding twice, in JSON, in HTML, and more.
const DEEPEST: usize = 6;

/// A text with some of its spellings undone.
struct Step<'t> {
    bytes: Cow<'t, [u8]>,
    /// Where each byte begins in the original, and where the last one ends; empty for the original.
    places: Vec<usize>,
}

impl Step<'_> {
    fn place(&self, index: usize) -> usize {
        self.places.get(index).copied().unwrap_or(index)
    }

    /// The part of the original that a part of this step was written as.
    fn original(&self, part: &Range<usize>) -> Range<usize> {
        let mut end = part.end;
        // One escape can stand for several bytes.
        while end < self.bytes.len() && self.place(end) == self.place(end - 1) {
            end += 1;
        }
        self.place(part.start)..self.place(end)
    }

    /// Undoes one spelling of every character; `None` where nothing is spelled in another way.
    fn undone(&self) -> Option<Step<'static>> {
        let bytes = &*self.bytes;
        let first = bytes.iter().position(|byte| is_spelling(*byte))?;
        let mut undone = Vec::with_capacity(bytes.len());
        let mut places = Vec::with_capacity(bytes.len() + 1);
        undone.extend_from_slice(&bytes[..first]);
        places.extend((0..first).map(|index| self.place(index)));
        // A backslash belongs to what it stands before; `start` is where that began.
        let (mut at, mut start, mut changed) = (first, first, false);
        while at < bytes.len() {
            let (meant, length) = meaning(&bytes[at..]);
            // CSV and YAML write a quote in quotes twice.
            let is_repeated = length == 1
                && matches!(bytes[at], b'"' | b'\'')
                && at > 0
                && bytes[at - 1] == bytes[at];
            changed |= is_repeated || length > 1 || meant.bytes() != [bytes[at]];
            let meant = if is_repeated { &[][..] } else { meant.bytes() };
            undone.extend_from_slice(meant);
            places.extend(meant.iter().map(|_| self.place(start)));
            at += length;
            if !meant.is_empty() || is_repeated {
                start = at;
            }
        }
        places.push(self.place(bytes.len()));
        changed.then_some(Step {
            bytes: Cow::Owned(undone),
            places,
        })
    }
}

/// What `find` finds in `text`, as it is and with its spellings undone, as parts of `text`.
pub(super) fn find_in_every(
    text: &[u8],
    mut find: impl FnMut(&[u8]) -> Vec<Range<usize>>,
) -> Vec<Range<usize>> {
    let mut found = find(text);
    let mut step = Step {
        bytes: Cow::Borrowed(text),
        places: Vec::new(),
    };
    for _ in 0..DEEPEST {
        let Some(next) = step.undone() else { break };
        step = next;
        let parts = find(&step.bytes);
        found.extend(parts.iter().map(|part| step.original(part)));
    }
    found
}

/// All that a text becomes while its spellings are undone, itself first.
pub(super) fn every(text: &[u8]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    find_in_every(text, |step| {
        all.push(step.to_vec());
        Vec::new()
    });
    all
}

/// Whether a spelling can begin with this byte.
fn is_spelling(byte: u8) -> bool {
    matches!(byte, b'%' | b'\\' | b'&' | b'+' | b'"' | b'\'')
}

/// A few bytes.
struct Meant {
    bytes: [u8; 4],
    length: usize,
}

impl Meant {
    const NOTHING: Self = Self {
        bytes: [0; 4],
        length: 0,
    };

    fn byte(byte: u8) -> Self {
        Self {
            bytes: [byte, 0, 0, 0],
            length: 1,
        }
    }

    fn of(code: u32) -> Option<Self> {
        let mut bytes = [0; 4];
        let length = char::from_u32(code)?.encode_utf8(&mut bytes).len();
        Some(Self { bytes, length })
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// What the spelling at the beginning of `bytes`, which are some, means, and how long it is.
fn meaning(bytes: &[u8]) -> (Meant, usize) {
    let spelled = match bytes[0] {
        b'%' => number(&bytes[1..], 16, 2..=2).map(|(byte, _)| (Meant::of_byte(byte), 3)),
        b'\\' => Some(escaped(bytes).unwrap_or((Meant::NOTHING, 1))),
        b'&' => entity(bytes),
        b'+' => Some((Meant::byte(b' '), 1)),
        _ => None,
    };
    spelled.unwrap_or_else(|| (Meant::byte(bytes[0]), 1))
}

impl Meant {
    fn of_byte(code: u32) -> Self {
        Self::byte(u8::try_from(code).unwrap_or(b'?'))
    }
}

/// A number at the beginning of `bytes`, and how many digits it has.
fn number(
    bytes: &[u8],
    radix: u32,
    digits: std::ops::RangeInclusive<usize>,
) -> Option<(u32, usize)> {
    let mut value: u32 = 0;
    let mut length = 0;
    for byte in bytes.iter().take(*digits.end()) {
        let Some(digit) = char::from(*byte).to_digit(radix) else {
            break;
        };
        value = value.checked_mul(radix)?.checked_add(digit)?;
        length += 1;
    }
    digits.contains(&length).then_some((value, length))
}

/// `\u0026`, `\u{26}`, `\x26` and `\/`: JSON, JavaScript, Rust and Markdown. Any other backslash is
/// passed over: whether it escapes what follows depends on who wrote it.
fn escaped(bytes: &[u8]) -> Option<(Meant, usize)> {
    let code = match *bytes.get(1)? {
        b'u' if bytes.get(2) == Some(&b'{') => {
            let (code, length) = number(&bytes[3..], 16, 1..=6)?;
            (bytes.get(3 + length) == Some(&b'}')).then_some((code, 4 + length))
        }
        b'u' => {
            let (code, _) = number(&bytes[2..], 16, 4..=4)?;
            let low = bytes[6..]
                .strip_prefix(b"\\u")
                .and_then(|rest| number(rest, 16, 4..=4));
            Some(match (code, low) {
                (0xd800..=0xdbff, Some((low @ 0xdc00..=0xdfff, _))) => {
                    (0x1_0000 + ((code - 0xd800) << 10) + (low - 0xdc00), 12)
                }
                _ => (code, 6),
            })
        }
        b'x' => number(&bytes[2..], 16, 2..=2).map(|(byte, _)| (byte, 4)),
        _ => None,
    };
    let (code, length) = code?;
    Some((Meant::of(code)?, length))
}

/// `&amp;`, `&#38;` and `&#x26;`, also without their semicolon.
fn entity(bytes: &[u8]) -> Option<(Meant, usize)> {
    let ended = |length: usize| length + usize::from(bytes.get(length) == Some(&b';'));
    if let Some(rest) = bytes.strip_prefix(b"&#") {
        return match rest.first()? {
            b'x' | b'X' => {
                let (code, digits) = number(&rest[1..], 16, 1..=8)?;
                Some((Meant::of(code)?, ended(3 + digits)))
            }
            _ => {
                let (code, digits) = number(rest, 10, 1..=10)?;
                Some((Meant::of(code)?, ended(2 + digits)))
            }
        };
    }
    let (name, meant, is_ended) = ENTITIES.iter().find_map(|(name, meant)| {
        let rest = bytes[1..].strip_prefix(name.as_bytes())?;
        let is_ended = rest.first() == Some(&b';');
        // The oldest names need no semicolon.
        let is_old = matches!(*name, "amp" | "lt" | "gt" | "quot");
        (is_ended || is_old).then_some((name, meant, is_ended))
    })?;
    Some((Meant::byte(*meant), 1 + name.len() + usize::from(is_ended)))
}

/// The names that HTML has for ASCII characters
/// (<https://html.spec.whatwg.org/multipage/named-characters.html>).
const ENTITIES: &[(&str, u8)] = &[
    ("NewLine", b'\n'),
    ("Tab", b'\t'),
    ("amp", b'&'),
    ("apos", b'\''),
    ("ast", b'*'),
    ("bsol", b'\\'),
    ("colon", b':'),
    ("comma", b','),
    ("commat", b'@'),
    ("dollar", b'$'),
    ("equals", b'='),
    ("excl", b'!'),
    ("grave", b'`'),
    ("gt", b'>'),
    ("lbrace", b'{'),
    ("lbrack", b'['),
    ("lcub", b'{'),
    ("lowbar", b'_'),
    ("lpar", b'('),
    ("lsqb", b'['),
    ("lt", b'<'),
    ("nbsp", b' '),
    ("num", b'#'),
    ("percnt", b'%'),
    ("period", b'.'),
    ("plus", b'+'),
    ("quest", b'?'),
    ("quot", b'"'),
    ("rbrace", b'}'),
    ("rbrack", b']'),
    ("rcub", b'}'),
    ("rpar", b')'),
    ("rsqb", b']'),
    ("semi", b';'),
    ("sol", b'/'),
    ("verbar", b'|'),
    ("vert", b'|'),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn undone(text: &str) -> String {
        String::from_utf8(every(text.as_bytes()).pop().unwrap()).unwrap()
    }

    #[test]
    fn every_spelling_is_undone() {
        for (spelled, meant) in [
            ("%2f%2F%C3%A4", "//ä"),
            ("%252F %25252f", "/ /"),
            (r#"\/\"\u0026\u00e4\ud83d\ude00\x26\u{26}"#, "/\"&ä😀&&"),
            ("&amp;&#38;&#x26;&#X26;&lt;&sol;&commat;&#228;", "&&&&</@ä"),
            ("&amp b &#38", "& b &"),
            ("a+b", "a b"),
            ("a\"\"b''c", "a\"b'c"),
            (r"\_\*\[", "_*["),
            ("\\u0025%32%66", "/"),
            ("100% &unknown; \\q %4", "100% &unknown; q %4"),
            (r"a\\b\%6e", "abn"),
        ] {
            assert_eq!(undone(spelled), meant, "{spelled}");
        }
    }

    #[test]
    fn what_is_found_is_a_part_of_the_original() {
        let text = "x %2525C3%2525A4b &amp;amp; y";
        let found = find_in_every(text.as_bytes(), |step| {
            let at = step.windows(3).position(|part| part == "äb".as_bytes());
            at.map(|at| at..at + 3).into_iter().collect()
        });
        assert_eq!(&text[found[0].clone()], "%2525C3%2525A4b");
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_can_be_undone(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            find_in_every(&bytes, |step| {
                (0..step.len()).map(|at| at..at + 1).collect()
            })
            .iter()
            .for_each(|part| assert!(part.start < part.end && part.end <= bytes.len()));
        }

        #[test]
        fn no_name_hides_another(index in 0..ENTITIES.len()) {
            let (name, meant) = ENTITIES[index];
            let spelled = format!("&{name};");
            let (found, length) = meaning(spelled.as_bytes());
            assert_eq!((found.bytes(), length), (&[meant][..], spelled.len()));
        }
    }
}
