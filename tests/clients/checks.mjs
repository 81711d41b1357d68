// One line for each check; the first that fails ends the script.

import assert from 'node:assert/strict';
import { inspect } from 'node:util';

export async function check(name, body) {
  try {
    const value = await body();
    console.log(`ok ${name}`);
    return value;
  } catch (error) {
    console.error(`failed ${name}: ${inspect(error, { depth: 4, breakLength: 100 })}`);
    process.exit(1);
  }
}

// The payload of a JWT, unverified: to compare two of them.
export function payloadOf(jwt) {
  return JSON.parse(Buffer.from(jwt.split('.')[1], 'base64url').toString());
}

// A repeated refresh is answered as the first one was. The signature may be another: ES256 draws.
export function sameSuccessor(repeated, first) {
  assert.equal(repeated.refresh_token, first.refresh_token);
  assert.deepEqual(payloadOf(repeated.access_token), payloadOf(first.access_token));
}
