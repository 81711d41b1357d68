//! What the keeper's journal tells afterwards.

use evergrant_web::api::values::Moment;
use evergrant_web::service::core::Time;
use evergrant_web::service::core::held::{Attempt, Phase};
use evergrant_web::service::core::id::ProcessId;

use super::super::Broken;
use super::super::check::expect;
use super::super::keeper::Keeper;
use super::super::tell::Teller;
use super::NAME;

pub(super) async fn tell(
    keeper: &Keeper,
    cut: (ProcessId, Time),
    teller: &mut Teller,
) -> Result<(), Broken> {
    teller.step(
        "What the journal tells",
        &format!("evergrant connection history {NAME}, and more of the row of the cut refresh:"),
    );
    let history = keeper.run(&["connection", "history", NAME], "").await?;
    teller.printed(&history);
    let rows = keeper.journal(NAME).await?;
    let once = |it: &Attempt| it.sends.len() == 1 && it.phase == Phase::Applied;
    expect(rows.iter().all(once), "each was sent once and applied")?;
    teller.seen(&format!(
        "{} requests to the provider, the code first: each was sent once, each answer was used",
        rows.len()
    ));
    let newest = rows.first();
    let newest = newest.ok_or_else(|| Broken::new("the journal is empty"))?;
    teller.printed(&steps(newest, cut)?);
    teller.seen("sent by one process, applied by another after its end");
    Ok(())
}

/// Who did what when, of a refresh that one process sent and another applied.
fn steps(row: &Attempt, (process, killed_at): (ProcessId, Time)) -> Result<String, Broken> {
    let sent = row.sends.first();
    let received = sent.and_then(|it| it.ended);
    let (Some(sent), Some(received), Some(applied_at)) = (sent, received, row.ended_at) else {
        return Err(Broken::new(
            "the refresh was not sent, answered and applied",
        ));
    };
    let its_own = row.claimed_by == process && sent.process == process;
    expect(its_own, "the process that was killed had sent it")?;
    let in_order = received.at <= killed_at && killed_at <= applied_at;
    expect(in_order, "it was applied after that process was gone")?;
    let status = received.status.unwrap_or_default();
    let steps = [
        (row.claimed_at, format!("claimed   by {process}")),
        (sent.begun_at, "sent      by the same".to_owned()),
        (
            received.at,
            format!("received  by the same, status {status}"),
        ),
        (killed_at, "          that process is killed".to_owned()),
        (
            applied_at,
            "applied   by the one that was started then".to_owned(),
        ),
    ];
    let line = |(at, what): &(Time, String)| format!("{}  {what}", clock(*at));
    Ok(steps.iter().map(line).collect::<Vec<_>>().join("\n"))
}

/// The time of day in UTC, to the millisecond.
fn clock(time: Time) -> String {
    let text = Moment(time).to_string();
    text.get(11..23).unwrap_or(&text).to_owned()
}
