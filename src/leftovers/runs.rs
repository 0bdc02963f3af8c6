//! Names that a script made anew for each run.

/// Words before the number of a run.
const RUNS: &[&str] = &["build", "ci", "job", "mr", "pr", "run"];
/// The fewest digits that are no version or ordinal.
const DIGITS: usize = 4;
/// The fewest hex digits that are a commit or an id.
const HEX: usize = 7;

/// The name without what stands for one run: a date, a number, a commit.
pub(super) fn base(name: &str) -> &str {
    let mut base = name;
    loop {
        let shorter = base.trim_end_matches([')', ']']);
        let Some(at) = shorter.rfind(['-', '_', '.', ' ', '#', '(', '[', ':']) else {
            return base;
        };
        let before = shorter[..at].trim_end_matches(['-', '_', '.', ' ', '#', '(', '[', ':']);
        if before.is_empty() || !is_of_a_run(&shorter[at + 1..], before) {
            return base;
        }
        base = before;
    }
}

/// Whether the last part of a name stands for a run.
fn is_of_a_run(part: &str, before: &str) -> bool {
    let digits = part.bytes().all(|byte| byte.is_ascii_digit());
    if part.is_empty() {
        return false;
    }
    if digits {
        let word = before.rsplit(['-', '_', '.', ' ', '#']).next();
        let word = word.unwrap_or_default().to_ascii_lowercase();
        // `2026-01-31` ends in two short numbers, before which stands a year.
        let is_date = part.len() == 2 && before.contains("20") && ends_in_number(before);
        return part.len() >= DIGITS || is_date || RUNS.contains(&word.as_str());
    }
    let hex = part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mixed = part.bytes().any(|byte| byte.is_ascii_digit());
    let split = part
        .find(|c: char| c.is_ascii_digit())
        .unwrap_or(part.len());
    let (word, number) = part.split_at(split);
    let is_run = !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && RUNS.contains(&word.to_ascii_lowercase().as_str());
    is_run || (hex && mixed && part.len() >= HEX)
}

fn ends_in_number(text: &str) -> bool {
    text.bytes()
        .next_back()
        .is_some_and(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::base;

    #[test]
    fn what_stands_for_a_run_is_left_out() {
        for (name, expected) in [
            ("loans-e2e-1718712345", "loans-e2e"),
            ("loans-2026-01-31", "loans"),
            ("loans_20260131_0930", "loans"),
            ("loans-ci-17", "loans-ci"),
            ("loans-run17", "loans"),
            ("loans (3f9ab12)", "loans"),
            ("loans-3f9ab12-run4", "loans"),
        ] {
            assert_eq!(base(name), expected, "{name}");
        }
    }

    #[test]
    fn versions_regions_and_words_stay() {
        for name in [
            "loans",
            "loans-v2",
            "loans-2",
            "orders-eu-1",
            "loans-decade",
            "20260131",
            "#1234",
            "acme-feedback",
            "a-b",
            "",
            "-",
            "loans-",
        ] {
            assert_eq!(base(name), name);
        }
    }
}
