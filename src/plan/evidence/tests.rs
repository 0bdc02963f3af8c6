use super::*;
use crate::{
    model::{EndpointUrl, LiveWebhook, MaskedText, WebhookId, WebhookName},
    plan::{PairedBy, Reason, RefusalCode},
};

fn webhook(path: &str) -> LiveWebhook {
    LiveWebhook {
        id: WebhookId::new(path),
        name: WebhookName::from_live(MaskedText::plain(path)),
        url: EndpointUrl::from_live(MaskedText::plain(format!("https://h.example/{path}"))),
        events: None,
        mark: None,
        is_secret_lost: false,
        rotated: None,
        create_only: BTreeMap::new(),
        env_type: None,
        enabled: Some(true),
        created_at: None,
        updated_at: None,
        unreadable: Vec::new(),
        other: BTreeMap::new(),
    }
}

fn delete(path: &str) -> Operation {
    let before = webhook(path);
    Operation {
        key: None,
        reason: Reason::Removed,
        kind: OperationKind::Delete { before },
        notes: Vec::new(),
    }
}

fn enabled(path: &str, after: bool) -> Operation {
    Operation {
        key: None,
        reason: Reason::Differs,
        kind: OperationKind::Update {
            before: webhook(path),
            paired_by: PairedBy::Url,
            changes: vec![Change::Enabled {
                before: !after,
                after,
            }],
        },
        notes: Vec::new(),
    }
}

fn read(last: &[(&str, Duration)]) -> Evidence {
    let carried = last.iter().map(|(path, last)| {
        let carried = Carried {
            deliveries: 1,
            last: Some(*last),
            ..Carried::default()
        };
        (webhook(path).url, carried)
    });
    Evidence::Read {
        window: None,
        carried: carried.collect(),
    }
}

fn codes(operations: Vec<Operation>, evidence: &Evidence, yes: bool) -> Vec<RefusalCode> {
    let plan = EnvironmentPlan {
        operations,
        ..EnvironmentPlan::default()
    };
    let options = Options {
        allow_live_traffic: yes,
        ..Options::default()
    };
    let refusals = check_traffic(&plan, evidence, &options);
    refusals.iter().map(Refusal::code).collect()
}

#[test]
fn what_had_deliveries_in_the_last_day_is_not_ended() {
    let second = Duration::from_secs(1);
    let most = LIVE + MARGIN;
    let evidence = read(&[("now", second), ("day", most), ("older", most + second)]);
    let live = [RefusalCode::LiveTraffic];
    assert_eq!(codes(vec![delete("now")], &evidence, false), live);
    assert_eq!(codes(vec![delete("day")], &evidence, false), live);
    assert_eq!(codes(vec![enabled("now", false)], &evidence, false), live);
    for harmless in [delete("older"), delete("silent"), enabled("now", true)] {
        assert_eq!(codes(vec![harmless], &evidence, false), []);
    }
    assert_eq!(codes(vec![delete("now")], &evidence, true), []);
}

#[test]
fn what_nothing_is_known_of_is_not_ended_either() {
    let both = vec![delete("a"), enabled("b", false)];
    let unread = Evidence::Unread("no answer".to_owned());
    let absent = Evidence::NoHistory("it has none".to_owned());
    for unknown in [unread, absent] {
        assert_eq!(
            codes(both.clone(), &unknown, false),
            [RefusalCode::TrafficUnknown]
        );
        assert_eq!(codes(vec![enabled("a", true)], &unknown, false), []);
        assert_eq!(codes(both.clone(), &unknown, true), []);
    }
}
