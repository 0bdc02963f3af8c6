//! Event patterns → event types.

use super::{de::Spanned, expansions::Expansion, room, state::Resolver};
use crate::{
    diagnostic::{Code, Diagnostic, listed, quoted},
    model::{Catalogue, EventSet, EventType, Pattern, ProviderProfile, Wildcard},
};

/// How an event pattern names a group.
const GROUP: &str = "group:";

impl<'d> Resolver<'d> {
    /// Expands patterns over the provider's event types.
    pub(super) fn events(
        &mut self,
        list: &'d Spanned<Vec<Spanned<String>>>,
        profile: &'static ProviderProfile,
    ) -> EventSet {
        let patterns = list.value.as_slice();
        if let Some((provider, last, events)) = &self.expansions.last
            && *provider == profile
            && *last == patterns
        {
            return events.clone();
        }
        let mut events = EventSet::new();
        let mut known = true;
        for pattern in patterns {
            match pattern.value.strip_prefix(GROUP) {
                None => known &= self.event_pattern(pattern, profile, &mut events),
                Some(name) => {
                    let (group, is_known) = self.group(name, profile);
                    if !self.takes_room(room::of_events(group.len()), list.span) {
                        return EventSet::new();
                    }
                    known &= is_known;
                    events.extend_from(&group);
                }
            }
        }
        if known {
            self.expansions.last = Some((profile, patterns, events.clone()));
        }
        events
    }

    /// What a group stands for, and whether the provider documents all of it. What is wrong with it is
    /// reported once for each environment.
    fn group(&mut self, name: &'d str, profile: &'static ProviderProfile) -> (EventSet, bool) {
        let key = (profile, name);
        let within = self.findings.environment();
        if let Some(group) = self.expansions.groups.get_mut(&key)
            && (group.known || !group.said.insert(within))
        {
            return (group.events.clone(), group.known);
        }
        let document = self.document;
        let mut events = EventSet::new();
        let mut known = true;
        for pattern in document.event_groups.get(name).into_iter().flatten() {
            known &= self.event_pattern(pattern, profile, &mut events);
        }
        let group = self.expansions.groups.entry(key).or_default();
        group.events = events;
        group.known = known;
        group.said.insert(within);
        (group.events.clone(), known)
    }

    /// Adds what a pattern stands for; `false` where there was something to report.
    fn event_pattern(
        &mut self,
        pattern: &'d Spanned<String>,
        profile: &'static ProviderProfile,
        events: &mut EventSet,
    ) -> bool {
        let text = pattern.value.as_str();
        if text.is_empty() || text.contains("${") || text.starts_with(GROUP) {
            return true; // Reported once by `check_references`, not for every webhook.
        }
        let expansion = self
            .expansions
            .patterns
            .entry((profile, text))
            .or_insert_with(|| expand(text, profile));
        // Where only faults are wanted, one event stands for all; what may not stand beside others is such a fault.
        if self.keep || events.is_empty() || profile.planning.wildcard != Wildcard::None {
            events.extend(expansion.events.iter().cloned());
        }
        if expansion.known {
            return true;
        }
        if profile.catalogue == Catalogue::Account {
            let message = format!(
                "{} cannot stand for event types: those of {} are the account's own",
                quoted(text),
                profile.title
            );
            let diagnostic = Diagnostic::new(Code::InvalidValue, pattern.span, message);
            self.report(diagnostic.help("name each, or write `*` alone for all"));
            return false;
        }
        let known = profile.event_types.iter().copied();
        let near = self.nearest(text, known.clone());
        let help = match (other_provider(text, profile), near) {
            (Some(other), _) => format!(
                "{} has it; give the environments of {} a list of their own",
                other.title, profile.title
            ),
            (None, Some(near)) => format!("did you mean `{near}`?"),
            (None, None) => format!("its event types are {}", all(known)),
        };
        let diagnostic = if is_glob(text) {
            let message = format!(
                "{} matches no event type of {}",
                quoted(text),
                profile.title
            );
            Diagnostic::new(Code::PatternMatchesNothing, pattern.span, message)
        } else {
            let message = format!("{} documents no event type {}", profile.title, quoted(text));
            Diagnostic::new(Code::UnknownEventType, pattern.span, message)
        };
        self.report(diagnostic.help(help));
        false
    }

    /// Checks what webhooks, groups and defaults refer to, whichever environments are asked for.
    pub(super) fn check_references(&mut self) {
        let document = self.document;
        for group in document.event_groups.values() {
            for pattern in group {
                if pattern.value.starts_with(GROUP) {
                    self.wrong(
                        Code::UnknownGroup,
                        pattern.span,
                        "a group cannot hold another group",
                        "list both groups where they are used",
                    );
                }
                self.check_pattern(pattern);
            }
        }
        self.check_turns();
        if let Some(defaults) = &document.defaults {
            self.check_events(defaults.value.events.iter());
            for name in defaults
                .value
                .environments
                .iter()
                .flat_map(|all| &all.value)
            {
                self.check_environment(name);
            }
        }
        for webhook in document.webhooks.values() {
            let overridden = webhook.overrides().filter_map(|over| over.events.as_ref());
            self.check_events(webhook.events.iter().chain(overridden));
            self.check_placement(webhook);
        }
        for name in &document.removed {
            self.literal(name);
        }
    }

    fn check_events(&mut self, lists: impl Iterator<Item = &'d Spanned<Vec<Spanned<String>>>>) {
        for pattern in lists.flat_map(|events| &events.value) {
            self.check_group(pattern);
            self.check_pattern(pattern);
        }
    }

    fn check_pattern(&mut self, pattern: &Spanned<String>) {
        if pattern.value.is_empty() {
            self.wrong(
                Code::InvalidValue,
                pattern.span,
                "an event type cannot be empty",
                "remove it",
            );
        }
        self.literal(pattern);
    }

    fn check_group(&mut self, pattern: &Spanned<String>) {
        let document = self.document;
        let Some(name) = pattern.value.strip_prefix(GROUP) else {
            return;
        };
        if document.event_groups.contains_key(name)
            || document.left_out.touches(&["event_groups", name])
        {
            return;
        }
        let known = || document.event_groups.keys().map(|key| key.value.as_str());
        let diagnostic = Diagnostic::new(
            Code::UnknownGroup,
            pattern.span,
            format!("the event group {} is not defined", quoted(name)),
        );
        let near = self.nearest(name, known());
        let diagnostic = match near.and_then(|near| document.event_groups.get_key_value(near)) {
            None if !self.may_list() => diagnostic.help("define it under `event_groups`"),
            Some((near, _)) => diagnostic
                .related(near.span, format!("`{}` is defined here", near.value))
                .help(format!("did you mean `{GROUP}{}`?", near.value)),
            None if document.event_groups.is_empty() => diagnostic.help(format!(
                "define it: `event_groups: {{ {name}: [order-*] }}`"
            )),
            None => diagnostic
                .maybe_related(
                    document.event_groups.keys().map(|key| key.span).min(),
                    "groups are defined here",
                )
                .help(format!("the groups are {}", listed(known(), "and"))),
        };
        self.report(diagnostic);
    }
}

fn expand(text: &str, profile: &'static ProviderProfile) -> Expansion {
    let all = EventType::all();
    if text == all.as_str() && profile.planning.wildcard != Wildcard::None {
        return Expansion {
            events: vec![all],
            known: true,
        };
    }
    if is_glob(text) {
        let glob = Pattern::new(text);
        let matching = profile
            .event_types
            .iter()
            .filter(|event| glob.matches(event));
        let events: Vec<EventType> = matching.map(|event| EventType::new(*event)).collect();
        return Expansion {
            known: !events.is_empty(),
            events,
        };
    }
    Expansion {
        events: vec![EventType::new(text)],
        known: profile.may_have_event(text),
    }
}

/// The other provider, where it documents what the pattern stands for.
fn other_provider(text: &str, profile: &ProviderProfile) -> Option<&'static ProviderProfile> {
    let mut others = ProviderProfile::all().filter(|other| other.catalogue == Catalogue::Provider);
    others.find(|other| *other != profile && expand(text, other).known)
}

fn is_glob(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// Every name: a catalogue is what somebody who misspelt a name wants to see.
fn all<'k>(names: impl Iterator<Item = &'k str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// The group that an event pattern names.
pub(super) fn group(pattern: &str) -> Option<&str> {
    pattern.strip_prefix(GROUP)
}
