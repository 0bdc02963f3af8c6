//! Checks of webhooks against each other and against their environment.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap, hash_map::RandomState},
    hash::BuildHasher,
    ops::Range,
};

use super::{Document, de::Spanned, scope::Scope, state::Resolver, webhooks::Placed};
use crate::{
    diagnostic::{Code, Diagnostic, Span, quoted},
    model::{WebhookName, composed},
};

/// A former URL or a name: which webhook has it, and where that is said.
type Owners<'d> = HashMap<String, (&'d Spanned<String>, Span)>;

/// What the webhooks of one environment must not share.
///
/// Texts of URLs stand one behind the other: a hundred thousand allocations less, and nothing of a
/// webhook must be kept for them.
pub(super) struct Together<'d> {
    urls: String,
    places: Vec<UrlPlace<'d>>,
    hashes: RandomState,
    former: Owners<'d>,
    former_shared: Vec<[(&'d Spanned<String>, Span); 2]>,
    /// The names that are removed.
    removed: BTreeSet<Cow<'d, str>>,
    /// Those of them that are declared all the same.
    declared: Owners<'d>,
}

/// A webhook's URL.
struct UrlPlace<'d> {
    hash: u64,
    /// Where it stands among the texts.
    text: Range<usize>,
    key: &'d Spanned<String>,
    span: Span,
}

impl<'d> Together<'d> {
    pub(super) fn of(document: &'d Document) -> Self {
        Self {
            urls: String::new(),
            places: Vec::new(),
            hashes: RandomState::new(),
            former: HashMap::new(),
            former_shared: Vec::new(),
            removed: document
                .removed
                .iter()
                .map(|name| composed(&name.value))
                .collect(),
            declared: HashMap::new(),
        }
    }

    /// Adds a webhook of the environment.
    pub(super) fn add(&mut self, key: &'d Spanned<String>, one: &Placed) {
        if let Some(url) = &one.url {
            let url = url.normal();
            let start = self.urls.len();
            self.urls.push_str(url);
            self.places.push(UrlPlace {
                hash: self.hashes.hash_one(url),
                text: start..self.urls.len(),
                key,
                span: one.url_span,
            });
        }
        for (url, span) in one.moved_from.iter().zip(&one.moved_from_spans) {
            match self.former.insert(url.normal().to_owned(), (key, *span)) {
                Some((other, first)) if other != key => {
                    self.former_shared.push([(other, first), (key, *span)]);
                }
                _ => {}
            }
        }
        if let Some(name) = one.name.as_ref().map(WebhookName::compared)
            && self.removed.contains(name)
        {
            self.declared.insert(name.to_owned(), (key, one.name_span));
        }
    }

    /// The URLs that more than one webhook has: each further one, behind the first.
    fn shared_urls(&mut self) -> Vec<[(&'d Spanned<String>, Span); 2]> {
        // Stable: those of one URL stay in the order of their keys.
        self.places.sort_by_key(|place| place.hash);
        let text = |place: &UrlPlace<'_>| &self.urls[place.text.clone()];
        let mut shared = Vec::new();
        for same in self.places.chunk_by(|a, b| a.hash == b.hash) {
            for (index, place) in same.iter().enumerate().skip(1) {
                let mut earlier = same[..index].iter();
                if let Some(first) = earlier.find(|first| text(first) == text(place)) {
                    shared.push([(first.key, first.span), (place.key, place.span)]);
                }
            }
        }
        shared
    }
}

impl Resolver<'_> {
    /// Checks the webhooks of one environment together.
    pub(super) fn check_together(&mut self, mut together: Together<'_>) {
        for [(other, first), (key, span)] in together.shared_urls() {
            self.shared_url(&other.value, first, &key.value, span);
        }
        for [(other, first), (key, span)] in &together.former_shared {
            self.shared_moved_from(&other.value, *first, &key.value, *span);
        }
        self.check_removed(&together.declared);
    }

    fn shared_url(&mut self, other: &str, first: Span, key: &str, span: Span) {
        let (key, other) = (quoted(key), quoted(other));
        let diagnostic = Diagnostic::new(
            Code::SharedUrl,
            span,
            format!("{other} and {key} have one URL"),
        )
        .label(format!("the URL of {key}"))
        .help("a webhook is known by its URL, so each URL is declared once in an environment; merge their events, or change one URL");
        // An alias can be the URL of both.
        let elsewhere = (first != span).then_some(first);
        self.report(diagnostic.maybe_related(elsewhere, format!("the URL of {other}")));
    }

    fn shared_moved_from(&mut self, other: &str, first: Span, key: &str, span: Span) {
        let (key, other) = (quoted(key), quoted(other));
        let diagnostic = Diagnostic::new(
            Code::SharedMovedFrom,
            span,
            format!("{other} and {key} both moved from one URL"),
        )
        .label(format!("{key} moved from here"))
        .help("the webhook at that URL can become only one of them");
        let elsewhere = (first != span).then_some(first);
        self.report(diagnostic.maybe_related(elsewhere, format!("{other} moved from here")));
    }

    /// Checks that a webhook's name is one that is ours: else it would not be found again.
    pub(super) fn check_name(&mut self, scope: &Scope<'_>, key: &Spanned<String>, one: &Placed) {
        let (Some(name), Some(environment)) = (&one.name, scope.environment) else {
            return;
        };
        let name = name.text();
        let place = |patterns: &[Spanned<String>]| {
            let first = patterns.first()?.span;
            let last = patterns.last()?.span;
            Some(Span {
                end: if last.source == first.source {
                    last.end.max(first.end)
                } else {
                    first.end
                },
                ..first
            })
        };
        if scope.policy.is_ignored(name.expose()) {
            let matching = scope
                .policy
                .ignore
                .iter()
                .position(|pattern| pattern.matches(name.expose()));
            let pattern = matching.and_then(|at| environment.ignore.get(at));
            let message = format!("{} has a name that is ignored", quoted(&key.value));
            self.report(
                Diagnostic::new(Code::IgnoredName, one.name_span, message)
                    .maybe_related(pattern.map(|pattern| pattern.span), "this ignores it")
                    .help("hookwright would never see it again; change its name, or `ignore`"),
            );
        } else if !one.adopt && !scope.policy.is_ours(name.expose()) {
            let owns = environment.owns.as_deref().unwrap_or_default();
            let message = format!("{} has a name that is not owned", quoted(&key.value));
            self.report(
                Diagnostic::new(Code::NameNotOwned, one.name_span, message)
                    .maybe_related(place(owns), "names of these forms are owned")
                    .help("hookwright would not know it as ours again; change its name, or `owns`, or take it over with `adopt: true`"),
            );
        }
    }

    fn check_removed(&mut self, declared: &Owners<'_>) {
        let document = self.document;
        for removed in &document.removed {
            if let Some((key, span)) = declared.get(&*composed(&removed.value)) {
                let (name, key) = (quoted(&removed.value), quoted(&key.value));
                self.report(
                    Diagnostic::new(
                        Code::RemovedAndDeclared,
                        removed.span,
                        format!("{name} is removed, and declared as {key}"),
                    )
                    .label("removed here")
                    .related(*span, "declared here")
                    .help("drop one of the two"),
                );
            }
        }
    }
}
