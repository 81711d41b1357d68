// One whole code flow in Debian's Chromium, under the pages' own security policy.
//
// A violated policy, an error in the console, a script that fails, a page that answers with an
// error or is wider than a small phone: each ends the script.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';

import * as oauth from 'oauth4webapi';
import { chromium } from 'playwright-core';

import { check } from './checks.mjs';
import { confidential, issuer, need, person, scope } from './parameters.mjs';

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];
const NARROW = { width: 360, height: 740 };
const WIDE = { width: 1200, height: 800 };

const loopback = { [oauth.allowInsecureRequests]: true };
const { id, secret } = confidential.get('EdDSA');
const client = { client_id: id };
const auth = oauth.ClientSecretBasic(secret);

// The app: its redirect address on a port that it learns only now (RFC 8252 section 7.3).
const app = createServer((request, response) => {
  response.setHeader('content-type', 'text/html');
  response.end('<!doctype html><link rel="icon" href="data:,"><title>The app</title>');
});
app.listen(0, '127.0.0.1');
await once(app, 'listening');
const redirectUri = `http://127.0.0.1:${app.address().port}/callback`;

const screenshots = need('SCREENSHOTS');
await mkdir(screenshots, { recursive: true });
// The empty name asks for a new profile, which is deleted at the end.
const context = await chromium.launchPersistentContext('', {
  executablePath: need('CHROMIUM'),
  headless: true,
  args: ARGUMENTS,
  viewport: WIDE,
});
const page = context.pages()[0] ?? (await context.newPage());
page.setDefaultTimeout(20_000);

const faults = [];
page.on('console', (message) => {
  if (message.type() === 'error' || message.type() === 'warning') {
    faults.push(`${message.type()} in the console of ${page.url()}: ${message.text()}`);
  }
});
page.on('pageerror', (error) => faults.push(`script error at ${page.url()}: ${error}`));
page.on('requestfailed', (request) => {
  faults.push(`not loaded: ${request.url()}: ${request.failure()?.errorText}`);
});
await context.exposeBinding('reportViolation', (_, text) => faults.push(text));
await context.addInitScript(() => {
  document.addEventListener('securitypolicyviolation', (event) => {
    window.reportViolation(`policy violated: ${event.effectiveDirective} ${event.blockedURI}`);
  });
});

// A step of the person's, after which nothing may have gone wrong. Chromium writes the error status
// of a page to the console too: the one that the page should have is left out.
async function step(name, body, status) {
  return check(name, async () => {
    const value = await body().catch((cause) => {
      throw new Error(`not done at ${page.url()}; seen: ${faults.join('; ')}`, { cause });
    });
    const told = status ? `server responded with a status of ${status} ` : undefined;
    assert.deepEqual(faults.splice(0).filter((fault) => !told || !fault.includes(told)), []);
    return value;
  });
}

// The page in its looks: wide and narrow, light and dark.
async function shoot(name) {
  for (const colorScheme of ['light', 'dark']) {
    for (const viewport of [WIDE, NARROW]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(viewport);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= viewport.width, `${name} is ${wide} px wide on ${viewport.width} px`);
      const path = join(screenshots, `${name}-${colorScheme}-${viewport.width}.png`);
      await page.screenshot({ path, fullPage: true });
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(WIDE);
}

async function authorizationUrl() {
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const url = new URL(as.authorization_endpoint);
  url.search = new URLSearchParams({
    client_id: id,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
  });
  return { url: url.href, verifier, state };
}

const heading = (name) => page.getByRole('heading', { level: 1, name }).waitFor();
const button = (name) => page.getByRole('button', { name, exact: true });
const reached = () => page.waitForURL((url) => url.href.startsWith(redirectUri));

async function signIn(password) {
  await page.getByLabel('E-mail address').fill(person.email);
  await page.getByLabel('Password').fill(password);
  await button('Sign in').click();
}

const as = await check('discovery', async () => {
  const url = new URL(issuer);
  const response = await oauth.discoveryRequest(url, { algorithm: 'oauth2', ...loopback });
  return oauth.processDiscoveryResponse(url, response);
});

const allowed = await authorizationUrl();

await step('the sign-in page', async () => {
  await page.goto(allowed.url);
  await heading('Sign in');
  await shoot('sign-in');
});

await step('a wrong password', async () => {
  await signIn('wrong');
  await page.getByRole('alert').waitFor();
  await shoot('sign-in-refused');
}, 401);

await step('the consent page', async () => {
  await signIn(person.password);
  await button('Allow').waitFor();
  for (const word of scope.split(' ')) {
    await page.getByText(word, { exact: true }).waitFor();
  }
  await shoot('consent');
});

const tokens = await step('Allow reaches the app, and the code is redeemed', async () => {
  await button('Allow').click();
  await reached();
  const callback = oauth.validateAuthResponse(as, client, new URL(page.url()), allowed.state);
  const response = await oauth.authorizationCodeGrantRequest(
    as, client, auth, callback, redirectUri, allowed.verifier, loopback,
  );
  return oauth.processAuthorizationCodeResponse(as, client, response);
});

await step('Deny reaches the app', async () => {
  const { url, state } = await authorizationUrl();
  await page.goto(url);
  await button('Deny').click();
  await reached();
  assert.throws(() => oauth.validateAuthResponse(as, client, new URL(page.url()), state), {
    error: 'access_denied',
  });
});

for (const path of ['/settings', '/settings/integrations']) {
  await step(path, async () => {
    const response = await page.goto(issuer + path);
    assert.equal(response.status(), 200);
    await heading('Approved integrations');
    await shoot(path.slice(1).replace('/', '-'));
  });
}

await step('ending a grant on the page', async () => {
  const apps = page.getByRole('table', { name: 'Apps' });
  await apps.getByRole('button', { name: /^End / }).first().click();
  await page.getByRole('status').waitFor();
  await shoot('settings-integrations-ended');
  const response = await oauth.introspectionRequest(
    as, client, auth, tokens.access_token, loopback,
  );
  const answer = await oauth.processIntrospectionResponse(as, client, response);
  assert.equal(answer.active, false);
});

await step('signing out', async () => {
  await button('Sign out').click();
  await heading('Sign in');
});

await step('an error page', async () => {
  const { url } = await authorizationUrl();
  const response = await page.goto(url.replace(id, 'client_nobody'));
  assert.equal(response.status(), 400);
  await shoot('error');
}, 400);

// A second server, whose store is empty, logged this link.
const setUp = need('SET_UP_LINK');

await step('the set-up page', async () => {
  await page.goto(setUp);
  await heading('Set up evergrant');
  await shoot('set-up');
  await page.getByLabel('Team name').fill('Acme');
  await page.getByLabel('Your e-mail address').fill(person.email);
  await page.getByLabel('Password', { exact: true }).fill(person.password);
  await page.getByLabel('Password again').fill(person.password);
  await button('Make the team').click();
  await heading('Sign in');
  await signIn(person.password);
  await heading('Approved integrations');
});

await step('the set-up link works once', async () => {
  assert.equal((await page.goto(setUp)).status(), 404);
  await shoot('nothing-here');
}, 404);

await context.close();
app.close();
