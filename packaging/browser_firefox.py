"""The web page in Debian's Firefox, driven by WebDriver BiDi over its own socket. Used by packaging/test-browser."""

import itertools
import json
import pathlib
import shutil
import subprocess
import tempfile
import time

from browser_lab import Trouble, free_port

FIREFOX = "/usr/bin/firefox-esr"


def missing():
    """Why Firefox cannot be driven; empty where it can."""
    if not pathlib.Path(FIREFOX).exists():
        return "firefox-esr is not installed (packaging/setup browser)"
    try:
        import websockets  # noqa: F401
    except ImportError:
        return "websockets is not installed (packaging/setup browser)"
    return ""


class Firefox:
    """One page of a headless Firefox with a new profile."""

    def __init__(self, settings=""):
        """`settings`: lines of the profile's `user.js`."""
        from websockets.sync.client import connect
        self.profile = tempfile.mkdtemp(prefix="boatyard-firefox.")
        (pathlib.Path(self.profile) / "user.js").write_text(settings)
        port = free_port()
        self.process = subprocess.Popen(
            [FIREFOX, "--headless", "--no-remote", "--profile", self.profile, f"--remote-debugging-port={port}", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.numbers = itertools.count(1)
        self.errors = []
        end = time.monotonic() + 60
        while True:
            try:
                self.socket = connect(f"ws://127.0.0.1:{port}/session", max_size=64 << 20, open_timeout=5)
                break
            except OSError:
                if time.monotonic() > end:
                    self.close()
                    raise Trouble("Firefox does not answer") from None
                time.sleep(0.2)
        self.order("session.new", capabilities={})
        self.order("session.subscribe", events=["log.entryAdded"])
        self.page = self.order("browsingContext.getTree")["contexts"][0]["context"]

    def order(self, method, **parameters):
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self.socket.recv(timeout=60))
            if answer.get("method") == "log.entryAdded" and answer["params"]["level"] == "error":
                self.errors.append(answer["params"]["text"])
            if answer.get("id") == number:
                if answer["type"] == "error":
                    raise Trouble(f"Firefox, {method}: {answer['message']}")
                return answer["result"]

    def evaluate(self, expression):
        result = self.order("script.evaluate", expression=expression, target={"context": self.page}, awaitPromise=True)
        if result["type"] != "success":
            raise Trouble(f"Firefox, {expression}: {result['exceptionDetails']['text']}")
        return result["result"].get("value")

    def until(self, expression, limit=20):
        end = time.monotonic() + limit
        while not self.evaluate(expression):
            if time.monotonic() > end:
                raise Trouble(f"Firefox: {expression} did not come")
            time.sleep(0.1)

    def login(self, url, user, password):
        self.order("browsingContext.navigate", context=self.page, url=f"{url}/ui/", wait="complete")
        self.until("document.querySelector('#user') !== null")
        self.evaluate(f"document.querySelector('#user').value = {json.dumps(user)}; document.querySelector('#password').value = {json.dumps(password)};"
                      "document.querySelector('form').requestSubmit()")

    def close(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)


def views(check, url, user, password, views):
    """Every view is drawn, without an error."""
    firefox = Firefox()
    try:
        firefox.login(url, user, password)
        firefox.until("document.querySelector('.connection.good') !== null")
        check("Firefox: logged in, and live", True)
        drawn = []
        for path, there in views:
            firefox.evaluate(f"location.hash = {json.dumps('#/' + path)}; undefined")
            if there.startswith("text="):
                firefox.until(f"document.querySelector('main').innerText.includes({json.dumps(there[5:])})")
            else:
                firefox.until(f"document.querySelector({json.dumps(there)}) !== null")
            drawn.append(path)
        check("Firefox: every view is drawn", len(drawn) == len(views))
        check("Firefox: its console has no error", not firefox.errors, firefox.errors[:5])
    finally:
        firefox.close()


def blocked_cookies(check, url, user, password, told):
    """A Firefox that keeps no cookies, and refuses pages what they could keep things in."""
    firefox = Firefox('user_pref("network.cookie.cookieBehavior", 2);\n')
    try:
        firefox.login(url, user, password)
        firefox.until(f"document.querySelector('main').innerText.includes({json.dumps(told)})")
        check("Firefox: where cookies are blocked the login says so", not firefox.errors, firefox.errors[:5])
    finally:
        firefox.close()
