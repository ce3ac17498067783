"""A rehearsed site and a browser that looks at it: the daemon, simulated machines, Chromium driven by playwright.

Used by packaging/test-browser and packaging/bench.d/browser. Everything listens on loopback, state is in a temporary folder.
"""

import http.server
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "packaging"))
from large_site import write_site  # noqa: E402

VENV = TOP / ".build" / "browser-venv"
CHROMIUM = "/usr/bin/chromium"
USER, GUEST, PASSWORD = "operator", "guest", "a password of the test"
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}

# Whoever has the role 'reader' sees machines and actions, and changes nothing.
POLICY = """
"reader": "role:admin or role:reader"
"physical_provisioner:read_data": "rule:reader"
"workflow_orchestrator:list_actions": "rule:reader"
"workflow_orchestrator:get_action": "rule:reader"
"workflow_orchestrator:get_action_step": "rule:reader"
"""

# Keeps how long the page was busy at a time, in milliseconds; a pause of less than 50 ms is none.
WATCH = """window.busy = []; window.watch?.disconnect();
    (window.watch = new PerformanceObserver(list => list.getEntries().forEach(each => window.busy.push(Math.round(each.duration))))).observe({type: 'longtask'})"""


class Trouble(Exception):
    pass


def missing():
    """Why nothing can run here; empty where it can."""
    if not pathlib.Path(CHROMIUM).exists():
        return "chromium is not installed (packaging/setup browser)"
    try:
        import playwright  # noqa: F401
    except ImportError:
        return "playwright is not installed (packaging/setup browser)"
    return ""


def in_venv():
    """Goes on with the Python that has playwright, where packaging/setup browser has made one."""
    python = VENV / "bin" / "python"
    if python.exists() and pathlib.Path(sys.prefix) != VENV:
        os.execv(python, [str(python), *sys.argv])


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class AssetServer:
    """Serves one asset of a boot action, once it is mended. Another one tells it by its address how to report as that boot action."""

    def __init__(self):
        self.is_mended = False
        # What is told to the daemon in the name of the machine, and how often that was taken.
        self.details, self.reported = [], 0
        lab = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path.startswith("/report?"):
                    told = urllib.parse.parse_qs(self.path.split("?", 1)[1])
                    threading.Thread(target=lab.report, args=(told["url"][0], told["key"][0]), daemon=True).start()
                    return self.answer(200, b"report\n")
                self.answer(200, b"moored\n") if lab.is_mended else self.answer(404, b"<b onclick=alert(1)>no such berth</b>\n")

            def answer(self, status, body):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.url = f"{self.base}/berth"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def report(self, url, key):
        """Reports as a boot action, as soon as its installation has begun, for which the machine itself has not reported yet."""
        body = json.dumps({"details": self.details}).encode()
        end = time.monotonic() + 60
        while time.monotonic() < end:
            request = urllib.request.Request(url, body, {"Content-Type": "application/json", "X-Bootaction-Key": key})
            try:
                urllib.request.urlopen(request).close()
                self.reported += 1
                return
            except OSError:
                time.sleep(0.02)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Lab:
    """A daemon with simulated machines, in a folder."""

    def __init__(self, folder, count, programs, faults=(), edit=lambda folder: None, settings="", nice=0):
        self.folder, self.programs = folder, programs
        self.site = folder / "site"
        write_site(count, self.site)
        racks(self.site, max(4, min(40, count // 3)))
        edit(self.site)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.node = f"http://127.0.0.1:{free_port()}"
        self.socket = folder / "api.sock"
        self.dhcp = folder / "dhcp-events.sock"
        (folder / "policy.yaml").write_text(POLICY)
        (folder / "boatyard.yaml").write_text(
            f"listeners:\n  admin:\n    path: {self.socket}\n    group: root\n  api:\n    address: 127.0.0.1:{self.port}\n"
            f"  node:\n    address: {self.node[7:]}\nstate_directory: {folder / 'state'}\n"
            f"identity:\n  policy: {folder / 'policy.yaml'}\n{settings}")
        (folder / "state").mkdir()
        self.log = open(folder / "log", "ab")
        self.daemon = None
        # The browser of a measurement is on the same host, which it would not be in use.
        self.nice = ["nice", "-n", str(nice)]
        words = [word for fault in faults for word in ("--fault", fault)]
        self.rehearsal = subprocess.Popen(
            [*self.nice, programs / "boatyard-rehearse", "--site", self.site, "--map", folder / "map.json", "--boot-server", folder / "ready.json",
             *words], stdout=self.log, stderr=self.log)
        self.until("the rehearsal", lambda: (folder / "map.json").exists(), 120)
        # The rehearsal answers for every server that the documents name; here they are asked themselves.
        rehearsed = json.loads((folder / "map.json").read_text())
        (folder / "map.json").write_text(json.dumps(dict(rehearsed, hosts={})))

    def until(self, what, condition, limit=30):
        end = time.monotonic() + limit
        while not condition():
            if time.monotonic() > end or self.rehearsal.poll() is not None:
                raise Trouble(f"{what} did not come within {limit} s; {self.tail()}")
            time.sleep(0.05)

    def tail(self):
        return "the log ends:\n" + "".join((self.folder / "log").read_text(errors="replace").splitlines(keepends=True)[-12:])

    def start(self):
        # The socket on which dnsmasq's script tells of leases is systemd's, which the shell is here.
        self.dhcp.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as events:
            events.bind(str(self.dhcp))
            environment = dict(os.environ, EVENTS=str(events.fileno()), LISTEN_FDS="1", LISTEN_FDNAMES="dhcp-events")
            self.daemon = subprocess.Popen(
                [*self.nice, "bash", "-c", 'LISTEN_PID=$$ exec "$@" 3<&"$EVENTS"', "bash",
                 self.programs / "boatyardd", "--config", self.folder / "boatyard.yaml", "--rehearsal-map", self.folder / "map.json"],
                stdout=self.log, stderr=self.log, env=environment, pass_fds=[events.fileno()])

        def answers():
            if self.daemon.poll() is not None:
                raise Trouble(f"the daemon has ended; {self.tail()}")
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0 and self.socket.exists()
        self.until("the daemon", answers)
        # Simulated machines wait for the line with which a daemon on trial says where it is.
        ready = self.folder / "ready.json"
        if not ready.exists():
            (self.folder / "ready").write_text(json.dumps({"api": self.url, "node": self.node, "socket": str(self.socket), "state": str(self.folder / "state")}) + "\n")
            (self.folder / "ready").rename(ready)

    def stop(self):
        self.daemon.terminate()
        self.daemon.wait()

    def close(self):
        for process in (self.daemon, self.rehearsal):
            if process and process.poll() is None:
                process.terminate()
                process.wait()
        self.log.close()

    def boatyard(self, *words, check=True):
        environment = dict(os.environ, BOATYARD_SOCKET=str(self.socket))
        # In the folder, so that documents are known by the short names of their files.
        done = subprocess.run([self.programs.absolute() / "boatyard", *map(str, words)], cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        if check and done.returncode != 0:
            raise Trouble(f"boatyard {' '.join(map(str, words))}: {done.stdout}{self.tail()}")
        return done.stdout

    def lease(self, *words, seconds=3600):
        """What dnsmasq runs when it gives a lease or ends it: `add`, MAC, address, name."""
        environment = dict(os.environ, BOATYARD_DHCP_EVENTS=str(self.dhcp), DNSMASQ_TIME_REMAINING=str(seconds))
        subprocess.run([self.programs / "boatyard-dhcp", *words], env=environment, check=True, timeout=20)

    def json(self, *words):
        return json.loads(self.boatyard(*words, "--output", "json"))

    def users(self):
        self.boatyard("user", "create", USER, "--password", PASSWORD, "--project", "service", "--role", "admin")
        self.boatyard("user", "create", GUEST, "--password", PASSWORD, "--project", "service", "--role", "reader")


def boot_action(name, path, data):
    """A document that puts a file on every machine. `path` and `data` are YAML, as JSON is."""
    return f"""schema: drydock/BootAction/v1
metadata:
  schema: metadata/Document/v1
  name: {name}
  layeringDefinition:
    abstract: false
    layer: site
  storagePolicy: cleartext
data:
  signaling: false
  assets:
    - type: file
      path: {path}
      permissions: '644'
      data_pipeline: []
      data: {data}
"""


def racks(site, size):
    """Puts so many machines into each rack."""
    parts = (site / "machines.yaml").read_text().split("---\n")
    number = 0
    for place, part in enumerate(parts):
        if "drydock/BaremetalNode/v1" in part:
            parts[place] = part.replace("rack: quay-1", f"rack: quay-{number // size + 1}")
            number += 1
    (site / "machines.yaml").write_text("---\n".join(parts))


class Browser:
    """Chromium, with what must not happen in it kept: errors in its console, requests elsewhere, documents that are loaded again."""

    def __init__(self, playwright, lab, files=None, screenshots=None, arguments=()):
        self.lab, self.files, self.screenshots = lab, files, screenshots
        self.engine = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", *arguments])
        self.errors, self.elsewhere, self.documents, self.streams = [], [], 0, 0
        self.headers = None
        # Where requests may go.
        self.own = {lab.url}
        self.context = self.again()
        self.page = self.open()

    def again(self):
        """A browser that knows nothing of the others: cookies and connections of its own."""
        return self.watched(self.engine.new_context(viewport={"width": 1280, "height": 800}, timezone_id="Europe/Berlin", locale="en-GB"))

    def watched(self, context):
        if self.files:
            context.route(re.compile(re.escape(self.lab.url) + r"/ui/(?!api/|session)[^?]*"), self.serve)
        context.on("request", self.requested)
        return context

    def open(self, context=None):
        page = (context or self.context).new_page()
        page.on("console", lambda message: message.type in ("error", "warning") and self.errors.append(f"{message.text} {message.location['url']}"))
        page.on("pageerror", lambda error: self.errors.append(f"{error} {error.stack}"))
        page.set_default_timeout(20_000)
        page.goto(f"{self.lab.url}/ui/")
        return page

    def requested(self, request):
        if not request.url.startswith((*(url + "/" for url in self.own), "blob:", "data:")):
            self.elsewhere.append(request.url)
        self.documents += request.is_navigation_request()
        self.streams += request.url.endswith("/events")

    def serve(self, route):
        """A file of the folder, with the headers of the daemon."""
        name = route.request.url.split("/ui/", 1)[1] or "index.html"
        file = self.files / name
        if self.headers is None:
            answer = urllib.request.urlopen(f"{self.lab.url}/ui/")
            self.headers = {name.lower(): value for name, value in answer.headers.items() if name.lower() not in ("content-length", "etag", "connection")}
        headers = self.headers
        if not file.is_file():
            return route.fulfill(status=404, headers=headers, body="")
        route.fulfill(status=200, headers=dict(headers, **{"content-type": TYPES[file.suffix]}), body=file.read_bytes())

    def login(self, user=USER, password=PASSWORD):
        self.page.fill("#user", user)
        self.page.fill("#password", password)
        self.page.keyboard.press("Enter")

    def go(self, *parts):
        self.page.evaluate("hash => { location.hash = hash }", "#/" + "/".join(parts))

    def counted(self, selector, number):
        """Waits until there are so many of them."""
        from playwright.sync_api import expect
        expect(self.page.locator(selector)).to_have_count(number, timeout=20_000)

    def until(self, condition, limit=20):
        """Waits for something that several pages show."""
        end = time.monotonic() + limit
        while not condition():
            if time.monotonic() > end:
                raise Trouble("what several pages were to show did not come")
            self.page.wait_for_timeout(100)

    def shot(self, name):
        if self.screenshots:
            self.page.screenshot(path=str(self.screenshots / f"{name}.png"))

    def close(self):
        self.engine.close()


def clean_folder(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
