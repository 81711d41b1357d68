//! A person with a browser: cookies, redirects followed by hand, forms filled in.

use std::sync::{Mutex, PoisonError};

use url::Url;

use super::cookies::CookieJar;
use super::{ActorError, Form};
use crate::http::{Headers, Request, Site};

/// A user of the server under test.
#[derive(Debug)]
pub struct Person {
    pub email: String,
    pub password: String,
    site: Site,
    cookies: Mutex<CookieJar>,
}

impl Person {
    /// A person who is not signed in.
    pub fn new(site: &Site, email: &str, password: &str) -> Self {
        Self {
            email: email.to_owned(),
            password: password.to_owned(),
            site: site.clone(),
            cookies: Mutex::default(),
        }
    }

    /// Signs in at `/login` and gives the page that follows.
    pub async fn sign_in(&self) -> Result<Page, ActorError> {
        let page = self.get(&self.site.url("/login")).await?;
        let Some(form) = page.sign_in_form() else {
            return Err(page.unexpected());
        };
        let page = self.give_password(&page, &form).await?;
        let page = self.follow(page).await?;
        match page.sign_in_form() {
            Some(_) => Err(ActorError::SignInRefused {
                email: self.email.clone(),
            }),
            None => Ok(page),
        }
    }

    /// Forgets the session, as a browser does that is closed.
    pub fn forget_session(&self) {
        self.cookies
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// What the browser sends in `Cookie` to an address of the site: for requests made by hand.
    pub fn cookie_header(&self, url: &Url) -> Option<String> {
        let jar = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        jar.header(url.path())
    }

    /// Step 2: follows an authorization request to the app's redirect address, signing in and
    /// consenting where asked.
    pub async fn answer_request(
        &self,
        url: &Url,
        redirect_uri: &str,
        consent: Consent,
    ) -> Result<Callback, ActorError> {
        let mut has_given_password = false;
        let mut page = self.get(url).await?;
        for _ in 0..MAX_PAGES {
            if let Some(location) = page.location() {
                if leads_to(location, redirect_uri) {
                    return Callback::parse(location);
                }
                page = self.get(&page.resolve(location)?).await?;
            } else if let Some(form) = page.form_offering("decision", consent.value()) {
                page = self
                    .submit(&page, &form, &[("decision", consent.value())])
                    .await?;
            } else if let Some(form) = page.sign_in_form() {
                if has_given_password {
                    return Err(ActorError::SignInRefused {
                        email: self.email.clone(),
                    });
                }
                has_given_password = true;
                page = self.give_password(&page, &form).await?;
            } else {
                return Err(page.unexpected());
            }
        }
        Err(ActorError::TooManyPages(MAX_PAGES))
    }

    /// Opens a page; a redirect is not followed.
    pub async fn get(&self, url: &Url) -> Result<Page, ActorError> {
        self.open(url, Request::get(url)).await
    }

    /// Opens a path of the site and follows redirects within it.
    pub async fn visit(&self, path: &str) -> Result<Page, ActorError> {
        let page = self.get(&self.site.url(path)).await?;
        self.follow(page).await
    }

    /// Sends a form of a page; a redirect is not followed.
    pub async fn submit(
        &self,
        page: &Page,
        form: &Form,
        values: &[(&str, &str)],
    ) -> Result<Page, ActorError> {
        let mut url = page.resolve(&form.action)?;
        let fields = form.filled(values);
        if form.is_post {
            let request = Request::post_form(&url, &fields).header("Origin", &self.site.origin());
            self.open(&url, request).await
        } else {
            url.query_pairs_mut().clear().extend_pairs(fields);
            self.get(&url).await
        }
    }

    async fn give_password(&self, page: &Page, form: &Form) -> Result<Page, ActorError> {
        let values = [
            ("email", self.email.as_str()),
            ("password", self.password.as_str()),
        ];
        self.submit(page, form, &values).await
    }

    async fn follow(&self, mut page: Page) -> Result<Page, ActorError> {
        for _ in 0..MAX_PAGES {
            let Some(location) = page.location() else {
                return Ok(page);
            };
            page = self.get(&page.resolve(location)?).await?;
        }
        Err(ActorError::TooManyPages(MAX_PAGES))
    }

    async fn open(&self, url: &Url, mut request: Request) -> Result<Page, ActorError> {
        if !self.site.owns(url) {
            return Err(ActorError::LeftTheSite(url.to_string()));
        }
        let jar = || self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        let cookies = jar().header(url.path());
        if let Some(cookies) = cookies {
            request = request.header("Cookie", &cookies);
        }
        request = request.header("Accept", "text/html");
        let response = self.site.send(&request).await?;
        for set_cookie in response.headers.all("set-cookie") {
            jar().store(set_cookie, url.path());
        }
        let html = response.text();
        Ok(Page {
            url: url.clone(),
            status: response.status,
            headers: response.headers,
            html,
        })
    }
}

/// What a person presses on the consent page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Consent {
    Allow,
    Deny,
}

impl Consent {
    fn value(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }
}

/// One answer to the browser.
#[derive(Clone, Debug)]
pub struct Page {
    pub url: Url,
    pub status: u16,
    pub headers: Headers,
    pub html: String,
}

impl Page {
    /// Where it sends the browser, if it is a redirect.
    pub fn location(&self) -> Option<&str> {
        self.headers
            .first("location")
            .filter(|_| (300..400).contains(&self.status))
    }

    /// The forms on it.
    pub fn forms(&self) -> Vec<Form> {
        Form::all(&self.html)
    }

    /// The form that asks for a password.
    pub fn sign_in_form(&self) -> Option<Form> {
        self.forms()
            .into_iter()
            .find(|form| form.asks_for("password"))
    }

    /// The first form with a submit button of that name and value.
    pub fn form_offering(&self, name: &str, value: &str) -> Option<Form> {
        self.forms()
            .into_iter()
            .find(|form| form.offers(name, value))
    }

    fn resolve(&self, reference: &str) -> Result<Url, ActorError> {
        self.url
            .join(reference)
            .map_err(|_| ActorError::Address(reference.to_owned()))
    }

    fn unexpected(&self) -> ActorError {
        let excerpt = self.html.split_whitespace().collect::<Vec<_>>().join(" ");
        ActorError::UnexpectedPage {
            status: self.status,
            path: self.url.path().to_owned(),
            excerpt: excerpt.chars().take(EXCERPT_CHARACTERS).collect(),
        }
    }
}

/// The authorization response as it arrives at the redirect address.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Callback {
    pub code: Option<String>,
    pub state: Option<String>,
    /// RFC 9207.
    pub issuer: Option<String>,
    pub error: Option<String>,
    pub description: Option<String>,
}

impl Callback {
    fn parse(location: &str) -> Result<Self, ActorError> {
        let url = Url::parse(location).map_err(|_| ActorError::Address(location.to_owned()))?;
        let mut callback = Self::default();
        for (name, value) in url.query_pairs() {
            let member = match name.as_ref() {
                "code" => &mut callback.code,
                "state" => &mut callback.state,
                "iss" => &mut callback.issuer,
                "error" => &mut callback.error,
                "error_description" => &mut callback.description,
                _ => continue,
            };
            *member = Some(value.into_owned());
        }
        Ok(callback)
    }
}

fn leads_to(location: &str, redirect_uri: &str) -> bool {
    location
        .strip_prefix(redirect_uri)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['?', '&', '#']))
}

const MAX_PAGES: usize = 12;
const EXCERPT_CHARACTERS: usize = 300;
