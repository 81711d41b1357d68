//! Connections that are open already and send in the same moment.

use std::sync::Arc;
use std::time::Duration;

use evergrant_sim::actor::{Answer, App};
use evergrant_sim::http::{Connection, OwnedResponse};
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Long enough for a loaded machine; an answer that never comes is a failure all the same.
const PATIENCE: Duration = Duration::from_secs(30);

/// Many holders of the same token.
pub(crate) struct Crowd {
    app: App,
    connections: Vec<Connection>,
}

impl Crowd {
    /// Opens the connections, and uses each once, so that the server has taken them all.
    pub(crate) async fn gather(app: &App, count: usize) -> Self {
        let mut connections = Vec::with_capacity(count);
        for _ in 0..count {
            connections.push(Connection::open(app.site().address()).await.unwrap());
        }
        let mut crowd = Self {
            app: app.clone(),
            connections,
        };
        for answer in crowd.present("none").await {
            assert_eq!(answer.status, 400);
        }
        crowd
    }

    /// All present the token at once, and none sends a second request before all have an answer.
    pub(crate) async fn present(&mut self, token: &str) -> Vec<Answer> {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        let request = self.app.request("/oauth2/token", &fields);
        let request: Arc<[u8]> = request.encode(self.app.site().host()).into();
        let start = Arc::new(Barrier::new(self.connections.len()));
        let mut asking = JoinSet::new();
        for mut connection in self.connections.drain(..) {
            let (request, start) = (Arc::clone(&request), Arc::clone(&start));
            asking.spawn(async move {
                start.wait().await;
                let exchange = timeout(PATIENCE, connection.exchange(&request));
                let answer = OwnedResponse::from(&exchange.await.unwrap().unwrap());
                (connection, answer)
            });
        }
        let mut answers = Vec::with_capacity(asking.len());
        while let Some(asked) = asking.join_next().await {
            let (connection, answer) = asked.unwrap();
            self.connections.push(connection);
            answers.push(Answer::from(&answer));
        }
        answers
    }
}
