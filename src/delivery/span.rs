//! Spans of time, and what is missing in them.

use jiff::{SignedDuration, Timestamp};

/// How long providers remember deliveries: 30 days (both providers' documentation).
pub const REMEMBERED: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A span of time, from its first moment up to its last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The first moment.
    pub since: Timestamp,
    /// The last moment.
    pub until: Timestamp,
}

impl Span {
    /// The span between two moments; `None` where the second comes first.
    pub fn new(since: Timestamp, until: Timestamp) -> Option<Self> {
        (since <= until).then_some(Self { since, until })
    }

    /// How long it is.
    pub fn length(&self) -> SignedDuration {
        self.until.duration_since(self.since)
    }

    /// Whether a moment is in it.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.since <= at && at <= self.until
    }

    /// The span cut into pieces, none longer than `longest`; the earliest first.
    pub fn pieces(&self, longest: SignedDuration) -> Vec<Self> {
        let mut pieces = Vec::new();
        let mut since = self.since;
        while since < self.until {
            let next = since
                .checked_add(longest)
                .map_or(self.until, |end| end.min(self.until));
            if next <= since {
                break;
            }
            pieces.push(Self { since, until: next });
            since = next;
        }
        pieces
    }
}

/// What of `whole` none of the `covered` spans covers; the earliest first.
pub fn missing(covered: &[Span], whole: Span) -> Vec<Span> {
    let mut covered = covered.to_vec();
    covered.sort();
    let mut missing = Vec::new();
    let mut reached = whole.since;
    for span in covered {
        if span.since > reached && reached < whole.until {
            missing.push(Span {
                since: reached,
                until: span.since.min(whole.until),
            });
        }
        reached = reached.max(span.until);
    }
    if reached < whole.until {
        missing.push(Span {
            since: reached,
            until: whole.until,
        });
    }
    missing
}

/// The same spans, with those that touch as one; the earliest first.
#[cfg(feature = "parquet")]
pub(super) fn joined(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort();
    let mut joined: Vec<Span> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.since <= last.until => last.until = last.until.max(span.until),
            _ => joined.push(span),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(since: i64, until: i64) -> Span {
        let at = |second| Timestamp::from_second(second).unwrap();
        Span::new(at(since), at(until)).unwrap()
    }

    #[test]
    fn what_no_span_covers_is_missing() {
        let whole = span(10, 100);
        assert_eq!(missing(&[], whole), [whole]);
        assert_eq!(missing(&[span(0, 200)], whole), []);
        assert_eq!(
            missing(&[span(50, 60), span(20, 30), span(25, 40)], whole),
            [span(10, 20), span(40, 50), span(60, 100)]
        );
        assert_eq!(missing(&[span(0, 5), span(150, 160)], whole), [whole]);
        assert_eq!(missing(&[span(10, 50), span(50, 100)], whole), []);
    }

    #[test]
    fn pieces_make_up_the_whole() {
        let pieces = span(0, 25).pieces(SignedDuration::from_secs(10));
        assert_eq!(pieces, [span(0, 10), span(10, 20), span(20, 25)]);
        assert_eq!(missing(&pieces, span(0, 25)), []);
        assert!(span(5, 5).pieces(SignedDuration::from_secs(1)).is_empty());
    }
}
