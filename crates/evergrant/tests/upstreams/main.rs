//! The keeper against authorization servers that we did not write: every server, every fault of
//! the network before it, and a death of the process at every step of a refresh.
//!
//! Here our own functions are called, for a real clock can't be moved: the service over a real
//! store, spool and line to providers, on a clock that jumps to what is due. A process is a runtime
//! of its own, and dies by being dropped.
//!
//! `EVERGRANT_MATRIX=full` adds every fault twice in a row and two deaths in a row: some minutes.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that meets nonsense shall stop at once, and the counts are its report"
)]

mod bed;
mod case;
mod causes;
mod clock;
mod end;
mod furnish;
mod matrix;
mod process;
mod record;

use evergrant_sim::proxy::Fault;
use evergrant_sim::upstream::Kind;
use evergrant_web::service::core::held::ReplayPolicy;

use case::Case;
use process::Step;

#[test]
fn at_oidc_provider_no_fault_and_no_crash_burns_a_token() {
    matrix::run(Kind::OidcProvider);
}

#[test]
fn at_oauth_toolkit_without_grace_no_fault_and_no_crash_burns_a_token() {
    matrix::run(Kind::OauthToolkit { grace: 0 });
}

#[test]
fn at_oauth_toolkit_with_grace_no_fault_and_no_crash_burns_a_token() {
    matrix::run(Kind::OauthToolkit { grace: 120 });
}

#[test]
fn at_glewlwyd_no_fault_and_no_crash_burns_a_token() {
    matrix::run(Kind::Glewlwyd);
}

/// The judge is worth something: a keeper that is told too much about a server is caught.
#[test]
fn a_keeper_that_sends_a_one_time_token_again_at_once_is_caught() {
    let Some(upstream) = matrix::server(Kind::OidcProvider) else {
        return;
    };
    for (fault, fates) in [
        (Fault::DropRequest, &[][..]),
        (Fault::DropAnswer, &[]),
        (Fault::Html502, &[]),
        (Fault::Pass, &[Step::Left]),
    ] {
        let told = ReplayPolicy::Reusable;
        let case = Case {
            told,
            ..Case::plain(Kind::OidcProvider, fault, fates)
        };
        let (judged, ..) = matrix::judged(&upstream, &case);
        let why = judged.unwrap_err();
        assert!(why.contains("there was nothing left to lose"), "{why}");
    }
}
