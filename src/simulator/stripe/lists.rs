//! The list of endpoints, newest first, cut into pages by ids.

use bytes::Bytes;
use http::{Request, StatusCode};
use serde_json::{Value, json};

use super::{
    caller::Served,
    form::{self, Field},
    object,
    refusal::Refusal,
};
use crate::simulator::{StoredWebhook, answer, id, quirks::ListOrder, state::Decision};

/// How many endpoints a page has where nobody says.
const USUAL: usize = 10;
/// The largest page that can be asked for.
const LARGEST: usize = 100;

/// What of the list is asked for.
#[derive(Default)]
struct Asked {
    limit: Option<usize>,
    after: Option<String>,
    before: Option<String>,
}

impl Served<'_> {
    /// Answers the list.
    pub(super) fn list(&self, request: &Request<Bytes>) -> Result<Decision, Refusal> {
        let Self {
            simulator, caller, ..
        } = self;
        let asked = asked(request.uri().query().unwrap_or_default())?;
        let own = simulator.webhooks_of(&caller.account, caller.env_type);
        let mut own: Vec<&StoredWebhook> = own.collect();
        match simulator.quirks.list_order {
            // The order that it has.
            ListOrder::Oldest | ListOrder::Newest => own.reverse(),
            ListOrder::Shuffled => own.sort_by_key(|it| id::shuffle_key(it.serial)),
        }
        let largest = usize::try_from(simulator.quirks.max_page_size.get()).unwrap_or(LARGEST);
        let limit = asked.limit.unwrap_or(USUAL).min(largest);
        let place = |id: &str, param| {
            let found = own.iter().position(|it| it.id == id);
            found.ok_or_else(|| Refusal::no_endpoint(id, Some(param)))
        };
        let (start, end, has_more) = match (&asked.after, &asked.before) {
            (Some(_), Some(_)) => {
                let message =
                    "You may only specify one of these parameters: starting_after, ending_before.";
                return Err(Refusal::of_account(message));
            }
            (None, Some(id)) => {
                let end = place(id, "ending_before")?;
                let start = end.saturating_sub(limit);
                (start, end, start > 0)
            }
            (after, None) => {
                let after = after.as_deref().map(|id| place(id, "starting_after"));
                let start = after.transpose()?.map_or(0, |at| at + 1);
                let end = own.len().min(start + limit);
                (start, end, end < own.len())
            }
        };
        let page = own[start..end].iter();
        let data: Vec<Value> = page
            .map(|it| object::answer(it, &simulator.quirks))
            .collect();
        let body = json!({
            "object": "list",
            "data": data,
            "has_more": has_more,
            "url": "/v1/webhook_endpoints",
        });
        Ok(answer::with_json(StatusCode::OK, &body).into())
    }
}

fn asked(query: &str) -> Result<Asked, Refusal> {
    let mut asked = Asked::default();
    for (name, value) in form::read(query.as_bytes())? {
        match (name.as_str(), value) {
            ("limit", Field::Text(text)) => {
                let limit = text
                    .parse()
                    .ok()
                    .filter(|limit| (1..=LARGEST).contains(limit));
                let refused = || Refusal::Invalid {
                    code: Some("parameter_invalid_integer"),
                    message: format!("Invalid integer: {text}"),
                    param: Some("limit".to_owned()),
                };
                asked.limit = Some(limit.ok_or_else(refused)?);
            }
            ("starting_after", Field::Text(id)) => asked.after = Some(id),
            ("ending_before", Field::Text(id)) => asked.before = Some(id),
            ("expand", Field::List(_)) => {}
            _ => return Err(Refusal::unknown(&name)),
        }
    }
    Ok(asked)
}
