//! URLs that events are sent to: what cannot be one, and what should not.

use super::{
    de::Spanned,
    lints,
    resolve::Resolver,
    webhooks::{Chosen, Scope},
};
use crate::{
    diagnostic::{Code, Diagnostic, Span, listed, quoted},
    model::{EndpointUrl, InvalidUrl, MASK, MaskedText, Pattern},
};

impl Resolver<'_> {
    /// Takes a webhook's URL, and reports what is wrong with it.
    pub(super) fn url(
        &mut self,
        scope: &Scope<'_>,
        written: &Chosen<'_, String>,
    ) -> Option<EndpointUrl> {
        let text = self.text(written.value, Some(&scope.variables)).known()?;
        let explain = |mut diagnostic: Diagnostic| {
            for (name, span) in scope.variables.origins(&written.value.value) {
                diagnostic = diagnostic.related(span, format!("`{name}` is defined here"));
            }
            written.explained(diagnostic)
        };
        let span = written.value.span;
        let (url, parsed) = match endpoint(text, span, scope.allow_http) {
            Ok(url) => url,
            Err(diagnostic) => {
                self.veil(written.value);
                self.report(explain(*diagnostic));
                return None;
            }
        };
        let host = parsed.host_str().unwrap_or_default();
        let findings = lints::url(&url, &parsed, scope.is_local);
        for finding in findings.iter().filter(|finding| finding.hides) {
            self.hide_part(written.value, &finding.text);
        }
        if let Some((allowed, place)) = &scope.allowed_hosts
            && !allowed.iter().any(|pattern| pattern.matches(host))
        {
            let diagnostic = not_allowed(&url, host, allowed, span, *place);
            self.report(explain(diagnostic));
            return None;
        }
        for finding in findings {
            let diagnostic = Diagnostic::new(finding.code, span, finding.message);
            self.report(explain(diagnostic.help(finding.help)));
        }
        self.hosts.add(host, scope.env_type, span);
        Some(url)
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
    fn veil(&mut self, written: &Spanned<String>) {
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
) -> Result<(EndpointUrl, ::url::Url), Box<Diagnostic>> {
    let shown = |text: &MaskedText| quoted(&veiled(text.shown()));
    let parsed = EndpointUrl::parse(&text).map_err(|fault| {
        let help = match &fault {
            InvalidUrl::Scheme(_) => "events are sent over `https`",
            InvalidUrl::Unencoded => "write `%20` for a space, and remove spaces around the URL",
            InvalidUrl::TooLong { .. } => "both providers document this limit",
            InvalidUrl::Unreadable(_) => {
                "write an absolute URL, such as `https://hooks.example.com/truv`"
            }
        };
        let message = format!("{} cannot be used: {fault}", shown(&text));
        Box::new(Diagnostic::new(Code::InvalidUrl, span, message).help(help))
    })?;
    let url = EndpointUrl::parsed(text, &parsed);
    if url.is_plain_http() && !allow_http && !url.is_loopback() {
        let message = format!("{} is not encrypted", shown(url.text()));
        let help = "use `https`, or set `allow_http: true` in the environment";
        return Err(Box::new(
            Diagnostic::new(Code::PlainHttp, span, message).help(help),
        ));
    }
    Ok((url, parsed))
}

fn not_allowed(
    url: &EndpointUrl,
    host: &str,
    allowed: &[Pattern],
    span: Span,
    place: Span,
) -> Diagnostic {
    let shown = if url.text().is_sensitive() {
        "this host".to_owned()
    } else {
        quoted(host)
    };
    let allowed: Vec<String> = allowed.iter().map(ToString::to_string).collect();
    Diagnostic::new(
        Code::HostNotAllowed,
        span,
        format!("events may not be sent to {shown}"),
    )
    .related(place, "the hosts that are allowed")
    .help(if allowed.is_empty() {
        "`allowed_hosts` is empty: no host is allowed".to_owned()
    } else {
        let patterns = listed(allowed.iter().map(String::as_str), "or");
        format!("send to {patterns}, or add the host to `allowed_hosts`")
    })
}

/// Where the user and the password of a URL stand in it.
fn userinfo(text: &str) -> Option<(usize, usize)> {
    let start = text.find("://")? + 3;
    let authority = text[start..]
        .find(['/', '?', '#'])
        .unwrap_or(text.len() - start);
    let end = text[start..start + authority].rfind('@')?;
    Some((start, start + end))
}

/// Where the query of a URL stands in it.
fn query(text: &str) -> Option<(usize, usize)> {
    let start = text.find('?')? + 1;
    (start < text.len()).then_some((start, text.len()))
}

/// A URL without its user, password and query.
fn veiled(text: &str) -> String {
    let mut veiled = text.to_owned();
    if let Some((start, end)) = query(&veiled) {
        veiled.replace_range(start..end, MASK);
    }
    if let Some((start, end)) = userinfo(&veiled) {
        veiled.replace_range(start..end, MASK);
    }
    veiled
}
