"""A site on virtual machines with real firmware: a network of its own, dnsmasq, the daemon, and QEMU under simulated BMCs.

Used by etc/examples/demo-vm and packaging/test-vm. Everything happens in a network and mount namespace of its own, which
ends with the process. Needs root.
"""

import ctypes
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
BRIDGE = "boatyard0"
SOCKET = "/run/boatyard/api.sock"
CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000

# What boatyard-dhcp asks of systemd.
SYSTEMCTL = """#!/bin/sh
pid=$(cat {pid} 2>/dev/null)
lives() {{ [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; }}
case $1 in
    is-active) lives ;;
    kill) lives && kill -HUP "$pid" ;;
    reset-failed) ;;
    stop | restart)
        if lives; then kill "$pid"; while lives; do sleep 0.1; done; fi
        [ "$1" = stop ] || exec {command}
        ;;
esac
"""


class Trouble(Exception):
    pass


def missing():
    """Why nothing can run here; empty where it can."""
    if os.geteuid() != 0:
        return "not root"
    for program in ("qemu-system-x86_64", "dnsmasq", "ip", "ssh", "ssh-keygen"):
        if shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin") is None:
            return f"{program} is not installed (packaging/setup vm)"
    if not pathlib.Path("/usr/share/OVMF/OVMF_CODE_4M.fd").exists():
        return "ovmf is not installed (packaging/setup vm)"
    return ""


def run(*command, **options):
    return subprocess.run([str(word) for word in command], check=True, **options)


def end_with_parent():
    """SIGTERM and the end of the parent raise KeyboardInterrupt, so that everything is cleaned up."""
    def interrupt(number, frame):
        raise KeyboardInterrupt
    signal.signal(signal.SIGTERM, interrupt)
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


def enter_namespaces(address):
    """A network with a bridge, and a /run/boatyard of its own, for this process and its children."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS | CLONE_NEWNET) != 0:
        raise Trouble(f"no namespaces: {os.strerror(ctypes.get_errno())}")
    run("mount", "--make-rprivate", "/")
    pathlib.Path("/run/boatyard").mkdir(exist_ok=True)
    run("mount", "-t", "tmpfs", "boatyard", "/run/boatyard")
    # Its network interfaces are those of the namespace.
    run("mount", "-t", "sysfs", "sysfs", "/sys")
    run("ip", "link", "set", "lo", "up")
    run("ip", "link", "add", BRIDGE, "type", "bridge", "stp_state", "0", "forward_delay", "0")
    run("ip", "address", "add", address, "dev", BRIDGE)
    # Without an IPv6 router iPXE of 2019, which SeaBIOS has from QEMU, waits 13 seconds for one (docs/netboot.md).
    run("ip", "address", "add", "fd00:30::1/64", "dev", BRIDGE, "nodad")
    run("ip", "link", "set", BRIDGE, "up")


class Lab:
    """A daemon with a site and its machines.

    programs: the folder of the programs; site: a text of documents; netboot: a folder with a generation and images, as it
    stands in the state directory; folder: for everything that is made; change: makes other documents of the site; clock: the
    date at which machines believe to be started.
    """

    address = "10.30.1.1"

    def __init__(self, programs, site, netboot, folder, machines=None, secure_boot=None, http_boot=None, swapped=None,
                 network_first=None, memory=1536, processors=None, clock=None, change=None, erasure=None):
        self.programs, self.folder = pathlib.Path(programs), pathlib.Path(folder)
        self.processes, self.options = [], {}
        self.state = self.folder / "state"
        self.state.mkdir(parents=True)
        # The same files, not copies of them: they are not written to.
        run("cp", "-al", netboot, self.state / "netboot")
        self.site = self.folder / "site.yaml"
        self.key = self.folder / "key"
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key)
        public = self.key.with_suffix(".pub").read_text().strip()
        lines = [f"    - {public}" if line.startswith("    - ssh-") else line for line in site.split("\n")]
        text = "\n".join(lines)
        self.site.write_text(change(text) if change else text)
        # The machines as they are, where that is not as the documents say.
        self.reality = self.folder / "reality.yaml"
        self.reality.write_text(swap(self.site.read_text(), *swapped) if swapped else self.site.read_text())
        if machines: self.options["--machines"] = ",".join(machines)
        if secure_boot: self.options["--secure-boot"] = ",".join(secure_boot)
        if http_boot: self.options["--http-boot"] = ",".join(http_boot)
        if network_first: self.options["--network-first"] = ",".join(network_first)
        self.options["--memory"] = str(memory)
        if processors: self.options["--processors"] = str(processors)
        if clock: self.options["--clock"] = clock
        self.erasure = erasure or "quick"
        self.environment = dict(os.environ, BOATYARD_SOCKET=SOCKET)
        self.is_ending = threading.Event()

    def start(self):
        enter_namespaces(f"{self.address}/24")
        (self.folder / "boatyard.yaml").write_text(
            f"listeners:\n  admin:\n    path: {SOCKET}\n    group: root\n"
            f"  api:\n    address: 127.0.0.1:9000\n"
            f"  node:\n    address: {self.address}:8080\n    url: http://{self.address}:8080\n"
            f"netboot:\n  interface: {BRIDGE}\n  secure_boot: {'true' if '--secure-boot' in self.options else 'false'}\n"
            f"  erasure: {self.erasure}\n"
            "out_of_band:\n  attempt_interval: 3\n  power_state_interval: 2\n")
        self.map = self.folder / "map.json"
        options = [word for pair in self.options.items() for word in pair]
        self.spawn(
            "rehearse", self.programs / "boatyard-rehearse", "--vm", "--site", self.reality, "--map", self.map,
            "--bridge", BRIDGE, "--folder", self.folder / "machines",
            "--events", self.folder / "events.jsonl", *options)
        self.until("boatyard-rehearse", lambda: self.map.exists() and self.map.stat().st_size > 0)
        self.prepare_dhcp()
        self.start_daemon()
        self.spawn("watch", self.programs / "boatyard-dhcp", "watch", BRIDGE)
        threading.Thread(target=self.follow_dhcp, daemon=True).start()

    def start_daemon(self):
        self.daemon = self.spawn(
            "daemon", self.programs / "boatyardd", "--config", self.folder / "boatyard.yaml", "--state-dir", self.state,
            "--rehearsal-map", self.map)
        self.until("boatyardd", self.is_serving)

    def kill_daemon(self):
        """As a power cut of the process would."""
        self.daemon.kill()
        self.daemon.wait()
        self.processes.remove(self.daemon)

    def spawn(self, name, *command):
        with open(self.folder / f"{name}.log", "ab") as log:
            process = subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def until(self, what, condition, seconds=30):
        end = time.monotonic() + seconds
        while not condition():
            for process in self.processes:
                if process.poll() is not None:
                    raise Trouble(f"{what}: {process.args[0]} has ended with {process.returncode}; {self.tail()}")
            if time.monotonic() > end:
                raise Trouble(f"{what}: not within {seconds} s; {self.tail()}")
            time.sleep(0.1)

    def prepare_dhcp(self):
        """dnsmasq as its unit starts it, but for the place of its own files: of the daemon's it reads what everybody may."""
        own = self.folder / "dnsmasq"
        own.mkdir()
        self.folder.chmod(0o711)
        shutil.chown(own, "nobody", "nogroup")
        run("mount", "-t", "tmpfs", "tmpfs", "/srv")
        served = pathlib.Path("/srv/netboot")
        served.mkdir()
        run("mount", "--bind", self.state / "netboot", served)
        pathlib.Path("/run/boatyard/dhcp-active/hosts").mkdir(parents=True)
        unit = (TOP / "systemd" / "boatyard-dhcp.service").read_text().replace("\\\n", " ")
        command = next(line for line in unit.split("\n") if line.startswith("ExecStart=")).removeprefix("ExecStart=")
        for place, other in (
                ("/var/lib/boatyard-dhcp", own), ("/run/boatyard-dhcp", own),
                ("/usr/lib/boatyard", self.programs)):
            command = command.replace(place, str(other))
        script = self.folder / "systemctl"
        script.write_text(SYSTEMCTL.format(pid=own / "pid", command=f"{command} --user=nobody --group=nogroup --log-facility={own}/log"))
        script.chmod(0o755)
        run("mount", "--bind", script, "/usr/bin/systemctl")

    def follow_dhcp(self):
        """What boatyard-dhcp-apply.path does."""
        request = pathlib.Path("/run/boatyard/dhcp/request")
        with open(self.folder / "apply.log", "ab") as log:
            while not self.is_ending.wait(0.2):
                if request.exists():
                    subprocess.run([self.programs / "boatyard-dhcp", "apply"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def is_serving(self):
        return subprocess.run(
            [self.programs / "boatyard", "get", "actions"], env=self.environment, capture_output=True).returncode == 0

    def boatyard(self, *words, check=True, timeout=900):
        result = subprocess.run(
            [str(self.programs / "boatyard"), *words], env=self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout)
        if check and result.returncode != 0:
            raise Trouble(f"boatyard {' '.join(words)} ended with {result.returncode}:\n{result.stdout}\n{self.tail()}")
        return result.stdout

    def answer(self, path):
        """The body of an answer to root, on the Unix socket."""
        return json.loads(subprocess.run(
            ["curl", "-sS", "--fail", "--unix-socket", SOCKET, f"http://localhost{path}"], check=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, text=True).stdout)

    def has_ended(self):
        text = self.boatyard("get", "actions")
        return "Complete" in text or "Failed" in text

    def power(self, machine, order):
        """By the machine's BMC, as somebody else would. A machine that is switched off has ended afterwards."""
        running = self.emulators(machine)
        documents = json.loads(self.map.read_text())
        address = documents["bmc"][f"10.30.0.{int(machine.removeprefix('hull-')) + 10}"]
        host, port = address.rsplit(":", 1)
        run("ipmitool", "-I", "lanplus", "-C", "17", "-H", host, "-p", port, "-U", "operator", "-P", "launch-day", "chassis",
            "power", order, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        if order == "off":
            self.until(f"{machine} is off", lambda: not running & self.emulators(machine))

    def emulators(self, machine):
        """The ids of the processes of QEMU that have the machine's files."""
        found = set()
        for file in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = file.read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue
            if words[0].endswith("qemu-system-x86_64") and any(f"{self.machine(machine)}/" in word for word in words):
                found.add(file.parent.name)
        return found

    def machine(self, name):
        """The folder with the disks, the firmware's variables and the console of a machine."""
        return (self.folder / "machines" / name).resolve()

    def commit(self):
        self.boatyard("create", "configdocs", "site", "--filename", str(self.site))
        self.boatyard("commit", "configdocs")

    def ssh(self, address, command, timeout=60, given=""):
        """What a command prints that is run on a machine; `given` is its input. Without a user it is that of the image."""
        result = subprocess.run(
            self.ssh_words(address, command), input=given, capture_output=True, text=True, timeout=timeout)
        if result.returncode != 0:
            raise Trouble(f"ssh {address} {command}: {result.returncode} {result.stdout}{result.stderr}")
        return result.stdout

    def ssh_to_file(self, address, command, path, timeout):
        """The bytes that a command prints, in a file."""
        with open(path, "wb") as output:
            result = subprocess.run(
                self.ssh_words(address, command), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.PIPE,
                timeout=timeout)
        if result.returncode != 0:
            raise Trouble(f"ssh {address} {command}: {result.returncode} {result.stderr.decode(errors='replace')}")

    def ssh_words(self, address, command):
        return ["ssh", "-q", "-i", str(self.key), "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                "-o", "ConnectTimeout=20", address if "@" in address else f"ubuntu@{address}", command]

    def answers(self, address):
        """Whether the installed system lets people in yet."""
        try:
            return self.ssh(address, "true") == ""
        except (Trouble, subprocess.TimeoutExpired):
            return False

    def console(self, machine):
        file = self.machine(machine) / "console.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def tail(self):
        words = []
        for name in ("daemon.log", "rehearse.log", "events.jsonl", "apply.log", "watch.log", "dnsmasq/log"):
            file = self.folder / name
            if file.exists():
                words.append(f"--- {name}\n" + "\n".join(file.read_text(errors="replace").split("\n")[-15:]))
        for file in sorted(self.folder.glob("machines/*/console.log")):
            words.append(f"--- console of {file.parent.name}\n" + file.read_text(errors="replace")[-2500:])
        return "\n".join(words)

    def stop(self):
        self.is_ending.set()
        if (self.folder / "systemctl").exists():
            subprocess.run([self.folder / "systemctl", "stop"], stdin=subprocess.DEVNULL)
        for process in reversed(self.processes):
            process.terminate()
        for process in reversed(self.processes):
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def site(boot_mode="bios", count=1, uefi=()):
    """The example site with machines hull-1 to hull-N, some of which have UEFI whatever the others have."""
    text = (TOP / "etc" / "examples" / "vm-site" / "site.yaml").read_text()
    text = text.replace("boot_mode: bios", f"boot_mode: {boot_mode}")
    # A starved host finds a machine's disks later than after the 90 seconds of systemd.
    text = text.replace("mount_options: defaults", "mount_options: defaults,x-systemd.device-timeout=10min")
    parts = text.split("---\n")
    place = next(index for index, part in enumerate(parts) if "name: hull-1\n" in part)
    machines = []
    for number in range(1, count + 1):
        part = parts[place].replace("hull-1", f"hull-{number}").replace("01:11'", f"01:{number + 10}'")
        for network in range(4):
            part = part.replace(f"10.30.{network}.11\n", f"10.30.{network}.{number + 10}\n")
        if f"hull-{number}" in uefi:
            part = part.replace("  host_profile: server\n", "  host_profile: server\n  hardware_profile: virtual-uefi\n")
        machines.append(part)
    if uefi:
        profile = next(part for part in parts if "name: virtual\n" in part)
        machines.append(profile.replace("name: virtual\n", "name: virtual-uefi\n").replace("boot_mode: bios", "boot_mode: uefi"))
    return "---\n".join(parts[:place] + machines + parts[place + 1:])


def swap(text, first, second):
    """The documents with the boot addresses of two machines exchanged."""
    parts = text.split("---\n")
    places = [next(index for index, part in enumerate(parts) if f"name: {name}\n" in part) for name in (first, second)]
    macs = [parts[place].split("boot_mac: '")[1].split("'")[0] for place in places]
    for place, old, new in zip(places, macs, reversed(macs)):
        parts[place] = parts[place].replace(old, new)
    return "---\n".join(parts)
