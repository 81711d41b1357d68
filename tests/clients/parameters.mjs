// What the test tells the scripts, by environment variables.

export function need(name) {
  const value = process.env[name];
  if (!value) {
    console.error(`the environment variable ${name} is missing`);
    process.exit(1);
  }
  return value;
}

export const issuer = need('ISSUER');
export const redirectUri = need('REDIRECT_URI');
export const scope = need('SCOPE');
export const person = { email: need('EMAIL'), password: need('PASSWORD') };

const client = (name) => ({
  id: need(`${name}_CLIENT_ID`),
  secret: process.env[`${name}_CLIENT_SECRET`],
});

// Clients with a secret, one for each algorithm that signs access tokens.
export const confidential = new Map([
  ['EdDSA', client('EDDSA')],
  ['ES256', client('ES256')],
  ['RS256', client('RS256')],
]);
export const publicClient = client('PUBLIC');
// Asks for tokens of its own only.
export const service = client('SERVICE');
