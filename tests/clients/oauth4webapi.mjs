// oauth4webapi, used as its own documentation shows.

import assert from 'node:assert/strict';
import * as oauth from 'oauth4webapi';

import { check, sameSuccessor } from './checks.mjs';
import {
  confidential, issuer, person, publicClient, redirectUri, scope, service,
} from './parameters.mjs';
import { answerRequest } from './sign_in.mjs';

const loopback = { [oauth.allowInsecureRequests]: true };

const as = await check('discovery', async () => {
  const url = new URL(issuer);
  const response = await oauth.discoveryRequest(url, { algorithm: 'oauth2', ...loopback });
  const found = await oauth.processDiscoveryResponse(url, response);
  assert.ok(found.code_challenge_methods_supported.includes('S256'));
  assert.equal(found.authorization_response_iss_parameter_supported, true);
  return found;
});

// Asks the person; the library judges what comes back: state, issuer, error.
async function authorize(client, decision) {
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const url = new URL(as.authorization_endpoint);
  url.searchParams.set('client_id', client.client_id);
  url.searchParams.set('redirect_uri', redirectUri);
  url.searchParams.set('response_type', 'code');
  url.searchParams.set('scope', scope);
  url.searchParams.set('code_challenge', await oauth.calculatePKCECodeChallenge(verifier));
  url.searchParams.set('code_challenge_method', 'S256');
  url.searchParams.set('state', state);
  const callback = await answerRequest(url, redirectUri, person, decision);
  return { verifier, callback: oauth.validateAuthResponse(as, client, callback, state) };
}

async function exchange(client, auth, { verifier, callback }) {
  const response = await oauth.authorizationCodeGrantRequest(
    as, client, auth, callback, redirectUri, verifier, loopback,
  );
  return oauth.processAuthorizationCodeResponse(as, client, response);
}

async function refresh(client, auth, token) {
  const response = await oauth.refreshTokenGrantRequest(as, client, auth, token, loopback);
  return oauth.processRefreshTokenResponse(as, client, response);
}

async function introspect(client, auth, token) {
  const response = await oauth.introspectionRequest(as, client, auth, token, loopback);
  return oauth.processIntrospectionResponse(as, client, response);
}

async function revoke(client, auth, token) {
  const response = await oauth.revocationRequest(as, client, auth, token, loopback);
  return oauth.processRevocationResponse(response);
}

async function clientCredentials(client, auth) {
  const response = await oauth.clientCredentialsGrantRequest(
    as, client, auth, new URLSearchParams({ scope }), loopback,
  );
  return oauth.processClientCredentialsResponse(as, client, response);
}

// As an API does with a request that it gets.
async function validate(client, accessToken, algorithm) {
  const request = new Request('http://127.0.0.1/api', {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  const options = { ...loopback, signingAlgorithms: algorithm && [algorithm] };
  const claims = await oauth.validateJwtAccessToken(as, request, issuer, options);
  assert.equal(claims.client_id, client.client_id);
  return claims;
}

async function life(name, client, auth, algorithm) {
  const authorized = await check(`${name}: callback`, () => authorize(client));
  const first = await check(`${name}: exchange`, () => exchange(client, auth, authorized));
  await check(`${name}: access token`, () => validate(client, first.access_token, algorithm));
  const second = await check(`${name}: refresh`, async () => {
    const answer = await refresh(client, auth, first.refresh_token);
    assert.notEqual(answer.refresh_token, first.refresh_token);
    assert.notEqual(answer.access_token, first.access_token);
    await validate(client, answer.access_token, algorithm);
    return answer;
  });
  await check(`${name}: refresh again with the old token`, async () => {
    sameSuccessor(await refresh(client, auth, first.refresh_token), second);
  });
  if (client !== open) {
    await check(`${name}: introspection of a live token`, async () => {
      const answer = await introspect(client, auth, second.access_token);
      assert.equal(answer.active, true);
      assert.equal(answer.client_id, client.client_id);
      assert.equal((await introspect(client, auth, second.refresh_token)).active, true);
    });
  }
  await check(`${name}: revocation`, () => revoke(client, auth, second.refresh_token));
  if (client !== open) {
    await check(`${name}: introspection of a dead token`, async () => {
      assert.equal((await introspect(client, auth, second.access_token)).active, false);
      assert.equal((await introspect(client, auth, second.refresh_token)).active, false);
    });
  }
  await check(`${name}: refresh of a dead grant`, () =>
    assert.rejects(refresh(client, auth, second.refresh_token), (error) => {
      assert.ok(error instanceof oauth.ResponseBodyError, error);
      assert.equal(error.status, 400);
      assert.equal(error.error, 'invalid_grant');
      assert.equal(error.cause.error_code, 'revoked_by_client');
      return true;
    }),
  );
}

const open = { client_id: publicClient.id };

for (const [algorithm, { id, secret }] of confidential) {
  const auth =
    algorithm === 'ES256' ? oauth.ClientSecretPost(secret) : oauth.ClientSecretBasic(secret);
  await life(algorithm, { client_id: id }, auth, algorithm);
}
await life('public client', open, oauth.None());

const known = { client_id: confidential.get('EdDSA').id };

await check('denial', () =>
  assert.rejects(authorize(known, 'deny'), (error) => {
    assert.ok(error instanceof oauth.AuthorizationResponseError, error);
    assert.equal(error.error, 'access_denied');
    return true;
  }),
);

await check('wrong secret by body', () =>
  assert.rejects(refresh(known, oauth.ClientSecretPost('wrong'), 'x'), (error) => {
    assert.ok(error instanceof oauth.ResponseBodyError, error);
    assert.equal(error.status, 401);
    assert.equal(error.error, 'invalid_client');
    return true;
  }),
);

// The library tells the challenge of RFC 6749 section 5.2 rather than the body beside it.
await check('wrong secret by header', () =>
  assert.rejects(refresh(known, oauth.ClientSecretBasic('wrong'), 'x'), (error) => {
    assert.ok(error instanceof oauth.WWWAuthenticateChallengeError, error);
    assert.equal(error.status, 401);
    assert.equal(error.cause[0].scheme, 'basic');
    return true;
  }),
);

await check('client credentials', async () => {
  const client = { client_id: service.id };
  const answer = await clientCredentials(client, oauth.ClientSecretBasic(service.secret));
  assert.equal(answer.refresh_token, undefined);
  assert.equal((await validate(client, answer.access_token)).sub, service.id);
});
