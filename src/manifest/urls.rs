//! URLs that events are sent to: what cannot be one, and what should not.

use super::{
    de::Spanned,
    lints::{self, Hosts},
    scope::{Chosen, Scope},
    state::Resolver,
};
use crate::{
    diagnostic::{Code, Diagnostic, Span, listed, quoted},
    model::{
        Destinations, EndpointUrl, ExactUrl, InvalidUrl, MASK, MaskedText, NotAllowed, Oddity,
        ProviderProfile,
    },
};

impl Resolver<'_> {
    /// Warns of sandboxes that send to a host of production.
    pub(super) fn check_hosts(&mut self) {
        let Hosts {
            production,
            sandbox,
        } = std::mem::take(&mut self.hosts);
        for (host, spans) in sandbox {
            let Some(place) = production.get(&host) else {
                continue;
            };
            for span in spans {
                let diagnostic = Diagnostic::new(
                    Code::ProductionHost,
                    span,
                    format!("a sandbox sends to {}, which production sends to, too", quoted(&host)),
                )
                .help("give the sandbox a host of its own, so that test events never look like real ones");
                let elsewhere = (*place != span).then_some(*place);
                self.report(diagnostic.maybe_related(elsewhere, "production sends here"));
            }
        }
    }

    /// Takes a webhook's URL, and reports what is wrong with it. Returns it with whether events may be
    /// sent there: it is compared with others all the same.
    pub(super) fn url(
        &mut self,
        scope: &Scope<'_>,
        written: &Chosen<'_, String>,
    ) -> Option<(EndpointUrl, bool)> {
        let text = self.text(written.value, Some(&scope.variables)).known()?;
        let explain = |mut diagnostic: Diagnostic| {
            for (name, span) in scope.variables.origins(&written.value.value) {
                diagnostic = diagnostic.related(span, format!("`{name}` is defined here"));
            }
            written.explained(diagnostic)
        };
        let span = written.value.span;
        let (url, exact) = match endpoint(text, span, scope.destinations.allow_http) {
            Ok(url) => url,
            Err(diagnostic) => {
                self.veil(written.value);
                self.report(explain(*diagnostic));
                return None;
            }
        };
        let findings = lints::url(&url, exact.url(), scope.is_local);
        for finding in findings.iter().filter(|finding| finding.hides) {
            self.hide_part(written.value, &finding.text);
        }
        let host = exact.url().host_str().unwrap_or_default();
        if scope.destinations.objection(&exact) == Some(NotAllowed::Host) {
            self.report(explain(not_allowed(&url, host, scope, span)));
            return Some((url, false));
        }
        for finding in findings.into_iter().filter(|finding| finding.is_said) {
            let diagnostic = Diagnostic::new(finding.code, span, finding.message);
            self.report(explain(diagnostic.help(finding.help)));
        }
        if let Some(env_type) = scope.env_type {
            self.hosts.add(host, env_type, span);
        }
        Some((url, true))
    }

    /// A URL the webhook had before may be anything that a provider once took.
    pub(super) fn former_url(
        &mut self,
        scope: &Scope<'_>,
        written: &Spanned<String>,
    ) -> Option<EndpointUrl> {
        let text = self.text(written, Some(&scope.variables)).known()?;
        self.endpoint(text, written, true)
    }

    /// Takes a URL, and reports what is wrong with it.
    pub(super) fn endpoint(
        &mut self,
        text: MaskedText,
        written: &Spanned<String>,
        allow_http: bool,
    ) -> Option<EndpointUrl> {
        match endpoint(text, written.span, allow_http) {
            Ok((url, _)) => Some(url),
            Err(diagnostic) => {
                self.veil(written);
                self.report(*diagnostic);
                None
            }
        }
    }

    /// Keeps what may be credentials in a URL that is no URL from being shown.
    pub(super) fn veil(&mut self, written: &Spanned<String>) {
        let text = &written.value;
        for (start, end) in userinfo(text).into_iter().chain(query(text)) {
            let span = self.part_span(written, start, end - start);
            self.hidden.push(span);
        }
    }

    fn hide_part(&mut self, written: &Spanned<String>, part: &str) {
        let span = match written.value.find(part) {
            Some(at) => self.part_span(written, at, part.len()),
            None => written.span,
        };
        self.hidden.push(span);
    }
}

fn endpoint(
    text: MaskedText,
    span: Span,
    allow_http: bool,
) -> Result<(EndpointUrl, ExactUrl), Box<Diagnostic>> {
    let shown = |text: &MaskedText| quoted(&veiled(text.shown()));
    let exact = EndpointUrl::parse(&text).map_err(|fault| {
        let message = format!("{} cannot be used: {fault}", shown(&text));
        Box::new(Diagnostic::new(Code::InvalidUrl, span, message).help(way_out(&fault, &text)))
    })?;
    let url = EndpointUrl::parsed(text, &exact);
    let allowed = Destinations {
        allow_http,
        hosts: None,
    };
    if allowed.objection(&exact).is_some() {
        let message = format!("{} is not encrypted", shown(url.text()));
        let help = "use `https`, or set `allow_http: true` in the environment";
        return Err(Box::new(
            Diagnostic::new(Code::PlainHttp, span, message).help(help),
        ));
    }
    Ok((url, exact))
}

/// What to write in the place of a text that is no URL.
fn way_out(fault: &InvalidUrl, text: &MaskedText) -> String {
    match fault {
        InvalidUrl::Scheme(_) => "use `https`".to_owned(),
        InvalidUrl::TooLong { .. } => "both providers document this limit".to_owned(),
        InvalidUrl::Unreadable(_) => {
            let id = ProviderProfile::usual().id;
            format!("write an absolute URL, such as `https://hooks.example.com/{id}`")
        }
        InvalidUrl::Odd(Oddity::Hidden(' ')) if mended(text).is_none() => {
            "write `%20` for a space, and remove spaces around the URL".to_owned()
        }
        InvalidUrl::Odd(_) => mended(text).map_or_else(
            || {
                "programs differ in how they read this; write it so that there is one way"
                    .to_owned()
            },
            |mended| format!("write {mended}: programs differ in how they read what is there"),
        ),
    }
}

/// What was meant, in all likelihood. Of a text with a sensitive part, nothing is said.
pub(super) fn mended(text: &MaskedText) -> Option<String> {
    let known = Some(text).filter(|text| !text.is_sensitive())?;
    ExactUrl::mended(known.expose()).map(|mended| quoted(&veiled(&mended)))
}

fn not_allowed(url: &EndpointUrl, host: &str, scope: &Scope<'_>, span: Span) -> Diagnostic {
    let shown = if url.text().is_sensitive() {
        "this host".to_owned()
    } else {
        quoted(host)
    };
    let hosts = scope.destinations.hosts.iter().flatten();
    let allowed: Vec<String> = hosts.map(ToString::to_string).collect();
    Diagnostic::new(
        Code::HostNotAllowed,
        span,
        format!("events may not be sent to {shown}"),
    )
    .maybe_related(scope.allowed_hosts, "the hosts that are allowed")
    .help(if allowed.is_empty() {
        "`allowed_hosts` is empty: no host is allowed".to_owned()
    } else {
        let patterns = listed(allowed.iter().map(String::as_str), "or");
        format!("send to {patterns}, or add the host to `allowed_hosts`")
    })
}

/// Where the user and the password of a URL stand in it.
fn userinfo(text: &str) -> Option<(usize, usize)> {
    // Behind any number of slashes of either kind: some programs find a user there.
    let scheme = text.find(':')? + 1;
    let start = scheme + text[scheme..].find(|c| !matches!(c, '/' | '\\'))?;
    let authority = text[start..]
        .find(['/', '?', '#'])
        .unwrap_or(text.len() - start);
    let end = text[start..start + authority].rfind('@')?;
    // A host that only looks like a user is what is to be seen: `https://h.example.com\@evil.test/`.
    let user = &text[start..start + end];
    (user.contains(':') || !user.contains('\\')).then_some((start, start + end))
}

/// Where the query of a URL stands in it.
fn query(text: &str) -> Option<(usize, usize)> {
    let start = text.find('?')? + 1;
    (start < text.len()).then_some((start, text.len()))
}

/// A URL without its user, password and query.
pub(super) fn veiled(text: &str) -> String {
    let mut veiled = text.to_owned();
    if let Some((start, end)) = query(&veiled) {
        veiled.replace_range(start..end, MASK);
    }
    if let Some((start, end)) = userinfo(&veiled) {
        veiled.replace_range(start..end, MASK);
    }
    veiled
}
