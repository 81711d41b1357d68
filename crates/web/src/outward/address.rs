//! Which addresses are public: reachable from everywhere, and so not a way into a house.
//!
//! From IANA's special-purpose registries (RFC 6890) and its list of global unicast blocks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Blocks of IPv4 that are not public: first address and length of the prefix.
const NOT_PUBLIC: [(Ipv4Addr, u32); 16] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),        // this network, unspecified
    (Ipv4Addr::new(10, 0, 0, 0), 8),       // private (RFC 1918)
    (Ipv4Addr::new(100, 64, 0, 0), 10),    // shared by a carrier's customers (RFC 6598)
    (Ipv4Addr::new(127, 0, 0, 0), 8),      // loopback
    (Ipv4Addr::new(168, 63, 129, 16), 32), // Azure's host, seen from inside its machines
    (Ipv4Addr::new(169, 254, 0, 0), 16),   // link-local, and the metadata of most clouds
    (Ipv4Addr::new(172, 16, 0, 0), 12),    // private (RFC 1918)
    (Ipv4Addr::new(192, 0, 0, 0), 24),     // protocol assignments, Oracle's metadata
    (Ipv4Addr::new(192, 0, 2, 0), 24),     // documentation (RFC 5737)
    (Ipv4Addr::new(192, 88, 99, 0), 24),   // relays of 6to4 (RFC 7526)
    (Ipv4Addr::new(192, 168, 0, 0), 16),   // private (RFC 1918)
    (Ipv4Addr::new(198, 18, 0, 0), 15),    // benchmarking (RFC 2544)
    (Ipv4Addr::new(198, 51, 100, 0), 24),  // documentation (RFC 5737)
    (Ipv4Addr::new(203, 0, 113, 0), 24),   // documentation (RFC 5737)
    (Ipv4Addr::new(224, 0, 0, 0), 4),      // multicast
    (Ipv4Addr::new(240, 0, 0, 0), 4),      // reserved, broadcast
];

/// All of IPv6 that is given out for use in the open.
const GLOBAL: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Blocks inside it that are not public after all.
const NOT_GLOBAL: [(Ipv6Addr, u32); 4] = [
    // Protocol assignments: Teredo, benchmarking, ORCHID (RFC 2928).
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    // Documentation (RFC 3849, RFC 9637).
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
    // 6to4, which leads to any IPv4 address, and to nobody who would serve us (RFC 7526).
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
];

/// Blocks whose last 32 bits are an IPv4 address that is meant instead.
const STANDS_FOR_V4: [(Ipv6Addr, u32); 2] = [
    // IPv4-mapped (RFC 4291 section 2.5.5.2).
    (Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96),
    // NAT64 (RFC 6052): how networks without IPv4 reach a provider that has nothing else.
    (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96),
];

/// Whether an address is one that everybody reaches, and not one of a host, a house or a cloud.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !NOT_PUBLIC.iter().any(|block| holds_v4(*block, address)),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if STANDS_FOR_V4.iter().any(|block| holds_v6(*block, address)) {
        let low = u32::try_from(address.to_bits() & u128::from(u32::MAX));
        return low.is_ok_and(|bits| is_public(Ipv4Addr::from_bits(bits).into()));
    }
    holds_v6(GLOBAL, address) && !NOT_GLOBAL.iter().any(|block| holds_v6(*block, address))
}

fn holds_v4((first, length): (Ipv4Addr, u32), address: Ipv4Addr) -> bool {
    (first.to_bits() ^ address.to_bits()).leading_zeros() >= length
}

fn holds_v6((first, length): (Ipv6Addr, u32), address: Ipv6Addr) -> bool {
    (first.to_bits() ^ address.to_bits()).leading_zeros() >= length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn each(addresses: &[&str], public: bool) {
        for text in addresses {
            assert_eq!(is_public(text.parse().unwrap()), public, "{text}");
        }
    }

    #[test]
    fn addresses_of_the_open_internet_are_public() {
        let v4 = [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "168.63.129.15",
            "168.63.129.17",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "191.255.255.255",
            "192.0.1.0",
            "192.0.3.0",
            "192.88.98.255",
            "192.88.100.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "198.51.99.255",
            "198.51.101.0",
            "203.0.112.255",
            "203.0.114.0",
            "223.255.255.255",
        ];
        let v6 = [
            "2000::1",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2606:4700::1111",
            "2a00:1450::1",
            "2001:db7:ffff::1",
            "2001:db9::1",
            "2003::1",
            "3ffe::1",
            "3fff:1000::1",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
        ];
        each(&v4, true);
        each(&v6, true);
    }

    #[test]
    fn both_ends_of_every_special_block_of_ipv4_are_not_public() {
        let ends = [
            "0.0.0.0",
            "0.255.255.255",
            "10.0.0.0",
            "10.255.255.255",
            "100.64.0.0",
            "100.100.100.200",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.255",
            "168.63.129.16",
            "169.254.0.0",
            "169.254.169.254",
            "169.254.255.255",
            "172.16.0.0",
            "172.31.255.255",
            "192.0.0.0",
            "192.0.0.192",
            "192.0.0.255",
            "192.0.2.0",
            "192.0.2.255",
            "192.88.99.1",
            "192.168.0.0",
            "192.168.255.255",
            "198.18.0.0",
            "198.19.255.255",
            "198.51.100.0",
            "198.51.100.255",
            "203.0.113.0",
            "203.0.113.255",
            "224.0.0.0",
            "239.255.255.255",
            "240.0.0.0",
            "255.255.255.254",
            "255.255.255.255",
        ];
        each(&ends, false);
    }

    #[test]
    fn nor_are_addresses_of_ipv6_that_stay_inside() {
        let inside = [
            "::",
            "::1",
            "100::1",
            "100:0:0:1::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fd20:ce::254",
            "fdff::1",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff00::1",
            "ff02::1",
            "ffff::1",
            "1fff::1",
            "4000::1",
            "2001:db8::1",
            "2001:db8:ffff::1",
            "3fff::1",
            "3fff:fff::1",
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "2001:1ff::1",
        ];
        each(&inside, false);
    }

    #[test]
    fn an_ipv4_address_can_not_hide_in_one_of_ipv6() {
        for v4 in [
            "127.0.0.1",
            "10.1.2.3",
            "169.254.169.254",
            "192.168.1.1",
            "0.0.0.0",
        ] {
            for prefix in ["::ffff:", "::", "::ffff:0:", "64:ff9b::", "64:ff9b:1::"] {
                each(&[&format!("{prefix}{v4}")], false);
            }
            let bits = v4.parse::<Ipv4Addr>().unwrap().to_bits();
            let (high, low) = (bits >> 16, bits & 0xffff);
            let (masked_high, masked_low) = (high ^ 0xffff, low ^ 0xffff);
            each(&[&format!("2002:{high:x}:{low:x}::1")], false);
            each(
                &[&format!(
                    "2001:0:808:808:0:0:{masked_high:x}:{masked_low:x}"
                )],
                false,
            );
            each(&[&format!("2001:0:{high:x}:{low:x}:0:0:f7f7:f7f7")], false);
        }
        each(&["::8.8.8.8", "64:ff9b:1::808:808"], false);
    }
}
