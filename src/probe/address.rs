//! Which addresses may be connected to.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// What an address is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressKind {
    /// The internet.
    Public,
    /// A private network (RFC 1918, RFC 4193) or a carrier's (RFC 6598).
    Private,
    /// This machine.
    Loopback,
    /// Nothing an event can be sent to: link-local addresses, with the metadata services of clouds,
    /// multicast, reserved and documentation ranges.
    Special,
}

impl AddressKind {
    /// The kind of an address. An IPv4 address within an IPv6 one counts as itself.
    ///
    /// Sources: the IANA registries of special-purpose addresses.
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => v4(address),
            IpAddr::V6(address) => embedded(address).map_or_else(|| v6(address), v4),
        }
    }
}

impl fmt::Display for AddressKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "public",
            Self::Private => "private",
            Self::Loopback => "loopback",
            Self::Special => "special-purpose",
        })
    }
}

fn v4(address: Ipv4Addr) -> AddressKind {
    let [a, b, c, _] = address.octets();
    match (a, b, c) {
        (127, _, _) => AddressKind::Loopback,
        (10, _, _) | (172, 16..=31, _) | (192, 168, _) | (100, 64..=127, _) => AddressKind::Private,
        // This network, link-local, protocol assignments, documentation, benchmarking, 6to4 relays,
        // multicast and reserved.
        (0 | 224..=255, _, _)
        | (169, 254, _)
        | (192, 0, 0 | 2)
        | (192, 88, 99)
        | (198, 18..=19, _)
        | (198, 51, 100)
        | (203, 0, 113) => AddressKind::Special,
        _ => AddressKind::Public,
    }
}

fn v6(address: Ipv6Addr) -> AddressKind {
    if address.is_loopback() {
        return AddressKind::Loopback;
    }
    match address.segments() {
        // The metadata service of a cloud, among private addresses.
        [0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254] => AddressKind::Special,
        [0xfc00..=0xfdff, ..] => AddressKind::Private,
        // Outside of global unicast; Teredo and other protocol assignments, documentation.
        [0..=0x1fff | 0x4000..=0xffff, ..]
        | [0x2001, 0..=0x01ff | 0x0db8, ..]
        | [0x3fff, 0..=0x0fff, ..] => AddressKind::Special,
        _ => AddressKind::Public,
    }
}

/// The IPv4 address that an IPv6 one leads to: mapped, NAT64 or 6to4.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let join = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            Some(join(high, low))
        }
        [0x2002, high, low, ..] => Some(join(high, low)),
        _ => None,
    }
}

/// Where events may be sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// To this machine only.
    Loopback,
    /// To this machine and private networks.
    Local,
    /// To the internet only.
    #[default]
    Public,
    /// To all of these.
    Any,
}

impl Reach {
    /// Whether it has addresses of this kind; none has special-purpose ones.
    pub fn has(self, kind: AddressKind) -> bool {
        match kind {
            AddressKind::Public => matches!(self, Self::Public | Self::Any),
            AddressKind::Private => matches!(self, Self::Local | Self::Any),
            AddressKind::Loopback => self != Self::Public,
            AddressKind::Special => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_what_the_registries_say() {
        for (kind, addresses) in [
            (
                AddressKind::Public,
                "1.1.1.1 34.212.57.93 172.15.0.1 172.32.0.1 100.63.0.1 100.128.0.1 192.1.0.1 \
                 2606:4700::1111 2a00:1450:4001::1 64:ff9b::1.1.1.1 ::ffff:8.8.8.8",
            ),
            (
                AddressKind::Private,
                "10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1 fd00::1 fc00::1 \
                 ::ffff:10.0.0.1 64:ff9b::192.168.0.1 2002:0a00:0001::1",
            ),
            (
                AddressKind::Loopback,
                "127.0.0.1 127.255.0.9 ::1 ::ffff:127.0.0.1 64:ff9b::7f00:1 2002:7f00:1::",
            ),
            (
                AddressKind::Special,
                "0.0.0.0 0.1.2.3 169.254.169.254 192.0.0.1 192.0.2.1 198.18.0.1 198.51.100.7 \
                 203.0.113.9 224.0.0.1 240.0.0.1 255.255.255.255 :: ::7f00:1 fe80::1 fec0::1 ff02::1 \
                 100::1 2001::1 2001:db8::1 ::ffff:169.254.169.254 64:ff9b:1::1 fd00:ec2::254",
            ),
        ] {
            for text in addresses.split_whitespace() {
                assert_eq!(AddressKind::of(text.parse().unwrap()), kind, "{text}");
            }
        }
    }

    #[test]
    fn reach_never_has_special_addresses() {
        for reach in [Reach::Loopback, Reach::Local, Reach::Public, Reach::Any] {
            assert!(!reach.has(AddressKind::Special), "{reach:?}");
        }
        assert!(!Reach::Public.has(AddressKind::Loopback));
        assert!(!Reach::Public.has(AddressKind::Private));
        assert!(!Reach::Loopback.has(AddressKind::Private));
        assert!(!Reach::Local.has(AddressKind::Public));
    }
}
