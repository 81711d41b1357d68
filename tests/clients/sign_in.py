"""A person with a browser that knows no script: cookies, redirects and forms, over plain HTTP."""

from html.parser import HTMLParser
from urllib.parse import urljoin

import requests

MAX_PAGES = 12


class Forms(HTMLParser):
    """The forms of a page: action, fields, buttons."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.open = None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.open = {"action": attributes.get("action", ""), "fields": {}, "buttons": []}
            self.found.append(self.open)
        elif self.open is not None and "name" in attributes:
            pair = (attributes["name"], attributes.get("value", ""))
            if tag == "input":
                self.open["fields"].update([pair])
            elif tag == "button":
                self.open["buttons"].append(pair)

    def handle_endtag(self, tag):
        if tag == "form":
            self.open = None


def answer_request(url, redirect_uri, email, password, decision="allow"):
    """Follows an authorization request to the app's address, which is given back, not opened."""
    browser = requests.Session()
    page = browser.get(url, allow_redirects=False)
    for _ in range(MAX_PAGES):
        if page.is_redirect:
            location = urljoin(page.url, page.headers["Location"])
            if location.startswith(redirect_uri):
                return location
            page = browser.get(location, allow_redirects=False)
            continue
        form = filled(page, email, password, decision)
        target = urljoin(page.url, form["action"])
        page = browser.post(target, data=form["fields"], allow_redirects=False)
    raise RuntimeError(f"still no answer to the app after {MAX_PAGES} pages")


def filled(page, email, password, decision):
    forms = Forms(page.text).found
    for form in forms:
        if ("decision", decision) in form["buttons"]:
            form["fields"]["decision"] = decision
            return form
    for form in forms:
        if "password" in form["fields"]:
            if 'role="alert"' in page.text:
                raise RuntimeError(f"the sign-in was refused\n{page.text}")
            form["fields"].update(email=email, password=password)
            return form
    raise RuntimeError(f"no form to go on with: {page.status_code} at {page.url}\n{page.text}")
