//! What is sent to a provider, to the letter.

use evergrant_core::Secret;
use evergrant_core::held::Provider;
use evergrant_core::held::plan::{
    AuthorizationAsk, Credentials, Endpoint, PlanError, Request, authorization_url, redeem_code,
    renew, revoke, subject_of, userinfo,
};
use evergrant_core::held::provider::{ClientAuth, Renewal, RevocationHow};

use super::answer;

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn provider() -> Provider {
    let mut provider = Provider::generic();
    let at = |path: &str| Some(format!("https://as.example{path}"));
    provider.endpoints.authorization = at("/authorize");
    provider.endpoints.token = at("/token");
    provider.endpoints.revocation = at("/revoke");
    provider.endpoints.userinfo = at("/me");
    provider
}

/// Method, address, `authorization` and body.
fn sent(request: &Request) -> (&str, &str, Option<&str>, Option<&str>) {
    let header = request
        .headers
        .iter()
        .find(|(name, _)| *name == "authorization");
    (
        request.method.as_str(),
        request.url.as_str(),
        header.map(|(_, value)| value.expose()),
        request.body.as_ref().map(|body| body.text.expose()),
    )
}

fn ask(scopes: &[String]) -> AuthorizationAsk<'_> {
    AuthorizationAsk {
        client_id: "our app",
        redirect_uri: "https://us.example/back",
        scopes,
        state: "st&ate",
        challenge: Some("chal"),
        nonce: None,
        login_hint: None,
    }
}

const ID: &str = "our app";

#[test]
fn an_authorization_request_has_each_parameter_once() {
    let mut provider = provider();
    provider.endpoints.authorization = Some("https://as.example/a?tenant=7&state=old#x".into());
    provider.offline_scope = Some("offline".into());
    provider.scope_separator = ',';
    provider.authorize_params = [
        ("prompt", "consent"),
        ("state", "forged"),
        ("prompt", "none"),
    ]
    .map(|(name, value)| (name.into(), value.into()))
    .into();
    let scopes = ["read".to_owned(), "write".to_owned()];
    let url = authorization_url(&provider, &ask(&scopes)).unwrap();
    assert_eq!(
        url.as_str(),
        "https://as.example/a?tenant=7&response_type=code&client_id=our+app\
         &redirect_uri=https%3A%2F%2Fus.example%2Fback&scope=read%2Cwrite%2Coffline\
         &state=st%26ate&code_challenge=chal&code_challenge_method=S256&prompt=consent"
    );
}

#[test]
fn what_is_not_asked_for_is_not_sent() {
    let mut provider = provider();
    provider.pkce = false;
    let ask = AuthorizationAsk {
        nonce: Some("n"),
        login_hint: Some("ann@x.example"),
        ..ask(&[])
    };
    let url = authorization_url(&provider, &ask).unwrap();
    assert_eq!(
        url.query().unwrap(),
        "response_type=code&client_id=our+app&redirect_uri=https%3A%2F%2Fus.example%2Fback\
         &state=st%26ate&nonce=n&login_hint=ann%40x.example"
    );
    let offline = ["offline".to_owned()];
    provider.offline_scope = Some("offline".into());
    let url = authorization_url(&provider, &self::ask(&offline)).unwrap();
    assert!(url.as_str().contains("&scope=offline&"));
}

#[test]
fn a_code_is_redeemed_with_basic_post_or_nothing() {
    let (code, verifier, password) = (secret("c/1"), secret("ver"), secret("p:w d"));
    let back = "https://us.example/back";
    let form = "grant_type=authorization_code&code=c%2F1\
                &redirect_uri=https%3A%2F%2Fus.example%2Fback";
    // base64 of `our+app:p%3Aw+d`
    let basic = "Basic b3VyK2FwcDpwJTNBdytk";
    for (client_auth, password, header, tail) in [
        (ClientAuth::Basic, Some(&password), Some(basic), ""),
        (
            ClientAuth::Post,
            Some(&password),
            None,
            "&client_id=our+app&client_secret=p%3Aw+d",
        ),
        (
            ClientAuth::None,
            Some(&password),
            None,
            "&client_id=our+app",
        ),
        (ClientAuth::Basic, None, None, "&client_id=our+app"),
        (ClientAuth::Post, None, None, "&client_id=our+app"),
    ] {
        let mut provider = provider();
        provider.client_auth = client_auth;
        let credentials = Credentials {
            client_id: ID,
            secret: password,
        };
        let request = redeem_code(&provider, credentials, &code, back, Some(&verifier)).unwrap();
        let body = format!("{form}&code_verifier=ver{tail}");
        let expected = (
            "POST",
            "https://as.example/token",
            header,
            Some(body.as_str()),
        );
        assert_eq!(sent(&request), expected);
        let media_type = request.body.as_ref().unwrap().media_type;
        assert_eq!(media_type, "application/x-www-form-urlencoded");
        provider.pkce = false;
        let request = redeem_code(&provider, credentials, &code, back, Some(&verifier)).unwrap();
        assert_eq!(sent(&request).3, Some(format!("{form}{tail}").as_str()));
    }
}

const PUBLIC: Credentials<'static> = Credentials {
    client_id: "app",
    secret: None,
};

#[test]
fn a_token_is_renewed_in_the_providers_way() {
    let (access, refresh) = (secret("at"), secret("rt"));
    let mut provider = provider();
    provider.token_params = [("expiring", "1"), ("refresh_token", "forged")]
        .map(|(name, value)| (name.into(), value.into()))
        .into();
    let request = renew(&provider, PUBLIC, Some(&access), Some(&refresh)).unwrap();
    let body = "grant_type=refresh_token&refresh_token=rt&client_id=app&expiring=1";
    assert_eq!(
        sent(&request),
        ("POST", "https://as.example/token", None, Some(body))
    );
    provider.endpoints.refresh = Some("https://as.example/refresh".into());
    let request = renew(&provider, PUBLIC, None, Some(&refresh)).unwrap();
    assert_eq!(request.url.as_str(), "https://as.example/refresh");
    assert_eq!(
        renew(&provider, PUBLIC, Some(&access), None),
        Err(PlanError::NothingToRenewWith)
    );
    provider.token_params.clear();
    provider.renewal = Renewal::Exchange {
        grant_type: "fb_exchange_token".into(),
        parameter: "fb_exchange_token".into(),
    };
    let request = renew(&provider, PUBLIC, Some(&access), Some(&refresh)).unwrap();
    let body = "grant_type=fb_exchange_token&fb_exchange_token=at&client_id=app";
    assert_eq!(sent(&request).3, Some(body));
    let without = renew(&provider, PUBLIC, None, Some(&refresh));
    assert_eq!(without, Err(PlanError::NothingToRenewWith));
    provider.renewal = Renewal::Never;
    let never = renew(&provider, PUBLIC, Some(&access), Some(&refresh));
    assert_eq!(never, Err(PlanError::NeverRenewed));
}

#[test]
fn a_grant_is_ended_in_the_providers_way() {
    let (access, refresh, password) = (secret("a t"), secret("r/t"), secret("pw"));
    let credentials = Credentials {
        client_id: "app",
        secret: Some(&password),
    };
    let basic = Some("Basic YXBwOnB3");
    let bearer = Some("Bearer a t");
    let at = "https://as.example/revoke";
    use RevocationHow::{DeleteAsBearer, DeleteInJson, DeleteTokenInPath, PostAsBearer, Rfc7009};
    for (how, path, expected) in [
        (
            Rfc7009,
            "",
            (
                "POST",
                at,
                basic,
                Some("token=r%2Ft&token_type_hint=refresh_token"),
            ),
        ),
        (
            DeleteTokenInPath,
            "/{token}",
            ("DELETE", "https://as.example/revoke/r%2Ft", None, None),
        ),
        (DeleteAsBearer, "", ("DELETE", at, bearer, None)),
        (PostAsBearer, "", ("POST", at, bearer, None)),
        (
            DeleteInJson,
            "/{client_id}/x",
            (
                "DELETE",
                "https://as.example/revoke/app/x",
                basic,
                Some(r#"{"access_token":"a t"}"#),
            ),
        ),
    ] {
        let mut provider = provider();
        provider.revocation.how = how;
        provider.endpoints.revocation = Some(format!("{at}{path}"));
        let request = revoke(&provider, credentials, Some(&access), Some(&refresh));
        assert_eq!(sent(&request.unwrap().unwrap()), expected, "{how:?}");
        assert_eq!(revoke(&provider, credentials, None, None), Ok(None));
    }
    let request = revoke(&provider(), PUBLIC, Some(&access), None)
        .unwrap()
        .unwrap();
    let body = "token=a+t&token_type_hint=access_token&client_id=app";
    assert_eq!(sent(&request).3, Some(body));
}

#[test]
fn where_there_is_no_way_to_end_a_grant_nothing_is_sent() {
    let token = secret("t");
    let revoked = |provider: &Provider| revoke(provider, PUBLIC, None, Some(&token));
    assert_eq!(revoked(&Provider::generic()), Ok(None));
    let mut provider = provider();
    provider.revocation.how = RevocationHow::None;
    assert_eq!(revoked(&provider), Ok(None));
    provider.revocation.how = RevocationHow::PostAsBearer;
    assert_eq!(revoked(&provider), Ok(None));
    provider.revocation.how = RevocationHow::DeleteTokenInPath;
    assert_eq!(
        revoked(&provider),
        Err(PlanError::Placeholder(Endpoint::Revocation))
    );
    provider.revocation.how = RevocationHow::DeleteInJson;
    let without_secret = revoke(&provider, PUBLIC, Some(&token), None);
    assert_eq!(without_secret, Err(PlanError::NoClientSecret));
}

#[test]
fn an_address_that_can_not_be_used_is_an_error() {
    let refresh = secret("rt");
    for (address, error) in [
        (None, PlanError::NoEndpoint(Endpoint::Token)),
        (
            Some("https://{host}/token"),
            PlanError::Placeholder(Endpoint::Token),
        ),
        (
            Some("https://as.example/{token}"),
            PlanError::Placeholder(Endpoint::Token),
        ),
        (
            Some("https://as.example/}"),
            PlanError::Placeholder(Endpoint::Token),
        ),
        (
            Some("ftp://as.example/token"),
            PlanError::Address(Endpoint::Token),
        ),
        (
            Some("file:///etc/passwd"),
            PlanError::Address(Endpoint::Token),
        ),
        (Some("https://"), PlanError::Address(Endpoint::Token)),
        (Some("/token"), PlanError::Address(Endpoint::Token)),
        (
            Some("https://me:pw@as.example/token"),
            PlanError::Address(Endpoint::Token),
        ),
        (
            Some("data:text/plain,x"),
            PlanError::Address(Endpoint::Token),
        ),
    ] {
        let mut provider = provider();
        provider.endpoints.token = address.map(str::to_owned);
        let request = renew(&provider, PUBLIC, None, Some(&refresh));
        assert_eq!(request, Err(error), "{address:?}");
        assert!(!error.to_string().contains("rt"));
    }
}

#[test]
fn a_value_in_a_path_stays_within_its_segment() {
    for (client_id, path) in [
        ("a/../b?c#d", "/apps/a%2F..%2Fb%3Fc%23d/token"),
        ("{token}", "/apps/%7Btoken%7D/token"),
        ("é ", "/apps/%C3%A9%20/token"),
    ] {
        let mut provider = provider();
        provider.endpoints.token = Some("https://as.example/apps/{client_id}/token".into());
        let credentials = Credentials {
            client_id,
            secret: None,
        };
        let request = renew(&provider, credentials, None, Some(&secret("rt"))).unwrap();
        assert_eq!(request.url.path(), path);
    }
}

#[test]
fn the_account_is_asked_for_with_the_access_token() {
    let request = userinfo(&provider(), &secret("at")).unwrap();
    let expected = ("GET", "https://as.example/me", Some("Bearer at"), None);
    assert_eq!(sent(&request), expected);
    let none = userinfo(&Provider::generic(), &secret("at"));
    assert_eq!(none, Err(PlanError::NoEndpoint(Endpoint::Userinfo)));
    for token in ["", "a\r\nx: y", "é"] {
        let request = userinfo(&provider(), &secret(token));
        assert_eq!(request, Err(PlanError::UnusableSecret), "{token:?}");
    }
}

#[test]
fn a_request_prints_no_secret() {
    let request = userinfo(&provider(), &secret("at-1")).unwrap();
    assert_eq!(format!("{request:?}"), "Request(GET as.example)");
}

#[test]
fn an_account_has_a_stable_name_and_a_label() {
    for (who, body, account) in [
        (
            "OpenID",
            r#"{"sub":"1","id":"2","email":"a@x.example","name":"Ann"}"#,
            Some(("1", "a@x.example")),
        ),
        (
            "GitHub",
            r#"{"id":583231,"login":"octocat","email":null}"#,
            Some(("583231", "octocat")),
        ),
        (
            "X",
            r#"{"data":{"id":"22","username":"ann","name":"Ann"}}"#,
            Some(("22", "ann")),
        ),
        (
            "Twitch",
            r#"{"data":[{"id":"33","login":"ann"}]}"#,
            Some(("33", "ann")),
        ),
        (
            "Slack",
            r#"{"ok":true,"user_id":"U1","name":"Ann"}"#,
            Some(("U1", "Ann")),
        ),
        (
            "no label",
            r#"{"account_id":"dbid:1"}"#,
            Some(("dbid:1", "")),
        ),
        (
            "a label to fool a terminal",
            "{\"id\":1,\"name\":\"A\\u001b[2Jnn\\u202e\"}",
            Some(("1", "Ann")),
        ),
        ("nothing", "{}", None),
        ("an empty name", r#"{"sub":""}"#, None),
        (
            "a long name",
            &format!(r#"{{"sub":"{}"}}"#, "x".repeat(256)),
            None,
        ),
        ("no object", "[1]", None),
        ("a page", "<html></html>", None),
    ] {
        let found = subject_of(&answer(200, body));
        let expected = account.map(|(id, label)| {
            (
                id.to_owned(),
                Some(label.to_owned()).filter(|it| !it.is_empty()),
            )
        });
        assert_eq!(found, expected, "{who}");
    }
    assert_eq!(subject_of(&answer(401, r#"{"sub":"1"}"#)), None);
}
