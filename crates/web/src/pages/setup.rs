//! The first visit to an empty store: whoever has the one-time link makes the team and its owner.

use std::sync::{Arc, Mutex, PoisonError};

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use evergrant_service::core::secret::SecretKind;
use evergrant_service::core::{Digest, Secret};
use evergrant_service::manage::setup::Setup;
use evergrant_service::{Failure, World, Wrong};

use super::error::ErrorPage;
use super::fields::{Fields, OwnForm};
use super::render::{Frame, page as render_page, see_other};
use super::words;
use crate::App;

/// Lets in whoever has the one-time link; closed unless it was opened.
#[derive(Default)]
pub struct SetupGate(Mutex<Option<Digest>>);

impl SetupGate {
    /// Opens the gate and gives the text of the link, for `/setup?link=…`; an earlier link no
    /// longer fits.
    pub fn open(&self, world: &dyn World) -> Secret {
        let link = SecretKind::SetupLink.make(&world.secret());
        self.put(Some(link.digest()));
        link
    }

    fn check(&self, link: &str) -> Result<(), ErrorPage> {
        let kept = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = kept.is_some_and(|kept| kept == Digest::of(link.as_bytes()));
        if fits {
            Ok(())
        } else {
            Err(ErrorPage::not_found())
        }
    }

    fn put(&self, digest: Option<Digest>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = digest;
    }
}

#[derive(Template)]
#[template(path = "pages/setup.html")]
struct SetupTemplate {
    frame: Frame,
    link: String,
    team: String,
    email: String,
    trouble: Option<String>,
}

/// `GET /setup`
pub(super) async fn page(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
) -> Result<Response, ErrorPage> {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    app.setup.check(&fields.text("link"))?;
    Ok(show(StatusCode::OK, &fields, None))
}

/// `POST /setup`. The link itself is the anti-forgery field: who has it may do this anyway.
pub(super) async fn set_up(
    State(app): State<Arc<App>>,
    OwnForm(fields): OwnForm,
) -> Result<Response, ErrorPage> {
    app.setup.check(&fields.text("link"))?;
    let password = fields.text("password");
    if password != fields.text("password_again") {
        let trouble = "The two passwords are not the same. Type both again.";
        return Ok(show(
            StatusCode::UNPROCESSABLE_ENTITY,
            &fields,
            Some(trouble.into()),
        ));
    }
    let setup = Setup {
        team: fields.text("team"),
        email: fields.text("email"),
        password: Some(Secret::new(password)),
    };
    match app.service.set_up(&setup).await {
        Ok(_) => {
            app.setup.put(None);
            Ok(see_other("/login"))
        }
        Err(Failure::Wrong(Wrong::AlreadySetUp)) => {
            app.setup.put(None);
            Err(Failure::Wrong(Wrong::AlreadySetUp).into())
        }
        Err(Failure::Wrong(wrong)) => {
            let trouble = words::sentence(&wrong.to_string());
            Ok(show(
                StatusCode::UNPROCESSABLE_ENTITY,
                &fields,
                Some(trouble),
            ))
        }
        Err(failure) => Err(failure.into()),
    }
}

fn show(status: StatusCode, fields: &Fields, trouble: Option<String>) -> Response {
    let template = SetupTemplate {
        frame: Frame::plain(),
        link: fields.text("link"),
        team: fields.text("team"),
        email: fields.text("email"),
        trouble,
    };
    render_page(status, &template, &[])
}
