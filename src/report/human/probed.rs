//! What probing webhooks showed, as text.

use std::io::{self, Write};

use jiff::Timestamp;

use super::text::{BOLD, DIM, GREEN, RED, YELLOW, clean, count, paint, titled, wrap_after};
use crate::{
    delivery::{Attempt, Certificate, Signed, Verdict},
    report::{ProbedWebhook, words},
};

/// Where the reasons stand.
const REASONS: usize = 10;

/// Shows each attempt, and how the connections were encrypted.
///
/// # Errors
///
/// Those of the writer.
pub fn probed(
    all: &[ProbedWebhook],
    now: Timestamp,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    for one in all {
        let (name, url) = (&one.environment.name, clean(one.url.text().shown()));
        writeln!(out, "{}  {name}  {url}", paint(BOLD, &one.key))?;
        for attempt in &one.probed.attempts {
            shown(attempt, width, out)?;
        }
        if one.probed.attempts.iter().any(refuses_good_signature) {
            let text = format!(
                "{} `hookwright verify-signature` says whether a delivery that arrived was signed so.",
                words::how_signed(one.environment.profile)
            );
            writeln!(out, "{}", titled(DIM, "signature:", &text, width))?;
        }
        if let Some(tls) = one.probed.tls() {
            let until = tls.certificate.map(|it| until(&it, now));
            let text = format!("{}{}", tls.version, until.unwrap_or_default());
            writeln!(out, "  {}", paint(DIM, text))?;
            if tls.certificate.is_some_and(|it| it.ends_soon(now)) {
                let text = "the certificate ends soon: renew it, or events are lost from then on";
                writeln!(out, "{}", titled(YELLOW, "warning:", text, width))?;
            }
        }
        writeln!(out)?;
    }
    let attempts = || all.iter().flat_map(|one| &one.probed.attempts);
    let failed = attempts().filter(|one| matches!(one.verdict, Verdict::Failed(_)));
    let line = format!(
        "Probed {}: {} of {} failed.",
        count(all.len(), "webhook"),
        failed.count(),
        count(attempts().count(), "attempt")
    );
    writeln!(out, "{}", paint(BOLD, line))
}

fn shown(attempt: &Attempt, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let (style, word, why) = match &attempt.verdict {
        Verdict::Passed => (GREEN, "passed", None),
        Verdict::Warned(why) => (YELLOW, "warned", Some(why)),
        Verdict::Failed(why) => (RED, "failed", Some(why)),
    };
    write!(out, "  {}  {:<32}", paint(style, word), attempt.title())?;
    match &attempt.answer {
        Some(answer) => writeln!(out, "{}  {} ms", answer.status, answer.elapsed.as_millis())?,
        // As in a table of deliveries. Why there was none stands below.
        None => writeln!(out, "none")?,
    }
    let Some(why) = why else { return Ok(()) };
    let why = wrap_after(REASONS, &clean(why), width, REASONS);
    writeln!(out, "{:REASONS$}{why}", "")
}

/// Whether a receiver answered a good signature as one answers a wrong one.
fn refuses_good_signature(attempt: &Attempt) -> bool {
    let status = attempt.answer.as_ref().map(|answer| answer.status);
    attempt.signed == Signed::Rightly && matches!(status, Some(400 | 401 | 403 | 422))
}

fn until(certificate: &Certificate, now: Timestamp) -> String {
    let days = usize::try_from(certificate.days_left(now)).unwrap_or_default();
    format!(
        ", certificate until {} ({} left)",
        certificate.not_after.strftime("%Y-%m-%d"),
        count(days, "day")
    )
}
