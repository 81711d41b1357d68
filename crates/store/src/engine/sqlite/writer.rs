//! The one writer: a thread that commits whatever is queued as one group.
//!
//! A commit costs one sync of the disk, whoever is in it. While one group is being synced the next
//! one gathers, so under load the cost is shared and without load nobody waits for company.

use std::future::Future;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use rusqlite::{Connection, ErrorCode, TransactionBehavior};
use tokio::sync::oneshot;

use crate::engine::sqlite::connection::bind;
use crate::engine::{CommitError, Expect, Outage, Statement};

/// Most commits in one group: it bounds how long the first waits for the last.
const GROUP: usize = 256;

pub(super) enum Work {
    Commit(Vec<Statement>),
    Script(String),
}

struct Job {
    work: Work,
    reply: oneshot::Sender<Result<(), CommitError>>,
}

pub(super) struct Writer {
    queue: Option<Sender<Job>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> Result<Self, Outage> {
        let (queue, jobs) = channel();
        let thread = thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || run(connection, &jobs))
            .map_err(|error| Outage::new(&error))?;
        Ok(Self {
            queue: Some(queue),
            thread: Some(thread),
        })
    }

    /// Queues the work at once, so that it is done even if nobody waits for the answer.
    pub(super) fn submit(
        &self,
        work: Work,
    ) -> impl Future<Output = Result<(), CommitError>> + Send + use<> {
        let (reply, answer) = oneshot::channel();
        let sent = match &self.queue {
            Some(queue) => queue.send(Job { work, reply }).is_ok(),
            None => false,
        };
        async move {
            if !sent {
                return Err(Outage("the writer has stopped".into()).into());
            }
            answer
                .await
                .unwrap_or_else(|_| Err(CommitError::Unknown("the writer died".into())))
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // What was queued is finished before the file is closed.
            drop(thread.join());
        }
    }
}

fn run(mut connection: Connection, jobs: &Receiver<Job>) {
    let mut group = Vec::with_capacity(GROUP);
    while let Ok(first) = jobs.recv() {
        group.push(first);
        while group.len() < GROUP {
            let Ok(next) = jobs.try_recv() else { break };
            group.push(next);
        }
        commit_group(&mut connection, &mut group);
    }
    // Leaves one file behind instead of three.
    drop(connection.pragma_update(None, "wal_checkpoint", "truncate"));
}

fn commit_group(connection: &mut Connection, group: &mut Vec<Job>) {
    let outcome = attempt(connection, group.iter().map(|job| &job.work));
    match outcome {
        Ok(answers) => {
            for (job, answer) in group.drain(..).zip(answers) {
                drop(job.reply.send(answer));
            }
        }
        Err(error) => {
            tracing::error!(%error, commits = group.len(), "the embedded store failed to commit");
            for job in group.drain(..) {
                drop(job.reply.send(Err(error.clone())));
            }
        }
    }
}

/// Runs the group. The outer error is everybody's; the inner answers are each one's own.
pub(super) fn attempt<'a>(
    connection: &mut Connection,
    group: impl Iterator<Item = &'a Work>,
) -> Result<Vec<Result<(), CommitError>>, CommitError> {
    let outage = |error: rusqlite::Error| CommitError::Outage(Outage::new(&error));
    let mut transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(outage)?;
    let mut answers = Vec::new();
    for work in group {
        let answer = match work {
            Work::Commit(statements) if statements.len() == 1 => statements
                .iter()
                .try_for_each(|statement| execute(&transaction, statement)),
            Work::Commit(statements) => {
                let savepoint = transaction.savepoint().map_err(outage)?;
                let done = statements.iter().try_for_each(|it| execute(&savepoint, it));
                // A savepoint that is dropped is rolled back.
                if done.is_ok() {
                    savepoint.commit().map_err(Failed::from)
                } else {
                    done
                }
            }
            Work::Script(script) => {
                let savepoint = transaction.savepoint().map_err(outage)?;
                let done = savepoint.execute_batch(script).map_err(Failed::from);
                if done.is_ok() {
                    savepoint.commit().map_err(Failed::from)
                } else {
                    done
                }
            }
        };
        answers.push(match answer {
            Ok(()) => Ok(()),
            Err(Failed::Guard) => Err(CommitError::Conflict),
            Err(Failed::Database(error)) if is_statement_error(&error) => {
                Err(if is_conflict(&error) {
                    CommitError::Conflict
                } else {
                    outage(error)
                })
            }
            Err(Failed::Database(error)) => return Err(outage(error)),
        });
    }
    transaction
        .commit()
        .map_err(|error| CommitError::Unknown(error.to_string()))?;
    Ok(answers)
}

enum Failed {
    Guard,
    Database(rusqlite::Error),
}

impl From<rusqlite::Error> for Failed {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

fn execute(connection: &Connection, statement: &Statement) -> Result<(), Failed> {
    let mut prepared = connection.prepare_cached(statement.text)?;
    bind(&mut prepared, &statement.values)?;
    let changed = prepared.raw_execute()?;
    if changed == 0 && statement.expect == Expect::Changed {
        return Err(Failed::Guard);
    }
    Ok(())
}

/// Whether only this statement failed, so that the others of its group may go on.
fn is_statement_error(error: &rusqlite::Error) -> bool {
    match error.sqlite_error_code() {
        Some(code) => matches!(
            code,
            ErrorCode::ConstraintViolation
                | ErrorCode::TypeMismatch
                | ErrorCode::TooBig
                | ErrorCode::Unknown
        ),
        None => true,
    }
}

fn is_conflict(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
}
