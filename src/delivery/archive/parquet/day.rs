//! Days, by which an archive is cut: those of UTC, wherever it is read.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::delivery::Span;

/// What engines take for a date that is not known.
const UNDATED: &str = "__HIVE_DEFAULT_PARTITION__";
const PREFIX: &str = "date=";

/// The day of a delivery. The order is that of time, and what is not dated comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Day {
    /// The provider did not say when the event came to be.
    Undated,
    /// A day of UTC.
    Of(Date),
}

impl Day {
    /// The day of a moment, in microseconds since 1970.
    pub(super) fn of(created: i64) -> Self {
        let at = Timestamp::from_microsecond(created);
        at.map_or(Self::Undated, |at| {
            Self::Of(at.to_zoned(TimeZone::UTC).date())
        })
    }

    /// The name of its folder.
    pub(super) fn folder(self) -> String {
        match self {
            Self::Undated => format!("{PREFIX}{UNDATED}"),
            Self::Of(date) => format!("{PREFIX}{date}"),
        }
    }

    /// The day whose folder has this name.
    pub(super) fn of_folder(name: &str) -> Option<Self> {
        match name.strip_prefix(PREFIX)? {
            UNDATED => Some(Self::Undated),
            date => {
                let day = Self::Of(date.parse().ok()?);
                (day.folder() == name).then_some(day)
            }
        }
    }

    /// From its first moment to that of the next day.
    pub(super) fn span(self) -> Option<Span> {
        let Self::Of(date) = self else { return None };
        let midnight = |date: Date| Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp());
        let end = date.tomorrow().ok().and_then(midnight);
        Span::new(midnight(date)?, end.unwrap_or(Timestamp::MAX))
    }

    pub(super) fn before(self) -> Option<Self> {
        let Self::Of(date) = self else { return None };
        date.yesterday().ok().map(Self::Of)
    }

    pub(super) fn after(self) -> Option<Self> {
        let Self::Of(date) = self else { return None };
        date.tomorrow().ok().map(Self::Of)
    }

    /// The days that a span has a part of. The first moment of a day belongs to it, and ends a span of the day before.
    pub(super) fn within(span: Span) -> Vec<Self> {
        let last = Self::of(span.until.as_microsecond());
        let mut days = Vec::new();
        let mut next = Some(Self::of(span.since.as_microsecond()));
        while let Some(day) = next.filter(|day| *day <= last) {
            days.push(day);
            next = day.after();
        }
        if let [.., _, day] = days[..]
            && day.span().is_some_and(|day| day.since == span.until)
        {
            days.pop();
        }
        days
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn folders(since: &str, until: &str) -> Vec<String> {
        let days = Day::within(Span::new(at(since), at(until)).unwrap());
        days.into_iter().map(Day::folder).collect()
    }

    #[test]
    fn a_day_is_one_of_utc_and_its_first_moment_is_its_own() {
        let folder = |text| Day::of(at(text).as_microsecond()).folder();
        assert_eq!(folder("2026-03-29T00:00:00+02:00"), "date=2026-03-28");
        assert_eq!(folder("2026-03-28T23:59:59.999999Z"), "date=2026-03-28");
        assert_eq!(folder("2026-03-29T00:00:00Z"), "date=2026-03-29");
        assert_eq!(Day::of(i64::MIN), Day::Undated);
        assert_eq!(folder("1969-12-31T23:59:59.999999Z"), "date=1969-12-31");
    }

    #[test]
    fn spans_have_parts_of_the_days_that_they_reach_into() {
        let first = "date=2026-01-31";
        assert_eq!(
            folders("2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z"),
            [first]
        );
        assert_eq!(
            folders("2026-01-31T23:59:59Z", "2026-02-01T00:00:00.000001Z"),
            [first, "date=2026-02-01"]
        );
        assert_eq!(
            folders("2026-01-31T00:00:00Z", "2026-01-31T00:00:00Z"),
            [first]
        );
    }

    #[test]
    fn folders_name_days() {
        for day in [Day::Undated, Day::of(0)] {
            assert_eq!(Day::of_folder(&day.folder()), Some(day));
        }
        for odd in [
            "date=2026-1-1",
            "date=20260101",
            "date=",
            "2026-01-01",
            "_x",
        ] {
            assert_eq!(Day::of_folder(odd), None, "{odd}");
        }
    }
}
