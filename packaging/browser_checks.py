"""What holds of every view of the web page, and what must not break it. Used by packaging/test-browser."""

import json
import pathlib
import re
import subprocess
import tempfile
import urllib.error
import urllib.request

from browser_lab import CHROMIUM, GUEST, PASSWORD, USER, WATCH, boot_action, free_port

# How many pages of one browser are open at once in the test.
TABS = 8
# How many of them follow a console.
FOLLOWED = 3
SCHEMES = ("light", "dark")
NEXT_PASSWORD = "the next password of the test"
AWAY = "main .notice.bad:has-text('The daemon does not answer')"

# Elements that reach beyond the window.
WIDE = """[...document.querySelectorAll('body *')].filter(each => each.getBoundingClientRect().right > window.innerWidth + 1)
    .map(each => each.outerHTML.slice(0, 120)).slice(0, 6)"""

# For how long a page may take no keys, in milliseconds.
FROZEN = 1000

# What a machine may send: mark-up, a script, an escape of a terminal, an override of the writing direction.
HOSTILE = "<img src=x onerror=window.harmed=1><script>window.harmed=1</script>\u202egnp.exe\u001b[2J"


def slowest(page):
    """For how long the page has taken no keys at most, in milliseconds, since WATCH or the last question."""
    page.evaluate("new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)))")
    return page.evaluate("Math.max(0, ...window.busy.splice(0))")


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


# What a machine may write to its console: orders to a terminal, text that is no UTF-8, and behind it a line of 1 MB without an end.
CONSOLE = (b"\x1b]0;owned\x07\x1b[2J\x1b[31m<script>window.harmed=1</script>\r\n\xff\xfe\xc3( broken \xe2\x80\xae gnp.exe\r\n"
           + b"10 %\r" * 2000 + b"done\r\n" + b"\r" * 9000 + b"x\n" + b"<b>" + b"z" * 20_000)
ENDLESS = CONSOLE + b"z" * 1_000_000


def hostile_console(check, browser, lab):
    """The kept console of a machine, to which two boots are put, as the daemon keeps them: the newest one is followed."""
    page = browser.page
    folder = lab.folder / "state" / "consoles" / "n0004"
    folder.mkdir(parents=True, exist_ok=True)
    newest = max([int(each.stem) for each in folder.iterdir()], default=0)
    half = len(ENDLESS) // 2
    (folder / f"{newest + 1}.old").write_bytes(ENDLESS[:half])
    (folder / f"{newest + 1}.log").write_bytes(ENDLESS[half:])
    (folder / f"{newest + 2}.log").write_bytes(CONSOLE)
    page.evaluate(WATCH)
    browser.go("machines", "n0004", "console")
    for which in ("followed", "of the boot before"):
        page.wait_for_selector(".console .line:has-text('zzz')")
        shown = page.inner_text(".console")
        lines = shown.splitlines()
        check(f"a console, {which}, is text: orders to a terminal, broken UTF-8 and overrides of direction can be seen",
              "\\u001b[2J" in shown and "<script>window.harmed=1</script>" in shown and "\ufffd\ufffd\ufffd( broken" in shown and "\\u202e" in shown, shown[:600])
        check("what a carriage return has overwritten is gone, however often", "done" in lines and "10 %" not in shown, lines[:8])
        check("a line without an end is cut", max(map(len, lines)) < 10_000 and lines[-1].endswith("\u2026"), max(map(len, lines)))
        if which == "followed":
            page.evaluate("document.querySelector('.console').replaceChildren()")
            page.select_option(".panel select", "1")
    check("and the page stays usable meanwhile", slowest(page) < FROZEN, page.evaluate("window.busy"))


def hostile_reports(check, browser, action, machine):
    """What a boot action has reported beside its status."""
    page = browser.page
    browser.go("actions", action)
    page.wait_for_selector(".log .line")
    # The try in which the machine was installed.
    page.select_option(".log-panel select", "1")
    page.wait_for_selector(".log .error")
    earlier = page.locator("button:has-text('Show earlier lines')")
    while earlier.count():
        label = earlier.inner_text()
        earlier.click()
        page.wait_for_function("label => ![...document.querySelectorAll('button')].some(each => each.innerText === label)", arg=label)
    page.wait_for_selector(".log .line:has-text('window.harmed=1')")
    shown = page.inner_text(".log")
    check("what a boot action reports is text in the log of its step, and cut where it is long",
          "<img src=x onerror=window.harmed=1>" in shown and "\\u202e" in shown and max(map(len, shown.splitlines())) < 10_000, shown[-600:])
    browser.go("machines", machine, "design")
    page.wait_for_selector("summary:has-text('report')")
    summary = page.inner_text("summary:has-text('report') >> nth=-1")
    check("and is not taken for its status", "reported success" in summary, summary)


def hostile(check, browser, lab, action, machine):
    """Whatever machines and documents send is shown as text."""
    hostile_reports(check, browser, action, machine)
    hostile_console(check, browser, lab)
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
    while page.locator(".values button:has-text('show')").count():
        page.click(".values button:has-text('show')")
    check("and shown on request, part by part", len(page.inner_text(".values")) > 1_000_000)
    browser.go("documents", "diff", "1", revision)
    page.wait_for_selector("text=2 documents created")
    check("nothing of it ran", page.evaluate("window.harmed === undefined && document.querySelectorAll('main img, main script, main b[onclick]').length === 0"))


def fetch(browser, path):
    return browser.page.evaluate("async path => (await fetch('api/v1.0/' + path, {headers: {Accept: 'application/json'}})).text()", path)


def leases(check, browser, lab):
    """Who has which address by DHCP, known or not."""
    page = browser.page
    lab.lease("add", "52:54:00:00:03:11", "10.21.0.13", "n0003")
    lab.lease("add", "52:54:00:77:77:77", "10.21.250.151", "<b>visitor</b>")
    lab.lease("add", "52:54:00:77:77:78", "192.0.2.9", "stray")
    lab.until("the leases", lambda: len(lab.json("get", "leases")) == 3)
    browser.go("networks")
    page.wait_for_selector("summary:has-text('2 leases')")
    rows = page.locator("section:has(h2:text-is('pxe')) [aria-label='Leases in pxe'] tbody tr").all_inner_texts()
    check("a network shows its leases, with machine, name and MAC",
          len(rows) == 2 and rows[0].split("\t")[:4] == ["10.21.0.13", "n0003", "n0003", "52:54:00:00:03:11"], rows)
    check("the lease of a machine that no document names is there, without the name that is none",
          rows[1].split("\t")[:4] == ["10.21.250.151", "unknown", "", "52:54:00:77:77:77"], rows)
    check("a lease of no network stands apart", "192.0.2.9" in page.inner_text("section:has(h2:has-text('Leases in no network'))"))
    used = page.locator("section:has(h2:text-is('pxe')) tr:has-text('10.21.250.150') td.number").last.inner_text()
    check("the range counts it as used", used == "1", used)
    lab.lease("del", "52:54:00:77:77:78", "192.0.2.9", "stray")
    lab.until("the end of the lease", lambda: len(lab.json("get", "leases")) == 2)
    page.wait_for_selector("h2:has-text('Leases in no network')", state="detached")
    check("one that has ended goes by itself", True)


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
    consoles(check, browser, pages[1:])


def consoles(check, browser, pages):
    """More windows with a console than a browser has connections, all of which can be seen."""
    def waiting():
        return [page for page in pages if page.locator("text=other windows of this browser follow consoles").count()]
    for page in pages:
        page.evaluate("location.hash = '#/machines/n0004/console'")
    for page in pages:
        page.wait_for_selector(".console .line:has-text('zzz')")
    browser.until(lambda: len(waiting()) == len(pages) - FOLLOWED)
    check(f"of {len(pages)} windows with a console {FOLLOWED} follow it, and the others say so", True)
    browser.go("documents")
    browser.page.wait_for_selector("table caption:has-text('Revisions')", state="attached")
    check("meanwhile the others get answers", True)
    follows = next(page for page in pages if page not in waiting())
    follows.close()
    pages.remove(follows)
    browser.until(lambda: len(waiting()) == len(pages) - FOLLOWED)
    check("when one of them is closed, another one follows", True)
    for page in pages:
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
    browser.go("networks")
    page.wait_for_selector("text=The policy does not let you see the networks.")
    check("nor DHCP and its leases", page.locator("h2:has-text('DHCP'), summary:has-text('lease')").count() == 0)
    browser.go("machines", "n0004")
    page.wait_for_selector(".timeline .segment")
    parts = page.locator(".tabs a").all_inner_texts()
    check("nor parts of a machine", parts == ["Timeline", "Design", "Hardware", "BMC"], parts)
    browser.go("actions", action)
    page.wait_for_selector(".gantt-bar")
    check("nor controls and logs", page.locator(".controls button").count() == 0 and page.locator(".log").count() == 0)


# Every way to ask a browser for the time.
AN_HOUR = """{ const Real = Date; const off = %d;
    globalThis.Date = class extends Real { constructor(...given) { given.length ? super(...given) : super(Real.now() + off); } static now() { return Real.now() + off; } }; }"""


def wrong_clock(check, browser, lab, machine):
    """The clock of the browser is an hour ahead, and then an hour behind, while a machine waits for somebody."""
    action = re.search(r"action/([0-9A-Z]{26})", lab.boatyard("create", "action", "redeploy_server", "--param", f"target_nodes={machine}"))[1]
    for word, off in (("ahead", 3600_000), ("behind", -3600_000)):
        context = browser.again()
        context.add_init_script(AN_HOUR % off)
        page = browser.page = browser.open(context)
        page.wait_for_selector("#user")
        browser.login(password=NEXT_PASSWORD)
        page.wait_for_selector(".tile")
        page.wait_for_selector(f"footer:has-text('60 min {word}')")
        check(f"a clock that is an hour {word} is told", "Europe/Berlin (CE" in page.inner_text("footer"), page.inner_text("footer"))
        page.wait_for_selector(f".tile:has-text('{machine}'):has-text('needs your hands')")
        browser.go("machines", machine)
        page.wait_for_selector(".wait")
        texts = [page.inner_text(".wait")]
        browser.go("actions")
        row = page.locator(f"tr:has(a[href$='{action}'])")
        row.wait_for()
        texts.append(row.inner_text())
        browser.go("actions", action)
        page.wait_for_selector(".gantt-step.busy")
        texts += [page.inner_text(".gantt-step.busy"), page.inner_text(".title")]
        seconds = [re.search(r"\d+(\.\d)? s\b", each) is not None for each in texts[1:3]]
        check(f"what has passed, and what is left, is by the daemon's clock, {word}",
              all(seconds) and not re.search(r"\d h\b|6\d min|59 min|over since|, \d\d:", " ".join(texts)), texts)
        context.close()
    lab.boatyard("stop", f"action/{action}")


# Where the focus is, and whether that can be seen.
FOCUS = """(() => { const each = document.activeElement, style = getComputedStyle(each);
    return each === document.body ? null : [each.outerHTML.slice(0, 120), style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2]; })()"""


def keyboard(check, browser):
    """Login, every view and logout by keys alone. The page is one that nobody has logged in at."""
    page = browser.page
    page.wait_for_selector("#user:focus")
    page.keyboard.type(USER)
    page.keyboard.press("Tab")
    page.keyboard.type(NEXT_PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(".connection.good")
    stops = []
    for place in ("Networks", "Actions", "Documents", "Site"):
        page.evaluate("document.activeElement.blur()")
        for _ in range(60):
            page.keyboard.press("Tab")
            stops.append(page.evaluate(FOCUS))
            if page.evaluate("document.activeElement.innerText") == place:
                break
        page.keyboard.press("Enter")
        page.wait_for_selector(f"nav a[aria-current=page]:has-text('{place}')")
        for _ in range(25):
            page.keyboard.press("Tab")
            stops.append(page.evaluate(FOCUS))
    check("login and every view go by keyboard alone", True)
    unseen = [each[0] for each in stops if each and not each[1]]
    check("where the focus is can be seen at every stop", not unseen, unseen[:5])
    check("nothing moves by itself", page.evaluate("document.getAnimations().length") == 0 and page.evaluate(
        "[...document.querySelectorAll('body *')].filter(each => getComputedStyle(each).transitionDuration !== '0s').length") == 0)


def many_values(changed=None):
    """A document of 5 MB."""
    rows = "".join(f"  key-{number:06}: {'changed' if number == changed else 'a value of some length'}\n" for number in range(130_000))
    return ("schema: example/Values/v1\nmetadata:\n  schema: metadata/Document/v1\n  name: many\n  layeringDefinition:\n    abstract: false\n    layer: site\n"
            f"  storagePolicy: cleartext\ndata:\n{rows}")


def large(check, browser, lab):
    """Two documents of 5 MB, of many values and of one, in every view of documents."""
    page = browser.page
    long = boot_action("endless", "/etc/endless", json.dumps("<b>" + "x y " * 1_250_000))
    file = lab.site / "large.yaml"

    def stage(changed):
        file.write_text(f"{many_values(changed)}---\n{long}")
        lab.boatyard("create", "configdocs", "site", "--directory", "site", "--replace")
    stage(None)
    lab.boatyard("commit", "configdocs")
    stage(77_000)
    revision = max(each["id"] for each in json.loads(fetch(browser, "revisions"))["results"])
    page.evaluate(WATCH)
    browser.go("documents", "buffer")
    for name in ("endless", "many"):
        page.click(f"summary:has-text('{name}')", timeout=20_000)
        page.click("details[open] button:has-text('show more') >> nth=-1")
    frozen = {"the buffer": slowest(page)}
    browser.go("documents", "rendered", str(revision), "drydock%2FBootAction%2Fv1", "endless")
    page.wait_for_selector("h2:has-text('endless')")
    for _ in range(3):
        page.click(".values button:has-text('show more')")
    frozen["a long value"] = slowest(page)
    browser.go("documents", "rendered", str(revision), "example%2FValues%2Fv1", "many")
    page.wait_for_selector("h2:has-text('many')")
    page.locator(".value").first.focus()
    page.keyboard.press("End")
    page.wait_for_selector(".origins >> text=site/large.yaml:130009")
    page.wait_for_selector(".value.current:has-text('key-129999')")
    check("the last of 130000 values is reached by keyboard and explained", "key-129999" in page.evaluate("document.activeElement.innerText"))
    check("and 400 of them are in the page", page.locator(".value").count() == 400, page.locator(".value").count())
    frozen["many values"] = slowest(page)
    browser.go("documents", "diff", str(revision - 1), str(revision))
    page.wait_for_selector(".differences .change ins:has-text('changed')")
    check("the one that differs is found", page.locator(".differences .change").count() == 1 and "key-077000" in page.inner_text(".differences"), page.inner_text("main")[:500])
    frozen["the difference"] = slowest(page)
    check("with documents of 5 MB the page takes keys within a second", max(frozen.values()) < FROZEN, frozen)
    print(f"   the page was busy for at most, in ms: {frozen}")


# What a login says where the browser keeps no cookie.
NO_COOKIE = "does not keep the cookie"


def blocked_cookies(check, browser, playwright):
    """A browser that keeps no cookies of this address."""
    with tempfile.TemporaryDirectory(prefix="boatyard-profile.") as folder:
        (pathlib.Path(folder) / "Default").mkdir()
        (pathlib.Path(folder) / "Default" / "Preferences").write_text(json.dumps({"profile": {"default_content_setting_values": {"cookies": 2}}}))
        context = browser.watched(playwright.chromium.launch_persistent_context(folder, executable_path=CHROMIUM, args=["--no-sandbox"]))
        page = browser.page = browser.open(context)
        page.wait_for_selector("#user")
        browser.login(password=NEXT_PASSWORD)
        page.wait_for_selector(f"text={NO_COOKIE}")
        check("where cookies are blocked the login says so, and what to do", "Let it keep cookies of this address" in page.inner_text("form"), page.inner_text("form"))
        context.close()


def keystone(check, browser, lab):
    """A second daemon on this host, whose users are those of the first one, which is its Keystone."""
    folder = lab.folder / "second"
    (folder / "state").mkdir(parents=True)
    port, node = free_port(), free_port()
    (folder / "password").write_text(PASSWORD + "\n")
    lab.boatyard("user", "create", "second", "--password", PASSWORD, "--project", "service", "--role", "admin")
    (folder / "boatyard.yaml").write_text(
        f"listeners:\n  admin:\n    path: {folder / 'api.sock'}\n    group: root\n  api:\n    address: 127.0.0.1:{port}\n  node:\n    address: 127.0.0.1:{node}\n"
        f"state_directory: {folder / 'state'}\nidentity:\n  keystone:\n    url: {lab.url}\n    username: second\n    password_file: {folder / 'password'}\n    project: service\n")
    (folder / "password").chmod(0o600)
    daemon = subprocess.Popen([lab.programs / "boatyardd", "--config", folder / "boatyard.yaml"], stdout=lab.log, stderr=lab.log)
    try:
        lab.until("the second daemon", lambda: (folder / "api.sock").exists() or daemon.poll() is not None)
        first = browser.page
        url, browser.lab.url = browser.lab.url, f"http://127.0.0.1:{port}"
        browser.own.add(browser.lab.url)
        try:
            page = browser.page = browser.open(first.context)
            page.wait_for_selector("#user")
            browser.login(password="wrong")
            page.wait_for_selector("text=User or password is wrong.")
            browser.login(password=NEXT_PASSWORD)
            page.wait_for_selector(".connection.good")
            check("users of a Keystone elsewhere log in by the page", page.inner_text(".user") == USER)
            first.bring_to_front()
            first.evaluate("location.hash = '#/actions'")
            first.wait_for_selector("table >> text=deploy_site")
            first.reload()
            first.wait_for_selector(".connection.good")
            check("and the session at another daemon of this host goes on", first.locator("#user").count() == 0, first.context.cookies())
            lab.stop()
            page.click("button:has-text('Log out')")
            page.wait_for_selector("#user")
            browser.login(password=NEXT_PASSWORD)
            page.wait_for_selector(".notice.bad")
            told = page.inner_text(".notice.bad")
            check("where Keystone does not answer the login says so", "Keystone" in told, told)
            page.close()
        finally:
            browser.lab.url, browser.page = url, first
            if lab.daemon.poll() is not None:
                lab.start()
    finally:
        daemon.terminate()
        daemon.wait()
