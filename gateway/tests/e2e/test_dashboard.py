"""The dashboard in a real browser: sign in, see a call, understand it, make a key and end it."""

import importlib.util

import httpx
import pytest

from conftest import clients
from harness.apps import Ask, OpenAiApp
from harness.browser import CHROMIUM, accessibility_problems, page, sign_in
from harness.process import until
from harness.world import DEMO

pytestmark = [
    pytest.mark.skipif(not CHROMIUM, reason="no chromium here: apt-get install chromium"),
    pytest.mark.skipif(importlib.util.find_spec("playwright") is None, reason="not installed: playwright"),
]

CARD, MAIL = "4111111111111111", "ada.lovelace@example.com"


@pytest.fixture(scope="module")
def calls(demo):
    """Ids of a call with personal data in it and of a refused one."""
    raw = clients(demo)["openai"].chat.completions.with_raw_response
    messages = [{"role": "user", "content": f"Write to {MAIL} about card {CARD}"}]
    good = raw.create(model=DEMO, messages=messages).headers["x-marshal-call-id"]
    with demo.http() as http:
        refused = http.post("/v1/chat/completions", json={"model": "gpt-17", "messages": messages})
    return {"good": good, "refused": refused.headers["x-marshal-call-id"]}


@pytest.fixture(scope="module")
def signed_in(demo, calls):
    """A browser that has signed in with the one-time login."""
    with page() as opened:
        sign_in(opened, demo)
        yield opened


def test_a_login_works_once(demo, signed_in):
    token = demo.login.split("token=")[1]
    with httpx.Client(base_url=demo.control, trust_env=False, timeout=60) as http:
        again = http.post("/login", data={"token": token}, headers={"origin": demo.control})
    assert again.status_code == 401


def test_nobody_sees_a_page_without_signing_in(demo, signed_in):
    stranger = signed_in.context.browser.new_context().new_page()
    stranger.goto(demo.control)
    stranger.get_by_role("heading", name="Sign in").wait_for()
    assert stranger.get_by_role("link", name="Keys").count() == 0


def test_a_call_is_listed_and_tells_its_story(demo, signed_in, calls):
    signed_in.goto(demo.control)
    links = [link.get_attribute("href") for link in signed_in.locator("table a[href^='/calls/']").all()]
    assert links == [f"/calls/{calls['refused']}", f"/calls/{calls['good']}"]
    signed_in.locator(f"a[href='/calls/{calls['good']}']").click()
    signed_in.wait_for_url(f"**/calls/{calls['good']}")
    text = signed_in.locator("main").inner_text()
    assert "demo/demo-chat" in text
    headings = signed_in.locator("h2").all_inner_texts()
    assert {"Why it went there", "What the policies decided", "Sensitive data", "Records"} <= set(headings)
    for word in ("CREDIT_CARD", "EMAIL_ADDRESS", "surrogate", "everyone-invokes"):
        assert word in text, word
    assert "card-data" in text or "personal-data" in text, "no compliance rule is named"
    assert CARD not in signed_in.content() and MAIL not in signed_in.content()


def test_a_refusal_says_why(demo, signed_in, calls):
    signed_in.goto(f"{demo.control}/calls/{calls['refused']}")
    assert "unknown_model" in signed_in.locator("main").inner_text()


def test_a_key_made_in_the_browser_works_until_it_is_revoked(demo, signed_in):
    signed_in.goto(demo.control)
    signed_in.get_by_role("link", name="Keys").click()
    signed_in.locator("summary", has_text="New key").click()
    signed_in.get_by_label("Name").fill("browser-made")
    signed_in.get_by_role("button", name="Make key").click()
    key = signed_in.locator("pre code").inner_text().strip()
    assert key.startswith("mk_")
    app = OpenAiApp(clients(demo, key)["openai"])
    assert app.ask(Ask(DEMO)).choice().text

    signed_in.get_by_role("link", name="All keys").click()
    assert key not in signed_in.content(), "a key is shown once"
    row = signed_in.locator("tr", has_text="browser-made")
    row.locator("summary").click()
    row.get_by_role("button", name="Revoke for good").click()
    signed_in.locator("tr", has_text="browser-made").get_by_text("revoked").wait_for()

    def refused():
        with demo.http(headers={"authorization": f"Bearer {key}"}) as http:
            return http.get("/v1/models").status_code == 401

    until(refused, "the revoked key is refused")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_is_accessible(demo, signed_in, calls, theme):
    signed_in.emulate_media(color_scheme=theme)
    tabs = [link.get_attribute("href") for link in signed_in.locator("header nav a, nav.tabs a").all()]
    assert "/keys" in tabs
    for address in [*tabs, f"/calls/{calls['good']}", f"/calls/{calls['refused']}"]:
        signed_in.goto(demo.control + address)
        assert not (problems := accessibility_problems(signed_in)), f"{address}: {problems}"


def test_a_narrow_screen_needs_no_scrolling_sideways(demo, signed_in, calls):
    signed_in.set_viewport_size({"width": 375, "height": 800})
    try:
        for address in ("/", "/keys", f"/calls/{calls['good']}"):
            signed_in.goto(demo.control + address)
            wide = signed_in.evaluate("document.documentElement.scrollWidth")
            assert wide <= 375, f"{address} is {wide} pixels wide"
    finally:
        signed_in.set_viewport_size({"width": 1280, "height": 800})


def test_the_browser_had_nothing_to_complain_of(signed_in):
    """Last on purpose: what the pages above left in the console."""
    assert signed_in.complaints == []
