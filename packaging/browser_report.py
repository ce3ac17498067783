"""The report of `boatyard rehearse` in a browser, from a file. Used by packaging/test-browser."""

import json
import subprocess

import browser_checks
import browser_firefox
from browser_lab import TOP, boot_action

FAULTY, GOOD = "berth-3", "berth-1"
EXAMPLE = TOP / "etc" / "examples" / "site"

# Ends the element that holds the report, were it written as it is.
HOSTILE = "</script><script>window.harmed=1</script><img src=x onerror=window.harmed=1>\u202egnp.exe"


class File:
    """A file in Chromium, with what browser_checks asks of a browser."""

    def __init__(self, engine, path, screenshots):
        self.errors, self.requests, self.screenshots = [], [], screenshots
        self.context = engine.new_context(viewport={"width": 1280, "height": 800}, timezone_id="Europe/Berlin", locale="en-GB")
        self.page = self.context.new_page()
        self.page.on("console", lambda message: message.type in ("error", "warning") and self.errors.append(message.text))
        self.page.on("pageerror", lambda error: self.errors.append(f"{error} {error.stack}"))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.set_default_timeout(20_000)
        self.page.goto(path.as_uri())

    def shot(self, name):
        self.page.screenshot(path=str(self.screenshots / f"{name}.png"))


def hostile_site(example, folder):
    """The example site below folders whose names are a script, with a boot action that writes to a path which is one; its groups need everybody."""
    site = folder / "<script>window.harmed=1<" / "script><img src=x onerror=window.harmed=1>"
    site.mkdir(parents=True)
    for file in example.glob("*.yaml"):
        (site / file.name).write_text(file.read_text().replace("percent_successful_nodes: 60", "percent_successful_nodes: 100"))
    (site / "hostile.yaml").write_text(boot_action("hostile", json.dumps("/etc/" + HOSTILE), "moored"))
    return site


def checked(check, engine, programs, folder, screenshots):
    folder.mkdir(exist_ok=True)
    site = hostile_site(EXAMPLE, folder)
    done = subprocess.run([programs.absolute() / "boatyard", "rehearse", site.relative_to(folder), "--fault", f"{FAULTY}=disk-missing", "--report", "report"],
                          cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    check("a rehearsal with a fault ends with 1 and a report", done.returncode == 1 and "report.html" in done.stdout, done.stdout)
    path = folder / "report" / "report.html"
    check("the report of four machines is smaller than 1 MB", path.stat().st_size < 1_000_000, path.stat().st_size)
    browser = File(engine, path, screenshots)
    page = browser.page
    page.wait_for_selector("h1:has-text('Not as the documents ask: 1 of 4 machines')")
    page.wait_for_selector(".gantt-bar")
    check("it has a tile for each machine", page.locator("a.tile").count() == 4 and page.locator(".tile.bad").count() == 1, page.inner_text("main"))
    check("the step that failed says why", page.locator(".steps .notice.bad").count() == 1, page.inner_text("main"))
    looked_at(check, browser, "report")
    page.locator(".gantt-row[href]").first.click()
    page.wait_for_selector(".gantt-step.chosen")
    check("another step can be chosen", page.locator(".gantt-step.chosen").count() == 1)
    page.locator("a.tile").first.focus()
    for _ in range(4):
        if FAULTY in page.evaluate("document.activeElement.innerText"):
            break
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"h1:has-text('{FAULTY}')")
    check("a machine is opened by keyboard and says why it failed", page.locator("main > .notice.bad").count() == 1, page.inner_text("main"))
    looked_at(check, browser, "report-machine")
    page.goto(path.as_uri() + f"#/machines/{GOOD}")
    page.wait_for_selector(".disk-bar")
    page.wait_for_selector(".timeline .segment")
    check("a path that is a script is a text", "</script><script>window.harmed=1" in page.text_content("main") and "\\u202egnp" in page.text_content("main"), page.text_content("main")[-3000:])
    looked_at(check, browser, "report-design")
    page.goto(path.as_uri() + "#/")
    page.wait_for_selector("a.tile")
    check("and so is the name of the site's folder", "<script>window.harmed=1</script>" in page.inner_text("main"), page.inner_text("main"))
    check("nothing of it ran", page.evaluate("window.harmed === undefined && document.querySelectorAll('main img, main script').length === 0"))
    # Modules are data: addresses within the file.
    asked = [url for url in browser.requests if not url.startswith(("file://", "data:"))]
    check("the report asks for nothing", not asked and {url.split("#")[0] for url in browser.requests if url.startswith("file:")} == {path.as_uri()}, asked)
    check("the console of the browser has no error for the report", not browser.errors, browser.errors[:5])
    browser.context.close()
    in_firefox(check, path)


def looked_at(check, browser, name):
    """What holds of every view."""
    browser_checks.accessible(check, browser, name)
    for width in (360, 3840):
        browser.page.set_viewport_size({"width": width, "height": 800})
        beyond = browser.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        check(f"{name} is no wider than {width} px", beyond <= 0, browser.page.evaluate(browser_checks.WIDE))
    browser.page.set_viewport_size({"width": 1280, "height": 800})
    browser.shot(name)


def in_firefox(check, path):
    """The same file in Firefox, where there is one."""
    if browser_firefox.missing():
        return
    firefox = browser_firefox.Firefox()
    try:
        firefox.order("browsingContext.navigate", context=firefox.page, url=path.as_uri(), wait="complete")
        firefox.until("document.querySelectorAll('a.tile').length === 4")
        firefox.evaluate(f"location.hash = '#/machines/{GOOD}'; undefined")
        firefox.until("document.querySelector('.disk-bar') !== null && document.querySelector('.timeline .segment') !== null")
        check("Firefox: the report is drawn, without an error", not firefox.errors and firefox.evaluate("window.harmed === undefined"), firefox.errors[:5])
    finally:
        firefox.close()
