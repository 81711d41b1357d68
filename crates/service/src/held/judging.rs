//! Judging an answer, from the journal: what it means for its connection, and why.

use evergrant_core::Secret;
use evergrant_core::held::attempt::Attempt;
use evergrant_core::held::{Account, Kept, Reading, absorb, judge, onward, step};
use evergrant_core::id::AttemptId;

use super::situation::{Scene, Written};
use super::why;
use crate::settle::TRIES;
use crate::{Failure, Service};

/// What is left to do after a judgement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Judged {
    /// Nothing before the connection's next date.
    Rests,
    /// Whatever the journal says now.
    Open,
}

impl Service {
    /// Judges the answer to a send that lies in the journal; of an attempt that need not be the one
    /// which binds the scene's generation.
    pub(crate) async fn judge(
        &self,
        scene: &Scene,
        attempt: &Attempt,
        send: usize,
    ) -> Result<Judged, Failure> {
        let Some(answer) = self.store.answer(attempt.id, send).await? else {
            let now = self.store.attempt(attempt.id).await?;
            if now.is_some_and(|it| it.unjudged() == Some(send)) {
                return Err(evergrant_store::Outage("an answer is missing".into()).into());
            }
            // Another process was faster.
            return Ok(Judged::Open);
        };
        let Some(kept) = self.store.kept(&scene.it.grant).await? else {
            return Ok(Judged::Open);
        };
        let now = self.world.now();
        let replayed = step::replayed(&scene.it, attempt, send, now);
        let mut reading = absorb::absorb(&answer, &scene.provider, now, replayed);
        let mut unknown = None;
        if !matches!(reading, Reading::Tokens(_)) {
            let sent = self.sent(scene, &kept).await?;
            reading = reading.hiding(&sent);
            self.enlighten(&mut reading, scene, (attempt, send), &answer)
                .await;
            unknown = why::unmatched(&reading, scene, &answer, (&sent, now));
        }
        let mut decision = judge::judge(&scene.it, (attempt, send), &reading, &kept, now);
        decision.changes.extend(unknown);
        let rests = onward::rests(&decision.changes, now);
        let (written, verdict) = self.put(scene.team(), decision).await?;
        if written != Written::Done {
            return Ok(Judged::Open);
        }
        let integration = scene.integration.id;
        self.held
            .gates
            .heard(integration, verdict, self.world.uptime());
        tracing::info!(
            connection = %scene.it.connection.id,
            generation = attempt.generation,
            status = answer.status,
            outcome = ?verdict,
            "an answer was judged"
        );
        self.held.wake.notify_one();
        if let Reading::Tokens(came) = &reading
            && let Some(id) = &came.subject
        {
            let account = Account {
                id: id.clone(),
                label: None,
            };
            self.bind(scene.it.connection.id, account).await?;
        }
        Ok(if rests { Judged::Rests } else { Judged::Open })
    }

    /// Judges every answer of an attempt that waits.
    pub(crate) async fn judge_all(&self, attempt: AttemptId) -> Result<(), Failure> {
        for _ in 0..TRIES {
            let Some(found) = self.store.attempt(attempt).await? else {
                return Ok(());
            };
            let Some(send) = found.unjudged() else {
                return Ok(());
            };
            let Some(scene) = self.scene_of(&found).await? else {
                return Ok(());
            };
            self.judge(&scene, &found, send).await?;
        }
        Ok(())
    }

    /// Everything secret that a request may have held, and that its answer may repeat.
    async fn sent(&self, scene: &Scene, kept: &Kept) -> Result<Vec<Secret>, Failure> {
        let mut sent = Vec::new();
        for tokens in [Some(&kept.tokens), kept.runner_up.as_ref()]
            .into_iter()
            .flatten()
        {
            sent.extend(tokens.access.clone());
            sent.extend(tokens.refresh.clone());
        }
        let integration = scene.integration.id;
        sent.extend(self.store.integration_secret(integration).await?);
        if scene.it.grant.generation == 0
            && let Some((_, secrets)) = self.store.consent_of(scene.it.connection.id).await?
        {
            sent.extend(secrets.code);
            sent.extend(secrets.verifier);
        }
        Ok(sent)
    }
}
