"""What holds of every view of the web page, and what must not break it. Used by packaging/test-browser."""

import json
import re
import urllib.error
import urllib.request

from browser_lab import GUEST, USER, boot_action

# How many pages of one browser are open at once in the test.
TABS = 8
SCHEMES = ("light", "dark")
NEXT_PASSWORD = "the next password of the test"
AWAY = "main .notice.bad:has-text('The daemon does not answer')"

# Elements that reach beyond the window.
WIDE = """[...document.querySelectorAll('body *')].filter(each => each.getBoundingClientRect().right > window.innerWidth + 1)
    .map(each => each.outerHTML.slice(0, 120)).slice(0, 6)"""

# What a machine may send: mark-up, a script, an escape of a terminal, an override of the writing direction.
HOSTILE = "<img src=x onerror=window.harmed=1><script>window.harmed=1</script>\u202egnp.exe\u001b[2J"


def accessible(check, browser, name):
    """axe-core finds nothing, in both colour schemes."""
    from axe_playwright_python.sync_playwright import Axe
    for scheme in SCHEMES:
        browser.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = Axe().run(browser.page).response["violations"]
        detail = [(each["id"], [node["html"][:160] + " " + node["failureSummary"][:200] for node in each["nodes"][:3]]) for each in found]
        check(f"axe finds nothing in {name}, {scheme}", not found, detail)
    browser.page.emulate_media(color_scheme="light", reduced_motion="no-preference")


def every_view(check, browser, views):
    page = browser.page
    for path, there in views:
        browser.go(*path.split("/"))
        page.wait_for_selector(there, state="attached")
        page.wait_for_timeout(200)
        name = re.sub(r"%2F|/", "-", re.sub("actions/.*", "action", path))
        accessible(check, browser, name)
        for width in (360, 3840):
            page.set_viewport_size({"width": width, "height": 800})
            beyond = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            check(f"{name} is no wider than {width} px", beyond <= 0, page.evaluate(WIDE))
            if width == 360:
                page.emulate_media(color_scheme="dark")
                browser.shot(f"narrow-{name}")
                page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1280, "height": 800})
        browser.shot(f"view-{name}")


def boots(lab, mac, product):
    """A machine that no document names boots the installer and tells what it is."""
    node = lab.node
    script = urllib.request.urlopen(f"{node}/ipxe/{mac.replace(':', '-')}").read().decode()
    token = re.search(r"boatyard\.token=(\S+)", script)[1]
    body = {"mac": mac, "bmc_address": None, "serial": product, "vendor": product, "product": product, "uuid": None, "cpu_count": 1, "memory_mib": 1024, "disks": [],
            "interfaces": [{"name": "eth0", "mac": mac, "address": "0000:00:03.0"}], "lshw": "<list/>"}
    request = urllib.request.Request(f"{node}/agent/v1/inventory", json.dumps(body).encode(),
                                     {"Content-Type": "application/json", "Authorization": f"Bearer {token}"})
    return urllib.request.urlopen(request).status


def hostile(check, browser, lab):
    """Whatever machines and documents send is shown as text."""
    page = browser.page
    try:
        status = boots(lab, "52:54:00:66:66:66", HOSTILE)
    except urllib.error.HTTPError as error:
        status = error.read()
    check("a machine that no document names sends a hostile inventory", status == 200, status)
    text = json.dumps(HOSTILE)
    (lab.site / "hostile.yaml").write_text("---\n".join(
        boot_action(name, f"/etc/{name}", value)
        for name, value in (("hostile", text), ("long", json.dumps("<b>" + "x" * 1_000_000)))))
    lab.boatyard("create", "configdocs", "site", "--directory", "site", "--replace")
    revision = str(max(each["id"] for each in json.loads(fetch(browser, "revisions"))["results"]))
    browser.go("site")
    page.wait_for_selector("text=Machines that no document names")
    shown = page.inner_text("main")
    check("its inventory is text, with what cannot be seen made visible", "<script>window.harmed=1</script>" in shown and "\\u202e" in shown, shown[-600:])
    for name in ("hostile", "long"):
        browser.go("documents", "rendered", revision, "drydock%2FBootAction%2Fv1", name)
        page.wait_for_selector(f"h2:has-text('{name}')")
        page.wait_for_selector(".value:has-text('data:')")
        if name == "hostile":
            check("so is a document", "<img src=x onerror=window.harmed=1>" in page.inner_text(".values") and "\\u202e" in page.inner_text(".values"))
    check("a text of 1 MB is cut", len(page.inner_text(".values")) < 20_000)
    page.click("button:has-text('show all')")
    check("and shown on request", len(page.inner_text(".values")) > 1_000_000)
    browser.go("documents", "diff", "1", revision)
    page.wait_for_selector("text=2 documents created")
    check("nothing of it ran", page.evaluate("window.harmed === undefined && document.querySelectorAll('main img, main script, main b[onclick]').length === 0"))


def fetch(browser, path):
    return browser.page.evaluate("async path => (await fetch('api/v1.0/' + path, {headers: {Accept: 'application/json'}})).text()", path)


def tabs(check, browser):
    """Pages of one browser share a connection for events."""
    before = browser.streams
    pages = [browser.open() for _ in range(TABS - 1)]
    for page in pages:
        page.wait_for_selector(".connection.good")
    check(f"{TABS} pages are live with one connection for events", browser.streams == before, browser.streams)
    # The page that reads the events is closed; another one goes on with them.
    first = browser.page
    browser.page = pages[0]
    first.close()
    with browser.page.expect_request("**/events"):
        pass
    browser.page.wait_for_selector(".connection.good")
    check("when the page that has it is closed, another one goes on", browser.streams == before + 1, browser.streams)
    for page in pages[1:]:
        page.close()


def restart(check, browser, lab):
    page = browser.page
    browser.go("site")
    page.wait_for_selector(".tile.good")
    lab.stop()
    page.wait_for_selector(".connection.bad")
    check("without its daemon the page says so, and shows how it was",
          page.is_visible(AWAY) and page.locator("a.tile").count() == 12)
    browser.shot("away")
    lab.start()
    with page.expect_request(lambda request: request.url.endswith("/events") and "last-event-id" in request.headers, timeout=30_000):
        pass
    page.wait_for_selector(".connection.good", timeout=30_000)
    check("once it is back the page goes on behind the last event", page.locator(AWAY).count() == 0)
    # While it was away every request failed, which Chromium logs.
    browser.errors[:] = [error for error in browser.errors if "ERR_" not in error]


def expiry(check, browser, lab):
    """The session ends in mid-view."""
    page = browser.page
    browser.go("machines", "n0004", "design")
    page.wait_for_selector(".disk-bar")
    lab.boatyard("user", "passwd", USER, "--password", NEXT_PASSWORD)
    page.wait_for_selector("#user")
    check("a session that has ended asks for a login in its place", "#/machines/n0004/design" in page.url, page.url)
    browser.login(password=NEXT_PASSWORD)
    page.wait_for_selector(".disk-bar")
    check("and then the same view is there", page.inner_text("h1") == "n0004")
    browser.errors[:] = [error for error in browser.errors if "401" not in error]


def guest(check, browser, action):
    """What the policy forbids is absent."""
    page = browser.page
    page.click("button:has-text('Log out')")
    page.wait_for_selector("#user")
    browser.login(GUEST)
    page.wait_for_selector(".connection.good")
    links = page.locator("header nav a").all_inner_texts()
    check("views that the policy forbids are not in the menu", links == ["Site", "Networks", "Actions"], links)
    browser.go("machines", "n0004")
    page.wait_for_selector(".timeline .segment")
    parts = page.locator(".tabs a").all_inner_texts()
    check("nor parts of a machine", parts == ["Timeline", "Design", "Hardware", "BMC"], parts)
    browser.go("actions", action)
    page.wait_for_selector(".gantt-bar")
    check("nor controls and logs", page.locator(".controls button").count() == 0 and page.locator(".log").count() == 0)


def wrong_clock(check, browser):
    """The clock of the browser is an hour ahead."""
    browser.context.add_init_script("const real = Date.now; Date.now = () => real() + 3600e3;")
    page = browser.page = browser.open()
    page.wait_for_selector("#user")
    browser.login(password=NEXT_PASSWORD)
    page.wait_for_selector(".tile")
    page.wait_for_selector("footer:has-text('60 min ahead')")
    check("a clock that is an hour ahead is told, and times are the daemon's", True)
