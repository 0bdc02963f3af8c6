//! Texts with interpolations → values, with what is sensitive in them.

use std::{cell::Cell, collections::BTreeMap, path::Path};

use super::{
    de::Spanned,
    interpolate::{self, Part, PartKind},
    outside::Lookup,
    referred::{Content, Files},
    state::Resolver,
};
use crate::{
    diagnostic::{Code, Diagnostic, Span, listed, quoted},
    model::{MaskedText, is_secret_name},
};

/// How many bytes values are expected to be longer than the references to them.
const ROOM: usize = 24;
/// The longest value that a file may hold, in bytes.
const LONGEST: usize = 64 * 1024;
/// The longest text that refers to values, in bytes.
const LONGEST_TEXT: usize = 16 * 1024;

/// The longest text, in bytes, of which a part is shown: each part takes a look at the whole.
const LONGEST_EXACT: usize = 8 * 1024;

/// A text with its interpolations resolved.
pub(super) enum Text {
    /// This is it.
    Known(MaskedText),
    /// A part was withheld.
    Withheld,
    /// Something is wrong with it, and was reported.
    Wrong,
}

impl Text {
    pub(super) fn known(self) -> Option<MaskedText> {
        match self {
            Self::Known(text) => Some(text),
            Self::Withheld | Self::Wrong => None,
        }
    }
}

/// A variable of an environment.
pub(super) struct Variable {
    /// `None` where it is withheld or wrong.
    value: Option<MaskedText>,
    key_span: Span,
    used: Cell<bool>,
}

/// The variables of one environment.
pub(super) struct Variables {
    map: BTreeMap<String, Variable>,
    /// The environment; `None` where it is not known, and may have any variable.
    environment: Option<Spanned<String>>,
}

impl Variables {
    /// Those of an environment that is not known.
    pub(super) fn unknown() -> Self {
        Self {
            map: BTreeMap::new(),
            environment: None,
        }
    }

    /// The value of a variable, which is thereby used.
    fn known(&self, name: &str) -> Option<&MaskedText> {
        let variable = self.map.get(name)?;
        variable.used.set(true);
        variable.value.as_ref()
    }

    /// The names that nobody used, with their places.
    pub(super) fn unused(&self) -> impl Iterator<Item = (&str, Span)> {
        self.map
            .iter()
            .filter(|(_, variable)| !variable.used.get())
            .map(|(name, variable)| (name.as_str(), variable.key_span))
    }

    /// Each variable's value, where it is known.
    pub(super) fn values(&self) -> BTreeMap<String, MaskedText> {
        let known = self.map.iter();
        known
            .filter_map(|(name, one)| Some((name.clone(), one.value.clone()?)))
            .collect()
    }

    /// Where the variables that a text refers to are defined.
    pub(super) fn origins(&self, text: &str) -> Vec<(String, Span)> {
        interpolate::parts(text)
            .unwrap_or_default()
            .iter()
            .filter_map(|part| match part.kind {
                PartKind::Var(name) => {
                    let variable = self.map.get(name)?;
                    Some((name.to_owned(), variable.key_span))
                }
                _ => None,
            })
            .collect()
    }
}

impl Resolver<'_> {
    /// Resolves the variables of an environment. They cannot refer to each other.
    pub(super) fn variables(
        &mut self,
        environment: &Spanned<String>,
        vars: &BTreeMap<Spanned<String>, Spanned<String>>,
    ) -> Variables {
        let map = vars
            .iter()
            .map(|(name, text)| {
                let variable = Variable {
                    value: self.text(text, None).known(),
                    key_span: name.span,
                    used: Cell::new(false),
                };
                (name.value.clone(), variable)
            })
            .collect();
        Variables {
            map,
            environment: Some(environment.clone()),
        }
    }

    /// Resolves a text. `None` for the variables: they are not allowed here.
    pub(super) fn text(&mut self, text: &Spanned<String>, variables: Option<&Variables>) -> Text {
        if !text.value.as_bytes().contains(&b'$') || !text.value.contains("${") {
            return Text::Known(MaskedText::plain(text.value.as_str()));
        }
        if text.value.len() > LONGEST_TEXT {
            let message = format!(
                "a text with `${{…}}` has at most {} KiB, this one {} bytes",
                LONGEST_TEXT / 1024,
                text.value.len()
            );
            let help = "names and URLs are much shorter";
            self.wrong(Code::TooLarge, text.span, message, help);
            return Text::Wrong;
        }
        let parts = match interpolate::parts(&text.value) {
            Ok(parts) => parts,
            Err(fault) => {
                let span = self.part_span(text, fault.offset, fault.length);
                self.wrong(Code::InvalidInterpolation, span, fault.message, fault.help);
                return Text::Wrong;
            }
        };
        let mut whole = MaskedText::with_capacity(text.value.len() + ROOM);
        let (mut withheld, mut wrong) = (false, false);
        for part in parts {
            if let PartKind::Literal(literal) = part.kind {
                whole.push_plain(literal);
                continue;
            }
            if let PartKind::Var(name) = part.kind
                && let Some(value) = variables.and_then(|variables| variables.known(name))
            {
                if !self.takes_room(value.expose().len(), text.span) {
                    return Text::Wrong;
                }
                whole.push(value);
                continue;
            }
            match self.part(text, &part, variables) {
                Text::Known(part) if self.takes_room(part.expose().len(), text.span) => {
                    whole.push(&part);
                }
                Text::Known(_) => return Text::Wrong,
                Text::Withheld => withheld = true,
                Text::Wrong => wrong = true,
            }
        }
        match (wrong, withheld) {
            (true, _) => Text::Wrong,
            (false, true) => Text::Withheld,
            (false, false) => Text::Known(whole),
        }
    }

    fn part(
        &mut self,
        text: &Spanned<String>,
        part: &Part<'_>,
        variables: Option<&Variables>,
    ) -> Text {
        match part.kind {
            PartKind::Literal(text) => Text::Known(MaskedText::plain(text)),
            PartKind::Env { name, default } => match (self.values.env(name), default) {
                (Ok(Lookup::Found(value)), _) => Text::Known(self.sensitive(value)),
                (Ok(Lookup::Withheld), _) => Text::Withheld,
                (Ok(Lookup::Unset), Some(default)) => Text::Known(MaskedText::plain(default)),
                (Ok(Lookup::Unset), None) => {
                    let span = self.part_span(text, part.offset, part.length);
                    self.unset(name, span)
                }
                // A default is for a variable that is not there, not for one that cannot be read.
                (Err(problem), _) => {
                    let span = self.part_span(text, part.offset, part.length);
                    self.not_text(name, &problem, span)
                }
            },
            PartKind::File(path) => {
                let span = self.part_span(text, part.offset, part.length);
                self.file(path, span)
            }
            PartKind::Var(name) => {
                let variable = variables.and_then(|variables| variables.map.get(name));
                match variable {
                    // One that has a value was taken before.
                    Some(_) => Text::Withheld,
                    None => {
                        let span = self.part_span(text, part.offset, part.length);
                        self.no_variable(name, span, variables)
                    }
                }
            }
        }
    }

    fn unset(&mut self, name: &str, span: Span) -> Text {
        self.report(
            Diagnostic::new(
                Code::UnsetEnvironmentVariable,
                span,
                format!("the environment variable {} is not set", quoted(name)),
            )
            .label("needed here")
            .help(if self.in_credentials || is_secret_name(name) {
                // A default stands in the manifest, where everybody can read it.
                "set it, or write `${file:PATH}` where a file has it; a secret has no default"
            } else {
                "set it, or give a default: `${env:NAME:-default}`"
            }),
        );
        Text::Wrong
    }

    fn not_text(&mut self, name: &str, problem: &str, span: Span) -> Text {
        self.report(
            Diagnostic::new(
                Code::UnsetEnvironmentVariable,
                span,
                format!(
                    "the environment variable {} is set, but cannot be read: {problem}",
                    quoted(name)
                ),
            )
            .label("needed here")
            .help("set it to UTF-8 text, or unset it"),
        );
        Text::Wrong
    }

    fn file(&mut self, path: &str, span: Span) -> Text {
        let problem = match self.referred_file(path, span) {
            Content::Known(content) if content.text().len() > LONGEST => {
                format!(
                    "it has more than {} KiB, which no value has",
                    LONGEST / 1024
                )
            }
            Content::Known(content) => {
                // A secret file ends in a newline more often than not; no secret does.
                let content = content.text();
                let content = content.strip_suffix('\n').unwrap_or(content);
                let content = content.strip_suffix('\r').unwrap_or(content);
                return Text::Known(self.sensitive(content.to_owned()));
            }
            Content::Withheld => return Text::Withheld,
            Content::Unreadable(problem) => problem,
        };
        self.report(
            Diagnostic::new(
                Code::UnreadableFile,
                span,
                format!("the file {} cannot be read: {problem}", quoted(path)),
            )
            .label("needed here")
            .help("a relative path is relative to the folder of the manifest"),
        );
        Text::Wrong
    }

    /// What a file holds that the manifest refers to at this place. A relative path is relative to the
    /// manifest's folder.
    pub(super) fn referred_file(&mut self, path: &str, place: Span) -> Content {
        let beside = &self.sources.get(place.source).label;
        let folder = Path::new(beside).parent().unwrap_or(Path::new(""));
        let at = folder.join(path);
        if let Some(content) = self.files.known(&at) {
            return content;
        }
        if !self.has_room() {
            return Content::Withheld;
        }
        let (content, size) = Files::read(self.values, beside, path);
        let content = match self.takes_room(size, place) {
            true => content,
            false => Content::Withheld,
        };
        self.files.keep(at, content.clone());
        content
    }

    fn no_variable(&mut self, name: &str, span: Span, variables: Option<&Variables>) -> Text {
        let Some(variables) = variables else {
            self.wrong(
                Code::InvalidInterpolation,
                span,
                "a variable cannot be used here",
                "variables can be used in a webhook's `name`, `url` and `moved_from`",
            );
            return Text::Wrong;
        };
        let Some(environment) = &variables.environment else {
            return Text::Withheld;
        };
        let place = ["environments", &environment.value, "vars", name];
        if self.document.left_out.touches(&place) {
            return Text::Withheld; // Its fault was reported.
        }
        let near = self.nearest(name, variables.map.keys().map(String::as_str));
        let mut diagnostic = Diagnostic::new(
            Code::UndefinedVariable,
            span,
            format!("the variable {} is not defined", quoted(name)),
        )
        .label("not defined");
        diagnostic = match near.and_then(|near| variables.map.get_key_value(near)) {
            Some((near, variable)) => diagnostic
                .related(variable.key_span, format!("`{near}` is defined here"))
                .help(format!("did you mean `${{var:{near}}}`?")),
            None if variables.map.is_empty() => diagnostic
                .related(environment.span, "this environment has no `vars`")
                .help("define it there, under `vars`"),
            None if !self.may_list() => diagnostic.help("define it under `vars`"),
            None => {
                let known = listed(variables.map.keys().map(String::as_str), "and");
                diagnostic
                    .related(environment.span, format!("its variables are {known}"))
                    .help("define it there, under `vars`")
            }
        };
        self.report(diagnostic);
        Text::Wrong
    }

    fn sensitive(&mut self, value: String) -> MaskedText {
        // One value may be referred to as often as a manifest has room for.
        if !self.sensitive.contains(&value) {
            self.sensitive.insert(value.clone());
        }
        MaskedText::sensitive(value)
    }

    /// Reports an interpolation where none is possible.
    pub(super) fn literal<'t>(&mut self, text: &'t Spanned<String>) -> Option<&'t str> {
        // Most texts have no `$`, and that is soon seen.
        if text.value.as_bytes().contains(&b'$')
            && let Some(at) = text.value.find("${")
        {
            let length = text.value[at..].find('}').map_or(2, |end| end + 1);
            let span = self.part_span(text, at, length);
            self.wrong(
                Code::InvalidInterpolation,
                span,
                "nothing is interpolated here",
                "write the value itself",
            );
            return None;
        }
        Some(&text.value)
    }

    /// The place of a part of a text: exact where the file has the text as it is, else the whole.
    pub(super) fn part_span(&self, text: &Spanned<String>, offset: usize, length: usize) -> Span {
        if text.value.len() > LONGEST_EXACT {
            return text.span;
        }
        let source = &self.sources.get(text.span.source).text;
        let written = source.get(text.span.range()).unwrap_or_default();
        // A quote at most stands before it.
        let exact = (0..=1).find(|lead| {
            written
                .get(*lead..)
                .is_some_and(|rest| rest.starts_with(text.value.as_str()))
        });
        match exact {
            Some(lead) => text.span.part(lead + offset, length),
            None => text.span,
        }
    }
}
