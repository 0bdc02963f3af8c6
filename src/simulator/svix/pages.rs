//! Lists: an iterator, which is the last item's id, and whether there is more.

use serde_json::{Value, json};

use super::{
    refusal::{Item, Refusal},
    served::ok,
};
use crate::simulator::{answer::Query, quirks::Quirks, state::Decision};

/// How many items a page has where nobody says, and at most.
const USUAL: usize = 50;
const MOST: usize = 250;

impl Query {
    /// Whether a parameter says yes.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.get(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(Refusal::BadQuery(format!("`{name}` must be a boolean"))),
        }
    }

    fn limit(&self, quirks: &Quirks) -> Result<usize, Refusal> {
        let limit = match self.get("limit") {
            None => USUAL,
            Some(text) => text
                .parse()
                .map_err(|_| Refusal::BadQuery("`limit` must be a number".to_owned()))?,
        };
        if !(1..=MOST).contains(&limit) {
            let message = format!("Given limit must be between 1 and {MOST}");
            return Err(Refusal::Invalid(vec![Item::of_query("limit", message)]));
        }
        // A server may always give less than it is asked for.
        let smaller = (quirks.page_size != Quirks::default().page_size)
            .then(|| usize::try_from(quirks.page_size.get()).unwrap_or(usize::MAX));
        Ok(smaller.map_or(limit, |smaller| smaller.min(limit)))
    }

    fn is_ascending(&self, usual: bool) -> Result<bool, Refusal> {
        match self.get("order") {
            None => Ok(usual),
            Some("ascending") => Ok(true),
            Some("descending") => Ok(false),
            Some(_) => Err(Refusal::BadQuery(
                "`order` must be `ascending` or `descending`".to_owned(),
            )),
        }
    }
}

/// One page of items, which come in ascending order of what they are known by.
pub(super) fn page<'i, T: 'i>(
    items: impl DoubleEndedIterator<Item = (&'i str, T)>,
    query: &Query,
    quirks: &Quirks,
    is_ascending: bool,
    answered: impl Fn(T) -> Value,
) -> Result<Decision, Refusal> {
    let limit = query.limit(quirks)?;
    let is_ascending = query.is_ascending(is_ascending)?;
    let iterator = query.get("iterator");
    let is_behind = |key: &str| {
        iterator.is_none_or(|iterator| match is_ascending {
            true => key > iterator,
            false => key < iterator,
        })
    };
    let mut items: Box<dyn Iterator<Item = (&str, T)>> = match is_ascending {
        true => Box::new(items),
        false => Box::new(items.rev()),
    };
    let mut behind = items.by_ref().filter(|(key, _)| is_behind(key));
    let page: Vec<(&str, T)> = behind.by_ref().take(limit).collect();
    let done = behind.next().is_none();
    // The last id, also on the last page: only `done` says that there is no more.
    let last = page.last().map(|(key, _)| *key);
    let first = page.first().map(|(key, _)| format!("-{key}"));
    let body = json!({
        "iterator": last,
        "prevIterator": first.filter(|_| iterator.is_some()),
        "done": done,
        "data": page.into_iter().map(|(_, item)| answered(item)).collect::<Vec<_>>(),
    });
    Ok(ok(&body))
}
