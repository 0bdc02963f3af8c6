use proptest::prelude::*;

use super::*;
use crate::model::MaskedText;

fn url(text: &str) -> EndpointUrl {
    EndpointUrl::from_live(MaskedText::plain(text))
}

fn place(at: &str, events: &[&str]) -> Option<Place> {
    Some(Place {
        url: url(at),
        events: events.iter().map(|event| EventType::new(*event)).collect(),
    })
}

fn route(title: &str, before: Option<Place>, after: Option<Place>) -> Route {
    Route {
        title: title.to_owned(),
        before,
        after,
    }
}

/// Counts deliveries, each an event type, a URL and a minute.
fn radius(routes: &[Route], deliveries: &[(&str, &str, i64)]) -> Radius {
    let mut counter = Counter::new();
    for (event, at, minute) in deliveries {
        let pair = counter.pair(&EventType::new(*event), &url(at));
        counter.count(pair, Timestamp::from_second(minute * 60 + 7).ok());
    }
    counter.radius(routes)
}

const A: &str = "https://a.example.com/1";
const A2: &str = "https://a.example.com/2";
const B: &str = "https://b.example.com/";
const C: &str = "https://c.example.com/";

#[test]
fn each_delivery_has_one_fate() {
    let routes = [
        route("stays", place(A, &["x", "y"]), place(A, &["x"])),
        route("moves", place(B, &["z"]), place(C, &["z"])),
        route(
            "renamed",
            place("https://d.example.com/1", &["w"]),
            place("https://d.example.com/2", &["w"]),
        ),
        route("goes", place(A2, &["v"]), None),
    ];
    let found = radius(
        &routes,
        &[
            ("x", A, 1),
            ("y", A, 1),
            ("z", B, 1),
            ("z", B, 2),
            ("w", "https://d.example.com/1", 2),
            ("v", A2, 3),
            ("x", "https://gone.example.com/", 3),
        ],
    );
    assert_eq!(
        found.fates,
        Fates {
            unchanged: 1,
            moved: 1,
            other_host: 2,
            lost: 2,
            elsewhere: 1
        }
    );
    assert_eq!(found.fates.total(), 7);
    let events: Vec<_> = found.events.keys().map(EventType::as_str).collect();
    assert_eq!(events, ["v", "w", "y", "z"]);
}

#[test]
fn who_gets_an_event_type_anew_takes_it_over_from_who_loses_it() {
    let routes = [
        route("old", place(A, &["x"]), None),
        route("new", None, place(A2, &["x"])),
    ];
    let found = radius(&routes, &[("x", A, 1), ("x", A, 1)]);
    assert_eq!(
        (
            found.fates.moved,
            found.fates.lost,
            found.newly,
            found.multiplied
        ),
        (2, 0, 2, 0)
    );
}

#[test]
fn the_busiest_minute_stands_beside_the_busiest_there_was() {
    let routes = [
        route("a", place(A, &["x"]), place(A, &["x", "y"])),
        route("b", place(B, &["y"]), place(B, &["y"])),
        route("c", None, place(C, &["x", "y"])),
    ];
    let found = radius(
        &routes,
        &[
            ("x", A, 1),
            ("x", A, 1),
            ("y", B, 1),
            ("y", B, 2),
            ("y", B, 2),
            ("y", B, 2),
        ],
    );
    let loads: Vec<_> = found
        .loads
        .iter()
        .map(|load| {
            let title = load.titles.first().unwrap().as_str();
            (
                title,
                load.deliveries,
                load.would,
                load.busiest,
                load.would_busiest,
            )
        })
        .collect();
    // `b` bears what it bore.
    assert_eq!(loads, [("a", 2, 6, 2, 3), ("c", 0, 6, 0, 3)]);
    assert_eq!(found.fates.unchanged, 6);
    // Two events of `x` once more, four of `y` twice more.
    assert_eq!((found.multiplied, found.newly), (10, 10));
}

#[test]
fn event_types_that_nothing_names_go_where_all_go() {
    let all = EventType::all();
    let routes = [route(
        "all",
        place(A, &[all.as_str()]),
        place(B, &[all.as_str()]),
    )];
    let found = radius(&routes, &[("x", A, 1), ("y", A, 1)]);
    assert_eq!(found.fates.other_host, 2);
}

fn places() -> impl Strategy<Value = Option<Place>> {
    let at = prop::sample::select(vec![A, A2, B, C]);
    let events = prop::sample::subsequence(vec!["x", "y", "z"], 0..=3);
    prop::option::of((at, events)).prop_map(|found| {
        let (at, events) = found?;
        place(at, &events).filter(|place| !place.events.is_empty())
    })
}

proptest! {
    #[test]
    fn the_fates_are_the_whole(
        routes in prop::collection::vec((places(), places()), 0..6),
        deliveries in prop::collection::vec(
            (
                prop::sample::select(vec!["x", "y", "z", "w"]),
                prop::sample::select(vec![A, A2, B, C]),
                0..5_i64,
            ),
            0..40,
        ),
    ) {
        let routes: Vec<Route> = routes.into_iter().map(|(before, after)| route("it", before, after)).collect();
        let found = radius(&routes, &deliveries);
        prop_assert_eq!(found.fates.total(), deliveries.len() as u64);
        for load in &found.loads {
            prop_assert!(load.busiest <= load.deliveries && load.would_busiest <= load.would);
        }
        // The order in which they come makes no difference.
        let mut other = deliveries.clone();
        other.reverse();
        prop_assert_eq!(&radius(&routes, &other), &found);
    }

    #[test]
    fn a_plan_without_operations_moves_nothing(
        places in prop::collection::vec(places(), 0..6),
        deliveries in prop::collection::vec(
            (prop::sample::select(vec!["x", "y", "z", "w"]), prop::sample::select(vec![A, A2, B, C]), 0..5_i64),
            0..40,
        ),
    ) {
        let routes: Vec<Route> = places.into_iter().map(|one| route("it", one.clone(), one)).collect();
        let found = radius(&routes, &deliveries);
        prop_assert!(found.fates.is_calm());
        prop_assert_eq!((found.multiplied, found.newly), (0, 0));
        prop_assert_eq!(found.loads, Vec::new());
        prop_assert_eq!(found.events, BTreeMap::new());
    }
}
