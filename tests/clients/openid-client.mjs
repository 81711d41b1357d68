// openid-client, used as its own documentation shows; jose, by the same author, is what it leaves
// the validation of access tokens to.

import assert from 'node:assert/strict';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as client from 'openid-client';

import { check, sameSuccessor } from './checks.mjs';
import {
  confidential, issuer, person, publicClient, redirectUri, scope, service,
} from './parameters.mjs';
import { answerRequest } from './sign_in.mjs';

const loopback = { algorithm: 'oauth2', execute: [client.allowInsecureRequests] };

async function discover({ id, secret }, auth) {
  const config = await client.discovery(new URL(issuer), id, secret, auth, loopback);
  assert.equal(config.serverMetadata().supportsPKCE(), true);
  return config;
}

// Asks the person; the library judges what comes back and redeems it.
async function codeFlow(config, decision) {
  const verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
  });
  const callback = await answerRequest(url, redirectUri, person, decision);
  return client.authorizationCodeGrant(config, callback, {
    pkceCodeVerifier: verifier,
    expectedState: state,
  });
}

async function validate(config, accessToken, algorithm) {
  const { jwks_uri } = config.serverMetadata();
  const { payload } = await jwtVerify(accessToken, createRemoteJWKSet(new URL(jwks_uri)), {
    issuer,
    audience: issuer,
    typ: 'at+jwt',
    algorithms: algorithm && [algorithm],
    requiredClaims: ['client_id', 'exp', 'iat', 'jti', 'sub'],
  });
  assert.equal(payload.client_id, config.clientMetadata().client_id);
  return payload;
}

async function life(name, config, algorithm) {
  const mayIntrospect = config.clientMetadata().client_id !== publicClient.id;
  const first = await check(`${name}: callback and exchange`, () => codeFlow(config));
  await check(`${name}: access token`, async () => {
    assert.equal(first.expiresIn() > 0, true);
    await validate(config, first.access_token, algorithm);
  });
  const second = await check(`${name}: refresh`, async () => {
    const answer = await client.refreshTokenGrant(config, first.refresh_token);
    assert.notEqual(answer.refresh_token, first.refresh_token);
    assert.notEqual(answer.access_token, first.access_token);
    await validate(config, answer.access_token, algorithm);
    return answer;
  });
  await check(`${name}: refresh again with the old token`, async () => {
    sameSuccessor(await client.refreshTokenGrant(config, first.refresh_token), second);
  });
  if (mayIntrospect) {
    await check(`${name}: introspection of a live token`, async () => {
      const answer = await client.tokenIntrospection(config, second.access_token);
      assert.equal(answer.active, true);
      assert.equal(answer.scope, scope);
    });
  }
  await check(`${name}: revocation`, () => client.tokenRevocation(config, second.refresh_token));
  if (mayIntrospect) {
    await check(`${name}: introspection of a dead token`, async () => {
      const answer = await client.tokenIntrospection(config, second.access_token);
      assert.equal(answer.active, false);
    });
  }
  await check(`${name}: refresh of a dead grant`, () =>
    assert.rejects(client.refreshTokenGrant(config, second.refresh_token), (error) => {
      assert.ok(error instanceof client.ResponseBodyError, error);
      assert.equal(error.error, 'invalid_grant');
      assert.equal(error.cause.error_code, 'revoked_by_client');
      return true;
    }),
  );
}

for (const [algorithm, known] of confidential) {
  // Without a method the library sends the secret in the body.
  const auth = algorithm === 'EdDSA' ? undefined : client.ClientSecretBasic(known.secret);
  const config = await check(`${algorithm}: discovery`, () => discover(known, auth));
  await life(algorithm, config, algorithm);
}

await life(
  'public client',
  await check('public client: discovery', () => discover(publicClient, client.None())),
);

const known = confidential.get('EdDSA');

await check('denial', async () => {
  const config = await discover(known);
  await assert.rejects(codeFlow(config, 'deny'), (error) => {
    assert.ok(error instanceof client.AuthorizationResponseError, error);
    assert.equal(error.error, 'access_denied');
    return true;
  });
});

await check('wrong secret', async () => {
  const config = await discover({ id: known.id, secret: 'wrong' });
  await assert.rejects(client.clientCredentialsGrant(config, { scope }), (error) => {
    assert.ok(error instanceof client.ResponseBodyError, error);
    assert.equal(error.status, 401);
    assert.equal(error.error, 'invalid_client');
    return true;
  });
});

await check('client credentials', async () => {
  const config = await discover(service);
  const answer = await client.clientCredentialsGrant(config, { scope });
  assert.equal(answer.refresh_token, undefined);
  assert.equal((await validate(config, answer.access_token)).sub, service.id);
});
