// A person with a browser that knows no script: cookies, redirects and forms, over plain HTTP.

const MAX_PAGES = 12;

// Follows an authorization request to the app's address, which is given back and not opened.
export async function answerRequest(url, redirectUri, person, decision = 'allow') {
  const cookies = new Map();
  let page = await open(new URL(url), {}, cookies);
  for (let count = 0; count < MAX_PAGES; count += 1) {
    if (page.location) {
      if (page.location.href.startsWith(redirectUri)) {
        return page.location;
      }
      page = await open(page.location, {}, cookies);
    } else {
      page = await submit(page, person, decision, cookies);
    }
  }
  throw new Error(`still no answer to the app after ${MAX_PAGES} pages`);
}

async function submit(page, { email, password }, decision, cookies) {
  const forms = [...page.html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gis)].map(readForm);
  const consent = forms.find((form) =>
    form.buttons.some(({ name, value }) => name === 'decision' && value === decision),
  );
  const signIn = forms.find((form) => form.fields.has('password'));
  const form = consent ?? signIn;
  if (!form) {
    throw new Error(`no form to go on with: ${page.status} at ${page.url}\n${page.html}`);
  }
  if (consent) {
    form.fields.set('decision', decision);
  } else {
    if (page.html.includes('role="alert"')) {
      throw new Error(`the sign-in was refused\n${page.html}`);
    }
    form.fields.set('email', email).set('password', password);
  }
  const body = new URLSearchParams([...form.fields]);
  return open(new URL(form.action, page.url), { method: 'POST', body }, cookies);
}

async function open(url, init, cookies) {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const headers = cookie ? { cookie } : {};
  const response = await fetch(url, { ...init, headers, redirect: 'manual' });
  for (const line of response.headers.getSetCookie()) {
    const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
    if (/;\s*max-age=0(;|$)/i.test(line)) {
      cookies.delete(name);
    } else {
      cookies.set(name, value);
    }
  }
  const location = response.headers.get('location');
  return {
    url,
    status: response.status,
    location: location && new URL(location, url),
    html: await response.text(),
  };
}

function readForm([, attributes, content]) {
  const elements = (name) =>
    [...content.matchAll(new RegExp(`<${name}\\b([^>]*)>`, 'gi'))].map(([, text]) => read(text));
  const inputs = elements('input').filter(({ name }) => name);
  return {
    action: read(attributes).action ?? '',
    fields: new Map(inputs.map(({ name, value }) => [name, value ?? ''])),
    buttons: elements('button'),
  };
}

function read(attributes) {
  const pairs = attributes.matchAll(/([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/g);
  return Object.fromEntries(
    [...pairs].map(([, name, double, single, bare]) => [
      name.toLowerCase(),
      decode(double ?? single ?? bare),
    ]),
  );
}

const NAMED = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decode(text) {
  return text.replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (name) {
      return NAMED[name] ?? whole;
    }
    return String.fromCodePoint(hex ? parseInt(hex, 16) : Number(decimal));
  });
}
