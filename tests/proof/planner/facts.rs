//! What the planner goes by of a provider, as small numbers: every combination is a provider of its own.

use std::sync::LazyLock;

use hookwright_proof::model::{
    Catalogue, EnvType, KeyScope, PlanningFacts, ProviderProfile, Rotation, SignatureScheme,
    SigningSecret, UrlRule, Wildcard,
};

/// The bit of the event types that nobody names: what has it has all.
pub(super) const REST: u8 = 1 << 7;
/// The event type that "all" does not stand for, where there is one.
const EXCEPT: u8 = 2;
/// A number of webhooks at most is one below this; 0 is none.
const MOSTS: u8 = 8;

/// The facts of a provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    /// Whether several webhooks may be at one URL.
    pub(super) shared: bool,
    /// Whether each webhook has a key of its own.
    pub(super) keys: bool,
    /// How many webhooks there may be; 0: any number.
    pub(super) most: u8,
    /// Whether none can be created disabled.
    pub(super) enabled_first: bool,
    pub(super) all: All,
}

/// Whether a webhook can ask for all event types at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum All {
    #[default]
    None,
    /// It can.
    Whole,
    /// It can, and one type is not among them.
    Except,
}

impl Facts {
    fn number(self) -> usize {
        let all = match self.all {
            All::None => 0,
            All::Whole => 1,
            All::Except => 2,
        };
        let flags = usize::from(self.shared) * 4
            + usize::from(self.keys) * 2
            + usize::from(self.enabled_first);
        (usize::from(self.most) * 3 + all) * 8 + flags
    }

    /// All of them whose number at most is one of these.
    pub(super) fn every(mosts: &[u8]) -> Vec<Self> {
        let mut every = Vec::new();
        for most in mosts.iter().copied() {
            for all in [All::None, All::Whole, All::Except] {
                for flags in 0..8 {
                    every.push(Self {
                        shared: flags & 4 != 0,
                        keys: flags & 2 != 0,
                        most,
                        enabled_first: flags & 1 != 0,
                        all,
                    });
                }
            }
        }
        every
    }

    /// The profile of the provider.
    pub(super) fn profile(self) -> &'static ProviderProfile {
        &PROFILES[self.number()]
    }

    /// The event types that "all" stands for; none where there is no such thing.
    pub(super) fn all_bits(self) -> u8 {
        match self.all {
            All::None => 0,
            All::Whole => 0xff,
            All::Except => !(1 << EXCEPT),
        }
    }

    /// Whether a webhook can ask for these event types: for names, or for all.
    pub(super) fn can_ask_for(self, events: u8) -> bool {
        self.all == All::None || events & REST == 0 || events == self.all_bits()
    }
}

static PROFILES: LazyLock<Vec<ProviderProfile>> = LazyLock::new(|| {
    let mosts: Vec<u8> = (0..MOSTS).collect();
    let mut every = Facts::every(&mosts);
    every.sort_by_key(|facts| facts.number());
    every.into_iter().map(profile).collect()
});

/// A provider whose webhooks can be disabled, and have a field that only a create can set. The planner looks at
/// nothing else of it than the facts.
fn profile(facts: Facts) -> ProviderProfile {
    let most = (facts.most > 0).then_some(u32::from(facts.most));
    ProviderProfile {
        id: "proof",
        title: "Proof",
        about: "a provider for proofs.",
        base_url: "https://api.example.com/v1/",
        regions: &[],
        env_types: &[(EnvType::Sandbox, "sandbox")],
        credentials: &[],
        secret_prefixes: &[],
        catalogue: Catalogue::Provider,
        event_types: &[],
        has_enabled: true,
        requires_env_type: false,
        has_history: true,
        replays: None,
        signature: SignatureScheme::HexDigest {
            header: "X-Signature",
            prefix: "",
        },
        signing_secret: SigningSecret::Credentials,
        chosen_secret: None,
        rotation: Rotation::ByHand { how: "" },
        user_agent: "Proof",
        sample: |_, _, _| serde_json::Value::Null,
        requests_per_minute: 300,
        planning: PlanningFacts {
            url: match facts.shared {
                false => UrlRule::Unique,
                true => UrlRule::Shared,
            },
            key: match facts.keys {
                false => KeyScope::Account,
                true => KeyScope::Endpoint,
            },
            most,
            created_disabled: !facts.enabled_first,
            wildcard: match facts.all {
                All::None => Wildcard::None,
                All::Whole => Wildcard::All { except: &[] },
                All::Except => Wildcard::All { except: &["e2"] },
            },
            create_only: &["version"],
            disables: false,
        },
    }
}
