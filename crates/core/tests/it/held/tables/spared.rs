//! Whom a revocation may hit beside the grant that is to be ended.

use evergrant_core::held::provider::RevocationEnds;

#[test]
fn by_what_is_written_down_and_whose_account_it_is() {
    let (hers, nobody_knows, anothers) = (Some(true), None, Some(false));
    for (ends, line) in [
        (RevocationEnds::Family, [false, false, false]),
        (RevocationEnds::UserAndClient, [true, true, false]),
        (RevocationEnds::Unknown, [true, false, false]),
    ] {
        for (account, expected) in [hers, nobody_knows, anothers].into_iter().zip(line) {
            assert_eq!(ends.may_hit(account), expected, "{ends:?} {account:?}");
        }
    }
}
