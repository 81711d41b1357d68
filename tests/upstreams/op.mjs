// The npm package oidc-provider: each refresh token serves once, and a second use ends the grant.
//
// Reads CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, ACCESS_SECONDS and REFRESH_SECONDS; says `ready
// ADDRESS` when it listens; ends when its input is closed. After a request to /befall/user-disabled
// its user is unknown to it.
import http from 'node:http';
import { randomBytes } from 'node:crypto';
import Provider from 'oidc-provider';

const DAY = 24 * 60 * 60;
const { CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, ACCESS_SECONDS, REFRESH_SECONDS } = process.env;

let userIsThere = true;

const settings = {
  clients: [
    {
      client_id: CLIENT_ID,
      client_secret: CLIENT_SECRET,
      redirect_uris: [REDIRECT_URI],
      response_types: ['code'],
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      token_endpoint_auth_method: 'client_secret_basic',
    },
  ],
  // By default the tokens of confidential clients rotate late in their life only.
  rotateRefreshToken: true,
  issueRefreshToken: async () => true,
  ttl: {
    AccessToken: Number(ACCESS_SECONDS),
    RefreshToken: Number(REFRESH_SECONDS),
    Grant: 30 * DAY,
    Session: DAY,
    Interaction: 600,
  },
  findAccount: async (_, sub) =>
    userIsThere ? { accountId: sub, claims: async () => ({ sub }) } : undefined,
  features: {
    devInteractions: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
  },
  cookies: { keys: [randomBytes(16).toString('hex')] },
};

process.stdin.on('end', () => process.exit(0)).resume();

// The issuer has the port in its name, so the port comes first.
const server = http.createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const answer = new Provider(issuer, settings).callback();
  server.on('request', (request, response) => {
    if (request.url !== '/befall/user-disabled') {
      answer(request, response);
      return;
    }
    userIsThere = false;
    response.end('{}');
  });
  console.log(`ready ${issuer}`);
});
