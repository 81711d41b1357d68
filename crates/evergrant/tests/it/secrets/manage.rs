//! What people do on their pages, and an owner through the API.

use serde_json::json;

use super::run::{BOB, CHANGED, Run};
use crate::harness::{json as document, text};
use crate::scene::{REDIRECT, grant_of};

impl Run {
    /// What a person does on their own pages.
    pub(super) async fn pages(&self) {
        let pair = self.tokens().await;
        let token = self
            .api(
                &self.personal,
                ("POST", "/personal-tokens"),
                Some(json!({"purpose": "page"})),
            )
            .await;
        let token = document(&token);
        let page = self.ada.visit("/settings/integrations").await.unwrap();
        let ends = [
            format!(
                "/settings/integrations/grants/{}/end",
                grant_of(&pair.refresh)
            ),
            format!(
                "/settings/integrations/tokens/{}/delete",
                text(&token, "id")
            ),
        ];
        for action in ends {
            let form = page
                .forms()
                .into_iter()
                .find(|form| form.action == action)
                .unwrap();
            assert_eq!(
                self.ada.submit(&page, &form, &[]).await.unwrap().status,
                303
            );
        }
        assert_eq!(self.app.refresh(&pair.refresh).await.unwrap().status, 400);
        let form = page
            .forms()
            .into_iter()
            .find(|form| form.action == "/logout")
            .unwrap();
        self.ada.submit(&page, &form, &[]).await.unwrap();
        self.ada.forget_session();
        self.ada.sign_in().await.unwrap();
    }

    /// What an owner does through the API.
    pub(super) async fn management(&mut self) {
        let owner = self.personal.clone();
        let make = Some(json!({"purpose": "job", "scopes": ["read"]}));
        let made = document(&self.api(&owner, ("POST", "/personal-tokens"), make).await);
        let (job, id) = (
            text(&made, "token").to_owned(),
            text(&made, "id").to_owned(),
        );
        assert_eq!(self.api(&job, ("GET", "/me"), None).await.status, 200);
        assert_eq!(self.api(&job, ("POST", "/users"), None).await.status, 400);
        let path = format!("/personal-tokens/{id}");
        assert_eq!(self.api(&owner, ("DELETE", &path), None).await.status, 200);
        assert_eq!(self.api(&job, ("GET", "/me"), None).await.status, 401);
        let path = format!("/clients/{}/secret", self.app.client_id);
        let renewed = document(&self.api(&owner, ("POST", &path), None).await);
        let old = self.app.clone();
        self.app.client_secret = renewed["client_secret"].as_str().map(str::to_owned);
        assert_eq!(old.client_credentials().await.unwrap().status, 401);
        assert_eq!(self.app.client_credentials().await.unwrap().status, 200);
        let body = Some(json!({"name": "Made", "redirect_uris": [REDIRECT]}));
        assert_eq!(
            self.api(&owner, ("POST", "/clients"), body).await.status,
            201
        );
        let path = format!("/users/{BOB}/password");
        let body = Some(json!({"password": CHANGED}));
        assert_eq!(self.api(&owner, ("POST", &path), body).await.status, 200);
        for path in [
            "/grants",
            "/incidents",
            "/personal-tokens",
            "/clients",
            "/users",
            "/keys",
        ] {
            let listed = self.api(&owner, ("GET", path), None).await;
            assert_eq!(listed.status, 200, "{path}");
            for grant in document(&listed)["items"].as_array().unwrap() {
                if let Some(id) = grant["grant_id"].as_str() {
                    self.api(&owner, ("GET", &format!("/grants/{id}")), None)
                        .await;
                }
            }
        }
        self.command((&["grant", "list"], ""));
        self.command((&["pat", "list"], ""));
    }
}
