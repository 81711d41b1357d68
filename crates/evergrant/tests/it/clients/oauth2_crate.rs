//! The `oauth2` crate, used as its own documentation shows.

use evergrant_sim::actor::{Consent, Person};
use evergrant_sim::http::{HttpError, Site};
use oauth2::basic::{
    BasicClient, BasicErrorResponse, BasicErrorResponseType, BasicRequestTokenError,
    BasicTokenResponse,
};
use oauth2::{
    AsyncHttpClient, AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    EndpointNotSet, EndpointSet, IntrospectionUrl, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, RefreshToken, RequestTokenError, RevocationUrl, Scope,
    TokenIntrospectionResponse as _, TokenResponse as _, TokenUrl,
};

use super::adapter::send;
use super::stage::{Client, REDIRECT_URI, SCOPES, Stage};
use crate::harness::{OWNER, PASSWORD};

type Configured = BasicClient<EndpointSet, EndpointNotSet, EndpointSet, EndpointSet, EndpointSet>;

/// The client as the documentation sets it up, with every endpoint.
fn configured(site: &Site, client: &Client) -> Configured {
    let at = |path: &str| site.url(path).to_string();
    let by_tls = |path: &str| at(path).replace("http://", "https://");
    let bare = BasicClient::new(ClientId::new(client.id.clone()))
        .set_auth_uri(AuthUrl::new(at("/oauth2/authorize")).unwrap())
        .set_token_uri(TokenUrl::new(at("/oauth2/token")).unwrap())
        .set_introspection_url(IntrospectionUrl::new(at("/oauth2/introspect")).unwrap())
        .set_revocation_url(RevocationUrl::new(by_tls("/oauth2/revoke")).unwrap())
        .set_redirect_uri(RedirectUrl::new(REDIRECT_URI.to_owned()).unwrap());
    match &client.secret {
        Some(secret) => bare.set_client_secret(ClientSecret::new(secret.clone())),
        None => bare.set_auth_type(AuthType::RequestBody),
    }
}

fn http(stage: &Stage) -> impl for<'c> AsyncHttpClient<'c, Error = HttpError> {
    let site = stage.site();
    move |request| send(site.clone(), request)
}

/// The person allows; the app compares `state` and, because the crate does not, `iss`.
async fn authorize(app: &Configured, stage: &Stage) -> (AuthorizationCode, PkceCodeVerifier) {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state) = app
        .authorize_url(CsrfToken::new_random)
        .add_scopes(SCOPES.map(|scope| Scope::new(scope.to_owned())))
        .set_pkce_challenge(challenge)
        .url();
    let person = Person::new(&stage.site(), OWNER, PASSWORD);
    let callback = person
        .answer_request(&url, REDIRECT_URI, Consent::Allow)
        .await
        .unwrap();
    assert_eq!(callback.state.as_ref(), Some(state.secret()));
    assert_eq!(callback.issuer.as_deref(), Some(stage.issuer()));
    (
        AuthorizationCode::new(callback.code.expect("a code")),
        verifier,
    )
}

async fn exchange(app: &Configured, stage: &Stage) -> BasicTokenResponse {
    let (code, verifier) = authorize(app, stage).await;
    let request = app.exchange_code(code).set_pkce_verifier(verifier);
    request.request_async(&http(stage)).await.unwrap()
}

async fn refresh(
    app: &Configured,
    stage: &Stage,
    token: &RefreshToken,
) -> Result<BasicTokenResponse, BasicRequestTokenError<HttpError>> {
    app.exchange_refresh_token(token)
        .request_async(&http(stage))
        .await
}

async fn is_live(app: &Configured, stage: &Stage, tokens: &BasicTokenResponse) -> bool {
    let request = app.introspect(tokens.access_token());
    let answer = request.request_async(&http(stage)).await.unwrap();
    assert_eq!(answer.client_id().is_some(), answer.active());
    answer.active()
}

fn refusal<T>(answer: Result<T, BasicRequestTokenError<HttpError>>) -> BasicErrorResponse {
    match answer {
        Err(RequestTokenError::ServerResponse(refusal)) => refusal,
        Err(other) => panic!("another error: {other:?}"),
        Ok(_) => panic!("no error"),
    }
}

/// From the code to the end of the grant.
async fn life(stage: &Stage, client: &Client) {
    let app = configured(&stage.site(), client);
    let first = exchange(&app, stage).await;
    assert_eq!(first.scopes().map(Vec::len), Some(SCOPES.len()));
    let token = first.refresh_token().expect("a refresh token");

    let second = refresh(&app, stage, token).await.unwrap();
    let successor = second.refresh_token().expect("a refresh token");
    assert_ne!(successor.secret(), token.secret());
    assert_ne!(
        second.access_token().secret(),
        first.access_token().secret()
    );
    let repeated = refresh(&app, stage, token).await.unwrap();
    assert_eq!(
        repeated.refresh_token().map(RefreshToken::secret),
        Some(successor.secret())
    );

    if client.secret.is_some() {
        assert!(is_live(&app, stage, &second).await);
    }
    let revocation = app.revoke_token(successor.clone().into()).unwrap();
    revocation.request_async(&http(stage)).await.unwrap();
    if client.secret.is_some() {
        assert!(!is_live(&app, stage, &second).await);
    }
    let refused = refusal(refresh(&app, stage, successor).await);
    assert_eq!(refused.error(), &BasicErrorResponseType::InvalidGrant);
}

#[tokio::test]
async fn a_confidential_client_lives_a_whole_life() {
    let stage = Stage::start();
    life(&stage, stage.client("EDDSA")).await;
    life(&stage, stage.client("ES256")).await;
    life(&stage, stage.client("RS256")).await;
}

#[tokio::test]
async fn a_public_client_lives_a_whole_life() {
    let stage = Stage::start();
    life(&stage, stage.client("PUBLIC")).await;
}

#[tokio::test]
async fn client_credentials_need_the_right_secret() {
    let stage = Stage::start();
    let client = stage.client("SERVICE");
    let stranger = Client {
        secret: Some("wrong".to_owned()),
        ..client.clone()
    };
    for by in [AuthType::BasicAuth, AuthType::RequestBody] {
        let app = configured(&stage.site(), client).set_auth_type(by.clone());
        let request = app.exchange_client_credentials();
        let own = request.request_async(&http(&stage)).await.unwrap();
        assert!(own.refresh_token().is_none());

        let app = configured(&stage.site(), &stranger).set_auth_type(by);
        let request = app.exchange_client_credentials();
        let refused = refusal(request.request_async(&http(&stage)).await);
        assert_eq!(refused.error(), &BasicErrorResponseType::InvalidClient);
    }
}
