//! Event patterns → event types.

use std::collections::BTreeMap;

use super::{de::Spanned, resolve::Resolver};
use crate::{
    diagnostic::{Code, Diagnostic, did_you_mean},
    model::{EventSet, EventType, Pattern, ProviderProfile},
};

/// How an event pattern names a group.
const GROUP: &str = "group:";

impl Resolver<'_> {
    /// Expands patterns over the provider's event types.
    pub(super) fn events(
        &mut self,
        patterns: &[Spanned<String>],
        profile: &'static ProviderProfile,
    ) -> EventSet {
        let document = self.document;
        let mut events = EventSet::new();
        for pattern in patterns {
            match pattern.value.strip_prefix(GROUP) {
                None => self.event_pattern(pattern, profile, &mut events),
                Some(name) => {
                    if let Some((_, group)) = find(&document.event_groups, name) {
                        for pattern in group {
                            self.event_pattern(pattern, profile, &mut events);
                        }
                    }
                }
            }
        }
        events
    }

    fn event_pattern(
        &mut self,
        pattern: &Spanned<String>,
        profile: &'static ProviderProfile,
        events: &mut EventSet,
    ) {
        let text = pattern.value.as_str();
        if text.contains(['*', '?']) {
            let glob = Pattern::new(text);
            let before = events.len();
            let mut matched = false;
            for event in profile
                .event_types
                .iter()
                .filter(|event| glob.matches(event))
            {
                matched = true;
                events.insert(EventType::new(*event));
            }
            if !matched && events.len() == before {
                self.report(Diagnostic::warning(
                    Code::PatternMatchesNothing,
                    pattern.span,
                    format!("`{text}` matches none of {}'s event types", profile.title),
                ));
            }
            return;
        }
        if text.is_empty() || text.contains("${") || text.starts_with(GROUP) {
            return; // Reported once by `check_references`, not for every webhook.
        }
        if !profile.event_types.contains(&text) {
            let known = profile.event_types.iter().copied();
            self.report(
                Diagnostic::warning(
                    Code::UnknownEventType,
                    pattern.span,
                    format!("{} documents no event type `{text}`", profile.title),
                )
                .maybe_help(did_you_mean(text, known)),
            );
        }
        events.insert(EventType::new(text));
    }

    /// Checks what webhooks and groups refer to, whichever environments are asked for.
    pub(super) fn check_references(&mut self) {
        let document = self.document;
        for group in document.event_groups.values() {
            for pattern in group {
                if pattern.value.starts_with(GROUP) {
                    self.report(
                        Diagnostic::error(
                            Code::UnknownGroup,
                            pattern.span,
                            "a group cannot hold another group",
                        )
                        .help("list both groups where they are used"),
                    );
                }
                self.check_pattern(pattern);
            }
        }
        for webhook in document.webhooks.values() {
            let overrides = super::webhooks::overrides(webhook);
            let overridden = overrides.filter_map(|one| one.events.as_ref());
            for events in webhook.events.iter().chain(overridden) {
                for pattern in &events.value {
                    self.check_group(pattern);
                    self.check_pattern(pattern);
                }
            }
            self.check_placement(webhook);
        }
        for name in &document.removed {
            self.literal(name);
        }
    }

    fn check_pattern(&mut self, pattern: &Spanned<String>) {
        if pattern.value.is_empty() {
            self.report(Diagnostic::error(
                Code::InvalidValue,
                pattern.span,
                "an event type cannot be empty",
            ));
        }
        self.literal(pattern);
    }

    fn check_group(&mut self, pattern: &Spanned<String>) {
        let document = self.document;
        let Some(name) = pattern.value.strip_prefix(GROUP) else {
            return;
        };
        if find(&document.event_groups, name).is_some() {
            return;
        }
        let known = document.event_groups.keys().map(|key| key.value.as_str());
        let help = did_you_mean(name, known)
            .unwrap_or_else(|| "define it under `event_groups`".to_owned());
        self.report(
            Diagnostic::error(
                Code::UnknownGroup,
                pattern.span,
                format!("the event group `{name}` is not defined"),
            )
            .help(help),
        );
    }
}

/// Looks a key up by its text.
pub(super) fn find<'m, T>(
    map: &'m BTreeMap<Spanned<String>, T>,
    name: &str,
) -> Option<(&'m Spanned<String>, &'m T)> {
    let key = Spanned {
        value: name.to_owned(),
        span: crate::diagnostic::Span::default(),
    };
    map.get_key_value(&key)
}
