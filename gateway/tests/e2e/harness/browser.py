"""A real browser, and the people who sit before it."""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path

CHROMIUM = os.environ.get("MARSHAL_E2E_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
# Nothing but the pages under test: without these the browser itself calls home, again and again.
QUIET = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
QUIET += ["--disable-component-update", "--disable-sync", "--no-default-browser-check"]
SIZE = {"width": 1280, "height": 800}


@contextmanager
def page(**options):
    """A page in a browser with an empty profile; `page.complaints` is all that its console and network complain of."""
    from playwright.sync_api import sync_playwright

    root = ["--no-sandbox"] if os.getuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET + root)
        opened = browser.new_context(viewport=SIZE, **options).new_page()
        opened.complaints = []
        opened.on("console", lambda said: opened.complaints.append(said.text) if said.type != "log" else None)
        opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
        opened.on("response", lambda got: opened.complaints.append(f"{got.status} {got.url}") if got.status > 399 else None)
        opened.on("requestfailed", lambda request: failed(opened, request))
        try:
            yield opened
        finally:
            browser.close()


def failed(opened, request) -> None:
    """Notes a request that failed; one that the next page cut off did not."""
    if request.failure != "net::ERR_ABORTED":
        opened.complaints.append(f"{request.url} {request.failure}")


def sign_in(opened, gateway) -> None:
    """As a person does it: opens the printed address and presses the button."""
    opened.goto(gateway.login)
    opened.get_by_role("button", name="Sign in").click()
    opened.get_by_role("heading", name="Calls", exact=True).wait_for()


def accessibility_problems(opened) -> list[str]:
    """What axe-core finds wrong with the page as it stands."""
    import axe_playwright_python

    script = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
    # Evaluated by the debugger, so that the page's own content policy stays as strict as it is.
    opened.evaluate(script)
    found = opened.evaluate("() => axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})")
    return [
        f"{one['id']}: {one['help']} ({', '.join(str(node['target']) for node in one['nodes'][:3])})"
        for one in found["violations"]
    ]
