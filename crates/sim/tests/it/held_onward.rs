//! What the law says that a decision leads to is what the store then gives.

use evergrant_service::core::held::habits::Renews;
use evergrant_service::core::held::journal;
use evergrant_service::core::held::judge::{self, Kept};
use evergrant_service::core::held::{
    Habits, Phase, Reading, ReplayPolicy, Situation, TokenResponse, onward,
};
use evergrant_service::core::id::AttemptId;
use evergrant_service::core::{Decision, Span, Time};

use crate::bed::{Bed, contracts};
use crate::held_world::{HeldWorld, answer, secret};
use crate::world::NOW;

contracts! {
    a_decision_leads_to_what_the_store_then_gives,
}

struct Course {
    it: HeldWorld,
    now: Time,
}

impl Course {
    async fn stored(&self, before: &Situation) -> Situation {
        let loaded = self.it.world.store.connection(before.connection.id).await;
        let loaded = loaded.unwrap().unwrap();
        Situation {
            connection: loaded.connection,
            grant: loaded.grant,
            attempt: loaded.attempt,
            habits: before.habits,
        }
    }

    /// Writes a decision that is foreseen, and looks whether it was foreseen right.
    async fn follow<A>(&mut self, before: &Situation, decision: Decision<A>) -> Situation {
        let foreseen = before.after(&decision.changes).unwrap();
        self.it.commit(decision.changes).await.unwrap();
        assert_eq!(self.stored(before).await, foreseen);
        self.now = self.now.plus(Span::from_seconds(1));
        foreseen
    }
}

async fn a_decision_leads_to_what_the_store_then_gives(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let (connection, grant) = it.made("onward").await;
    let (me, id) = (it.process(), AttemptId::new(NOW, it.world.chance()));
    let mut course = Course { it, now: NOW };
    let start = Situation {
        connection,
        grant,
        attempt: None,
        habits: Habits {
            replay: ReplayPolicy::Reusable,
            renews: Renews::ByRefreshToken,
            assumed_lifetime: Habits::LIFETIME,
            idle_limit: None,
            request: Span::from_seconds(20),
        },
    };
    let claimed = course
        .follow(&start, journal::claim(&start, me, id, NOW))
        .await;
    let attempt = claimed.attempt.clone().unwrap();
    let decision = journal::send(&claimed, &attempt, me, course.now);
    let sent = course.follow(&claimed, decision).await;
    // Nobody answers: the attempt stays open, and waits.
    let attempt = sent.attempt.clone().unwrap();
    let decision = journal::silent(&sent, &attempt, 0, "it was cut", course.now);
    let silent = course.follow(&sent, decision).await;
    assert_eq!(silent.connection.standing.failures, 1);
    let attempt = silent.attempt.clone().unwrap();
    let decision = journal::send(&silent, &attempt, me, course.now);
    let again = course.follow(&silent, decision).await;
    let attempt = again.attempt.clone().unwrap();
    let decision = journal::received(&attempt, 1, answer(b"{}"), course.now);
    let received = course.follow(&again, decision).await;
    let attempt = received.attempt.clone().unwrap();
    assert_eq!(attempt.phase, Phase::Received);
    // What changes the tokens is for the store to tell; when to look next is part of it.
    let came = Reading::Tokens(Box::new(TokenResponse {
        access_token: secret("hush-next"),
        refresh_token: None,
        expires_in: Some(Span::from_seconds(3600)),
        refresh_expires_in: None,
        scope: None,
        subject: None,
    }));
    let judged = judge::judge(
        &received,
        (&attempt, 1),
        &came,
        &Kept::default(),
        course.now,
    );
    assert_eq!(received.after(&judged.changes), None);
    assert!(onward::rests(&judged.changes, course.now));
    course.it.commit(judged.changes).await.unwrap();
    let stored = course.stored(&received).await;
    assert_eq!((stored.grant.generation, stored.attempt), (2, None));
    assert!(
        stored
            .connection
            .standing
            .due_at
            .is_none_or(|it| it > course.now)
    );
}
