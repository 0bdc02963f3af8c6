//! Changes a manifest into one that the parser reads: lines are moved, repeated, left out, and given the keys and
//! values of others. What bytes alone would do to it, libFuzzer does itself.

/// What is put in place of a value: forms that mean something somewhere, and forms that mean too much.
const VALUES: &[&str] = &[
    "",
    "~",
    "true",
    "\"true\"",
    "0",
    "1",
    "-1",
    "1.5",
    "1e400",
    "18446744073709551616",
    "30s",
    "7d",
    "[]",
    "{}",
    "[a, a]",
    "[order-created, 7]",
    "\"*\"",
    "\"order-*\"",
    "group:orders",
    "group:none",
    "*anchor",
    "&anchor x",
    "\"${env:TOKEN}\"",
    "\"${env:abcd:-x}\"",
    "\"${var:host}\"",
    "\"${file:abc}\"",
    "\"$${x}\"",
    "\"${\"",
    "sandbox",
    "prod",
    "dev",
    "truv",
    "transcrypts",
    "simulator",
    "\"https://h.example.com/\"",
    "\"https://H.example.com:443/a/../b?x=1#y\"",
    "\"http://h.example.com/\"",
    "\"https://u:p@h.example.com/\"",
    "\"https://h.example.com\\\\@evil.test/\"",
    "\"https://${var:host}/${env:TOKEN}\"",
    "\"a b\"",
    "\" a\"",
    "\"caf\\u00e9\"",
    "\"cafe\\u0301\"",
    "\"a\\u202eb\"",
    "|\n    a\n    b",
    "[{ a: [{ b: c }] }]",
    "{ command: [a, b] }",
    "{ probe: 5 }",
    "{ sandbox: {}, prod: { url: \"https://p.example.com/\" } }",
];

/// Numbers that only a seed decides.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % limit.max(1)
    }

    fn of<'t, T: ?Sized>(&mut self, all: &[&'t T]) -> Option<&'t T> {
        all.get(self.below(all.len())).copied()
    }
}

/// A manifest that a few changes make of this one: the same for the same seed.
pub(crate) fn mutated(text: &str, seed: u32) -> String {
    let mut random = Random(u64::from(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for _ in 0..=random.below(3) {
        if lines.is_empty() {
            lines.push("version: 1".to_owned());
        }
        change(&mut lines, &mut random);
    }
    lines.iter().flat_map(|line| [line, "\n"]).collect()
}

fn change(lines: &mut Vec<String>, random: &mut Random) {
    let (at, other) = (random.below(lines.len()), random.below(lines.len()));
    let block = block(lines, at);
    match random.below(8) {
        0 => {
            let value = random.of(VALUES).unwrap_or_default().to_owned();
            set_value(&mut lines[at], &value);
        }
        1 => {
            let value = lines[other][value_of(&lines[other])..].to_owned();
            set_value(&mut lines[at], &value);
        }
        2 => {
            let keys: Vec<&str> = lines.iter().filter_map(|line| key_of(line)).collect();
            let key = random.of(&keys).map(str::to_owned);
            rename(&mut lines[at], &key.unwrap_or_default());
        }
        3 => {
            let key = random.of(&dictionary()).unwrap_or_default().to_owned();
            rename(&mut lines[at], &key);
        }
        4 => drop(lines.drain(block)),
        // Once more, under another key.
        5 => {
            let mut copy = lines[block].to_vec();
            let key = key_of(&copy[0]).map(|key| format!("{key}{}", random.below(10)));
            rename(&mut copy[0], &key.unwrap_or_default());
            lines.splice(at..at, copy);
        }
        // Elsewhere, as deep as it is there.
        6 => {
            let (from, to) = (depth(&lines[at]), depth(&lines[other]));
            let moved = lines[block].iter().map(|line| {
                let depth = (depth(line) + to).saturating_sub(from);
                format!("{:depth$}{}", "", line.trim_start())
            });
            let moved: Vec<String> = moved.collect();
            lines.splice(other..other, moved);
        }
        _ => {
            let depth = depth(&lines[at]) + 2;
            let key = random.of(&dictionary()).unwrap_or_default();
            let value = random.of(VALUES).unwrap_or_default();
            lines.insert(at + 1, format!("{:depth$}{key}: {value}", ""));
        }
    }
}

/// The keys that a manifest can have.
fn dictionary() -> Vec<&'static str> {
    let lines = include_str!("../manifest.dict").lines();
    lines
        .filter_map(|line| line.strip_prefix('"')?.strip_suffix(": \""))
        .collect()
}

/// A line, and those behind it that are deeper.
fn block(lines: &[String], at: usize) -> std::ops::Range<usize> {
    let deeper = |line: &&String| line.trim().is_empty() || depth(line) > depth(&lines[at]);
    at..at + 1 + lines[at + 1..].iter().take_while(deeper).count()
}

fn depth(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// Where the value of a line begins: behind its key, or behind the dash of an item.
fn value_of(line: &str) -> usize {
    let key = line.find(": ").map(|at| at + 2);
    key.or_else(|| line.find("- ").map(|at| at + 2))
        .unwrap_or(line.len())
}

fn set_value(line: &mut String, value: &str) {
    line.truncate(value_of(line));
    if line.ends_with(':') {
        line.push(' ');
    }
    line.push_str(value);
}

fn key_of(line: &str) -> Option<&str> {
    let (key, _) = line.split_once(':')?;
    Some(key.trim_start_matches([' ', '-'])).filter(|key| !key.is_empty())
}

fn rename(line: &mut String, key: &str) {
    if let Some(before) = key_of(line) {
        let at = line.len() - line.trim_start_matches([' ', '-']).len();
        line.replace_range(at..at + before.len(), key);
    }
}
