//! The worlds: each a provider, its faults and its bounds. Names as in the study of the protocol.

use super::steps;
use super::world::{Faults, Reuse, TICK, World};
use crate::worlds::is_full;

fn sized(small: u8, full: u8) -> u8 {
    if is_full() { full } else { small }
}

const BROKEN: Faults = World::PLAIN.faults;

/// H1: a strict provider; crashes, stalls, slow answers, a process that never comes back.
pub(crate) fn strict() -> World {
    World {
        name: "H1 strict",
        faults: Faults {
            gone: true,
            ..BROKEN
        },
        most_faults: sized(2, 3),
        asks: 1,
        ..World::PLAIN
    }
}

/// H2: a process sleeps between "sent" and the first byte, and is given up meanwhile.
pub(crate) fn late() -> World {
    World {
        name: "H2 late first byte",
        faults: Faults {
            stall: false,
            late: true,
            lie: true,
            ..BROKEN
        },
        most_faults: sized(2, 3),
        asks: 1,
        ..World::PLAIN
    }
}

/// H3: the store is away, and its answers get lost.
pub(crate) fn outage() -> World {
    World {
        name: "H3 outage",
        faults: Faults {
            outage: true,
            unknown: true,
            ..strict().faults
        },
        asks: 0,
        ..strict()
    }
}

/// H3 with decisions that are made before others write, and written after.
pub(crate) fn overlapping() -> World {
    World {
        name: "H3 overlapping",
        drafts: true,
        removes: true,
        suspends: 1,
        most_faults: sized(1, 2),
        faults: Faults {
            unreachable: true,
            ..BROKEN
        },
        ..World::PLAIN
    }
}

/// H4: reuse is refused, and ends nothing; one may give up a process that lives.
pub(crate) fn soft() -> World {
    World {
        name: "H4 soft",
        reuse: Reuse::Refused,
        faults: Faults {
            lie: true,
            ..outage().faults
        },
        asks: 1,
        most_faults: sized(2, 3),
        ..outage()
    }
}

/// H5: a window of 79 seconds, by clocks that are apart.
pub(crate) fn window() -> World {
    World {
        name: "H5 window",
        reuse: Reuse::Window(79_000),
        stall: TICK,
        strays: true,
        skew: -steps::clocks(),
        faults: Faults {
            reset: true,
            outage: true,
            unclear: true,
            ..BROKEN
        },
        most_faults: sized(2, 3),
        ..World::PLAIN
    }
}

/// H6: a replay makes another successor and ends the first.
pub(crate) fn supersedes() -> World {
    World {
        name: "H6 supersedes",
        reuse: Reuse::Supersedes,
        generations: 3,
        faults: Faults {
            lie: true,
            gone: is_full(),
            unknown: is_full(),
            crash: is_full(),
            ..outage().faults
        },
        asks: 2,
        most_faults: sized(2, 3),
        ..outage()
    }
}

/// H7: people suspend, resume and remove at any time.
pub(crate) fn people() -> World {
    World {
        name: "H7 people",
        suspends: 1,
        removes: true,
        faults: Faults {
            outage: true,
            ..BROKEN
        },
        most_faults: sized(1, 3),
        ..World::PLAIN
    }
}

/// H8: a person consents anew while the old grant's business goes on.
pub(crate) fn reconnected() -> World {
    World {
        name: "H8 reconnected",
        reconnects: true,
        faults: Faults {
            outage: true,
            late: true,
            unclear: true,
            ..BROKEN
        },
        most_faults: sized(1, 2),
        ..World::PLAIN
    }
}

/// H10: the registration is at fault in the middle of it all, and is mended.
pub(crate) fn app_fault() -> World {
    World {
        name: "H10 app at fault",
        faults: Faults {
            not_this_app: true,
            limited: true,
            ..BROKEN
        },
        most_faults: sized(2, 4),
        ..World::PLAIN
    }
}

/// H11: answers that say nothing, and nobody answers.
pub(crate) fn unclear() -> World {
    World {
        name: "H11 unclear",
        faults: Faults {
            unclear: true,
            limited: true,
            unreachable: true,
            ..BROKEN
        },
        most_faults: sized(2, 4),
        ..World::PLAIN
    }
}

/// H12: everything at once, with a strict provider.
pub(crate) fn everything() -> World {
    World {
        name: "H12 everything",
        faults: Faults {
            gone: true,
            outage: true,
            unknown: true,
            unclear: true,
            limited: true,
            not_this_app: true,
            unreachable: true,
            ..BROKEN
        },
        most_faults: sized(2, 3),
        skew: steps::clocks(),
        ..World::PLAIN
    }
}

/// H13: reuse ends more than the family.
pub(crate) fn punitive() -> World {
    World {
        name: "H13 punitive",
        reuse: Reuse::Punished,
        faults: everything().faults,
        most_faults: sized(2, 3),
        asks: 1,
        ..World::PLAIN
    }
}

/// H14: the refresh token is never spent.
pub(crate) fn reusable() -> World {
    World {
        name: "H14 reusable",
        reuse: Reuse::Reusable,
        ..punitive()
    }
}

/// H15: the first tokens come for a code.
pub(crate) fn code() -> World {
    World {
        name: "H15 code",
        code: true,
        generations: sized(1, 2),
        faults: everything().faults,
        removes: true,
        most_faults: sized(2, 3),
        ..World::PLAIN
    }
}

/// H16: the access token ended long ago.
pub(crate) fn long_dead() -> World {
    World {
        name: "H16 long dead",
        end: -700_000,
        most_faults: sized(2, 4),
        ..outage()
    }
}

/// H17: lines break, and what was sent may still arrive.
pub(crate) fn strays() -> World {
    World {
        name: "H17 strays",
        strays: true,
        end: -700_000,
        asks: 1,
        faults: Faults {
            reset: true,
            gone: true,
            ..BROKEN
        },
        most_faults: sized(2, 3),
        ..World::PLAIN
    }
}

/// H18: as H17, where a replay makes another successor.
pub(crate) fn strays_supersede() -> World {
    World {
        name: "H18 strays supersede",
        reuse: Reuse::Supersedes,
        end: 130_000,
        most_faults: sized(2, 3),
        ..strays()
    }
}
