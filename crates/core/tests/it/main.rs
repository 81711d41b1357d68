//! The law of issued grants, put to the test: tables that read like a specification, random
//! sequences of steps against a plain reference, small worlds explored completely, and proofs that
//! each rule is needed.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may panic"
)]
#![expect(clippy::print_stdout, reason = "state counts, for --nocapture")]

mod held;
mod make;
mod properties;
mod red;
mod tables;
mod worlds;
