//! Moments as people write them.

use std::{str::FromStr, time::Duration};

use jiff::{SignedDuration, Timestamp, civil, tz::TimeZone};

use crate::delivery::REMEMBERED;

/// A moment: before now, at a place in time, or on a day.
#[derive(Clone, Debug)]
pub(crate) enum Moment {
    /// So long ago; days are those of the calendar.
    Ago(jiff::Span),
    /// This moment.
    At(Timestamp),
    /// This time on the wall clock of whoever asks.
    Local(civil::DateTime),
}

impl Moment {
    /// Whether it depends on the time at which it is asked for.
    pub(crate) fn is_relative(&self) -> bool {
        matches!(self, Self::Ago(_))
    }

    /// The moment itself.
    ///
    /// # Errors
    ///
    /// It is beyond all time.
    pub(crate) fn resolve(
        &self,
        now: Timestamp,
        zone: &TimeZone,
    ) -> Result<Timestamp, jiff::Error> {
        match self {
            Self::Ago(span) => Ok(now.to_zoned(zone.clone()).checked_sub(*span)?.timestamp()),
            Self::At(moment) => Ok(*moment),
            Self::Local(local) => Ok(local.to_zoned(zone.clone())?.timestamp()),
        }
    }
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "now" {
            return Ok(Self::Ago(jiff::Span::new()));
        }
        if let Ok(moment) = text.parse::<Timestamp>() {
            return Ok(Self::At(moment));
        }
        if text.starts_with(|c: char| c.is_ascii_digit() || c == 'P' || c == 'p')
            && let Ok(span) = text.parse::<jiff::Span>()
        {
            return Ok(Self::Ago(span.abs()));
        }
        text.parse::<civil::DateTime>().map(Self::Local).map_err(|_| {
            "write how long ago, such as `2h` or `7d`, a time such as `2026-01-31T12:00:00Z`, or a day or time of your zone such as `2026-01-31` or `2026-01-31T12:00`".to_owned()
        })
    }
}

/// A length of time in which days may be told: one of 24 hours each.
pub(super) fn days(text: &str) -> Result<SignedDuration, String> {
    let problem = || "write a length such as `400d` or `12h`".to_owned();
    let span: jiff::Span = text.parse().map_err(|_| problem())?;
    let length = span
        .to_duration(jiff::SpanRelativeTo::days_are_24_hours())
        .map_err(|_| problem())?;
    if length.is_positive() {
        Ok(length)
    } else {
        Err("it must be longer than nothing".to_owned())
    }
}

/// A length of time that providers remember deliveries for.
pub(super) fn remembered(text: &str) -> Result<Duration, String> {
    let length = days(text)?;
    if length > REMEMBERED {
        return Err("providers remember deliveries for 30 days".to_owned());
    }
    Duration::try_from(length).map_err(|err| err.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(text: &str) -> String {
        let now: Timestamp = "2026-04-01T12:00:00Z".parse().unwrap();
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        let moment: Moment = text.parse().unwrap();
        moment.resolve(now, &zone).unwrap().to_string()
    }

    #[test]
    fn moments_are_read_as_people_write_them() {
        for (text, moment) in [
            ("now", "2026-04-01T12:00:00Z"),
            ("2h", "2026-04-01T10:00:00Z"),
            ("1d 30m", "2026-03-31T11:30:00Z"),
            ("7d ago", "2026-03-25T12:00:00Z"),
            ("PT90S", "2026-04-01T11:58:30Z"),
            ("2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z"),
            ("2026-03-01T00:00:00-05:00", "2026-03-01T05:00:00Z"),
            ("2026-03-01", "2026-02-28T22:00:00Z"),
            ("2026-03-01T12:30", "2026-03-01T10:30:00Z"),
        ] {
            assert_eq!(resolved(text), moment, "{text}");
        }
        for text in ["", "yesterday-ish", "-2h", "25:00", "2026-13-01", "2"] {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
    }

    #[test]
    fn lengths_may_be_told_in_days() {
        assert_eq!(days("400d").unwrap(), SignedDuration::from_hours(9600));
        for text in ["0d", "-1d", "ever", ""] {
            assert!(days(text).is_err(), "{text}");
        }
    }
}
