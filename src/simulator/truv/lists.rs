//! The two lists: webhooks and the request history, filtered, ordered and cut into pages.

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use serde_json::{Value, json};

use super::{
    credentials::Served,
    history::{self, DeliveryFilter},
    object,
    refusal::Refusal,
};
use crate::{
    model::EnvType,
    simulator::{
        Simulator, StoredDelivery, StoredWebhook,
        answer::{self, Query},
        id,
        page::{Cursor, Page, paginate, take_page},
        quirks::{ListOrder, ListParameters, ListScope, ListShape},
    },
};

impl Served<'_> {
    /// Answers the list of webhooks.
    pub(super) fn list(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, Refusal> {
        let Simulator {
            quirks, profile, ..
        } = self.simulator;
        let mut query = Query::of(request.uri());
        match quirks.list_parameters {
            ListParameters::Accepted => {}
            ListParameters::Ignored => query.0.retain(|(name, _)| name == "cursor"),
            ListParameters::Refused => {
                if let Some((name, _)) = query.0.iter().find(|(name, _)| name != "cursor") {
                    return Err(Refusal::of_field(name, "Unknown parameter."));
                }
            }
        }
        let rows: Vec<_> = self
            .simulator
            .webhooks()
            .filter(|it| self.shows(&it.client_id, it.env_type))
            .map(|it| (position(it.serial, quirks.list_order), it))
            .collect();
        let answer = |it: &&StoredWebhook| object::answer(it, profile, quirks);
        if quirks.list_shape == ListShape::Array {
            let page = paginate(rows, None, usize::MAX);
            let all = page.rows.iter().map(answer).collect();
            return Ok(answer::with_json(StatusCode::OK, &Value::Array(all)));
        }
        let count = rows.len();
        let page = paginate(rows, cursor(&query)?, self.page_size(&query));
        let mut body = page_body(&page, request, &query, profile.base_url, answer);
        if quirks.list_shape == ListShape::PageWithCount {
            body["count"] = json!(count);
        }
        Ok(answer::with_json(StatusCode::OK, &body))
    }

    /// Answers the request history.
    pub(super) fn history(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, Refusal> {
        let Simulator {
            quirks, profile, ..
        } = self.simulator;
        let query = Query::of(request.uri());
        let filter = DeliveryFilter::parse(&query, self.simulator, self.now)?;
        let wanted = |it: &&StoredDelivery| {
            self.shows(&it.client_id, it.env_type) && filter.matches(&it.record)
        };
        let (cursor, size) = (cursor(&query)?, self.page_size(&query));
        let page = match (quirks.history_order, cursor) {
            // A long history is gone through in one direction; only what a page needs is looked at.
            (ListOrder::Newest, None | Some(Cursor::After(_))) => {
                let end = match cursor {
                    Some(Cursor::After(key)) => u64::MAX - key,
                    _ => u64::MAX,
                };
                let (before, mut from) = self.simulator.deliveries_around(end);
                let rows = before.filter(wanted).map(|it| (u64::MAX - it.serial, it));
                take_page(
                    rows,
                    || cursor.is_some() && from.any(|it| wanted(&it)),
                    size,
                )
            }
            (order, _) => {
                let rows = self.simulator.deliveries().filter(wanted);
                let rows = rows.map(|it| (position(it.serial, order), it)).collect();
                paginate(rows, cursor, size)
            }
        };
        let answer = |it: &&StoredDelivery| history::answer(&it.record, quirks);
        let body = page_body(&page, request, &query, profile.base_url, answer);
        Ok(answer::with_json(StatusCode::OK, &body))
    }

    fn shows(&self, client_id: &str, env_type: EnvType) -> bool {
        client_id == self.caller.client_id
            && match self.simulator.quirks.list_scope {
                ListScope::Account => true,
                ListScope::Environment => env_type == self.caller.env_type,
            }
    }

    /// As in Django REST framework, a size that is no number is passed over and one that is too
    /// large is cut down.
    fn page_size(&self, query: &Query) -> usize {
        let quirks = &self.simulator.quirks;
        let size = query
            .get("page_size")
            .and_then(|size| size.parse().ok())
            .unwrap_or(quirks.page_size)
            .min(quirks.max_page_size);
        usize::try_from(size.get()).unwrap_or(usize::MAX)
    }
}

/// Where a record stands in a list; positions are never shared.
fn position(serial: u64, order: ListOrder) -> u64 {
    match order {
        ListOrder::Oldest => serial,
        ListOrder::Newest => u64::MAX - serial,
        ListOrder::Shuffled => id::shuffle_key(serial),
    }
}

fn cursor(query: &Query) -> Result<Option<Cursor>, Refusal> {
    query
        .get("cursor")
        .map(|text| Cursor::parse(text).ok_or(Refusal::InvalidCursor))
        .transpose()
}

fn page_body<T>(
    page: &Page<T>,
    request: &Request<Bytes>,
    query: &Query,
    base_url: &str,
    answer: impl Fn(&T) -> Value,
) -> Value {
    let link = |cursor: Option<Cursor>| {
        cursor.map(|cursor| {
            let mut pairs = url::form_urlencoded::Serializer::new(String::new());
            pairs.append_pair("cursor", &cursor.text());
            pairs.extend_pairs(query.0.iter().filter(|(name, _)| name != "cursor"));
            let (origin, path) = (origin(request, base_url), request.uri().path());
            format!("{origin}{path}?{}", pairs.finish())
        })
    };
    let rows: Vec<Value> = page.rows.iter().map(answer).collect();
    json!({"next": link(page.next), "previous": link(page.previous), "results": rows})
}

/// The scheme and host that the client used; over a socket, only `Host` tells.
fn origin(request: &Request<Bytes>, base_url: &str) -> String {
    let uri = request.uri();
    if let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) {
        return format!("{scheme}://{authority}");
    }
    let host = request.headers().get(header::HOST);
    match host.and_then(|host| host.to_str().ok()?.parse::<http::uri::Authority>().ok()) {
        Some(authority) => format!("http://{authority}"),
        None => base_url.trim_end_matches("/v1/").to_owned(),
    }
}
