//! What a dead grant looks like at those who follow the standard, and at those who don't.

use evergrant_core::held::Verdict;

use super::{answer, read, refused};

/// Who, their status and body, and the code that is told.
type Met = (&'static str, u16, &'static str, &'static str);

fn all_are_dead(table: &[Met]) {
    for (who, status, body, code) in table {
        let (verdict, unspent, fault) = refused(read(&answer(*status, body)));
        assert_eq!((verdict, unspent), (Verdict::Dead, false), "{who}");
        assert_eq!(fault.code.unwrap_or_default(), *code, "{who}");
        assert_eq!(fault.status, Some(*status), "{who}");
    }
}

const MICROSOFT: &str = concat!(
    r#"{"error":"invalid_grant","error_description":"AADSTS700082: The "#,
    r#"refresh token has expired due to inactivity. The token was issued "#,
    r#"on 2020-02-26T21:52:54.2810613Z and was inactive for "#,
    r#"90.00:00:00.\r\nTrace ID: 6e94ade5-10de-4d67-90aa-12ab34cd5600","#,
    r#""error_codes":[700082],"timestamp":"2021-07-21 07:56:39Z","#,
    r#""suberror":"bad_token"}"#,
);

const STANDARD: &[Met] = &[
    (
        "Google",
        400,
        concat!(
            "{\n  \"error\": \"invalid_grant\",\n  \"error_description\": ",
            "\"Token has been expired or revoked.\"\n}",
        ),
        "invalid_grant",
    ),
    ("Microsoft", 400, MICROSOFT, "invalid_grant"),
    (
        "Microsoft wants a person",
        400,
        r#"{"error":"interaction_required","error_description":"AADSTS50079: x"}"#,
        "interaction_required",
    ),
    (
        "Salesforce",
        400,
        r#"{"error":"invalid_grant","error_description":"expired access/refresh token"}"#,
        "invalid_grant",
    ),
    (
        "Fitbit",
        400,
        concat!(
            r#"{"errors":[{"errorType":"invalid_grant","message":"Refresh token "#,
            r#"invalid:------."}],"success":false}"#,
        ),
        "invalid_grant",
    ),
    (
        "Auth0",
        403,
        r#"{"error":"invalid_grant","error_description":"Unknown or invalid refresh token."}"#,
        "invalid_grant",
    ),
    (
        "Auth0, second factor",
        403,
        r#"{"error":"mfa_required"}"#,
        "mfa_required",
    ),
    (
        "Keycloak",
        400,
        concat!(
            r#"{"error":"invalid_grant","error_description":"Maximum allowed "#,
            r#"refresh token reuse exceeded"}"#,
        ),
        "invalid_grant",
    ),
    (
        "Zoom",
        400,
        r#"{"reason":"Invalid Token!","error":"invalid_grant"}"#,
        "invalid_grant",
    ),
    (
        "TikTok",
        200,
        concat!(
            r#"{"error":"invalid_grant","error_description":"Refresh token is "#,
            r#"invalid or expired.","log_id":"2024"}"#,
        ),
        "invalid_grant",
    ),
    (
        "denied",
        400,
        "error=access_denied&error_description=The+resource+owner+denied",
        "access_denied",
    ),
    (
        "an unusual status",
        422,
        r#"{"error":"invalid_grant"}"#,
        "invalid_grant",
    ),
    (
        "a server error that says so",
        500,
        r#"{"error":"invalid_grant"}"#,
        "invalid_grant",
    ),
];

#[test]
fn codes_of_the_standards_mean_that_the_grant_is_dead() {
    all_are_dead(STANDARD);
}

const META: &str = concat!(
    r#"{"error":{"message":"Error validating access token: Session has "#,
    r#"expired on Sunday, 25-Dec-16 04:45:57 PST.","#,
    r#""type":"OAuthException","code":190,"error_subcode":463,"#,
    r#""fbtrace_id":"x"}}"#,
);

const OWN_WORDS: &[Met] = &[
    ("Meta", 400, META, "190"),
    (
        "Slack",
        200,
        r#"{"ok":false,"error":"invalid_refresh_token"}"#,
        "invalid_refresh_token",
    ),
    (
        "Slack, revoked",
        200,
        r#"{"ok":false,"error":"token_revoked"}"#,
        "token_revoked",
    ),
    (
        "GitHub, JSON",
        200,
        r#"{"error":"bad_refresh_token","error_description":"x"}"#,
        "bad_refresh_token",
    ),
    (
        "GitHub, code",
        200,
        r#"{"error":"bad_verification_code"}"#,
        "bad_verification_code",
    ),
    (
        "HubSpot",
        400,
        concat!(
            r#"{"status":"BAD_REFRESH_TOKEN","message":"missing or invalid "#,
            r#"refresh token","correlationId":"6356f281"}"#,
        ),
        "BAD_REFRESH_TOKEN",
    ),
    (
        "X",
        400,
        concat!(
            r#"{"error":"invalid_request","error_description":"Value passed for "#,
            r#"the token was invalid."}"#,
        ),
        "invalid_request",
    ),
    (
        "DeviantArt",
        400,
        concat!(
            r#"{"error":"invalid_request","error_description":"The refresh_token "#,
            r#"is invalid.","status":"error"}"#,
        ),
        "invalid_request",
    ),
    (
        "Shopify",
        400,
        concat!(
            r#"{"error":"invalid_request","error_description":"The refresh_token "#,
            r#"is invalid or expired"}"#,
        ),
        "invalid_request",
    ),
    ("Zoho", 200, r#"{"error":"invalid_code"}"#, "invalid_code"),
    (
        "Fitbit, expired",
        401,
        r#"{"errors":[{"errorType":"expired_token","message":"Access token expired"}]}"#,
        "expired_token",
    ),
    (
        "Twitch",
        400,
        r#"{"status": 400, "message": "Invalid refresh token"}"#,
        "",
    ),
    (
        "Twitch, shorter",
        400,
        r#"{"status":400,"message":"Invalid grant"}"#,
        "",
    ),
    (
        "Strava",
        400,
        concat!(
            r#"{"message":"Bad Request","errors":[{"resource":"RefreshToken","#,
            r#""field":"refresh_token","code":"invalid"}]}"#,
        ),
        "invalid",
    ),
    (
        "Pinterest",
        401,
        r#"{"code":283,"message":"Your refresh token has expired or is invalid."}"#,
        "283",
    ),
    (
        "Atlassian",
        403,
        r#"{"error":"unauthorized_client","error_description":"refresh_token is invalid"}"#,
        "unauthorized_client",
    ),
    (
        "Dropbox",
        401,
        concat!(
            r#"{"error_summary":"expired_access_token/..","#,
            r#""error":{".tag":"expired_access_token"}}"#,
        ),
        "expired_access_token",
    ),
    (
        "TikTok Business",
        200,
        r#"{"code":40105,"message":"Access token is revoked","data":{}}"#,
        "40105",
    ),
];

#[test]
fn a_dead_grant_is_recognised_in_a_providers_own_words() {
    all_are_dead(OWN_WORDS);
}

const OTHER_FORMS: &[Met] = &[
    (
        "GitHub",
        200,
        concat!(
            "error=bad_refresh_token&error_description=The+refresh+token+passed",
            "+is+incorrect+or+expired.&error_uri=https%3A%2F%2Fdocs.example",
        ),
        "bad_refresh_token",
    ),
    (
        "Salesforce, XML",
        400,
        concat!(
            "<?xml version=\"1.0\"?><OAuth><error>invalid_grant</error><error_d",
            "escription>expired</error_description></OAuth>",
        ),
        "invalid_grant",
    ),
    (
        "Doorkeeper's page",
        400,
        "<html><body><pre>Error: invalid_grant</pre></body></html>",
        "invalid_grant",
    ),
    (
        "plain text",
        400,
        "invalid_grant: Refresh token is not valid\n",
        "invalid_grant",
    ),
    (
        "single quotes",
        400,
        "{'error': 'invalid_grant'}",
        "invalid_grant",
    ),
    (
        "JSON in a string",
        400,
        r#"{"message":"{\"error\":\"invalid_grant\"}"}"#,
        "invalid_grant",
    ),
    (
        "all of it a string",
        400,
        r#""{\"error\":\"invalid_grant\"}""#,
        "invalid_grant",
    ),
    (
        "a code in the words",
        400,
        r#"{"message":"OAuth error: invalid_grant"}"#,
        "invalid_grant",
    ),
    (
        "a list of errors",
        400,
        r#"{"errors":[{"message":"x"},{"code":"REFRESH_TOKEN_EXPIRED"}]}"#,
        "REFRESH_TOKEN_EXPIRED",
    ),
    (
        "a SOAP fault",
        400,
        concat!(
            "<s:Fault><faultcode>s:Client</faultcode><faultstring>The refresh ",
            "token has expired</faultstring></s:Fault>",
        ),
        "s:Client",
    ),
    (
        "camel case",
        400,
        r#"{"errorCode":"InvalidGrant"}"#,
        "InvalidGrant",
    ),
];

#[test]
fn a_dead_grant_is_recognised_in_xml_html_forms_and_text() {
    all_are_dead(OTHER_FORMS);
}
