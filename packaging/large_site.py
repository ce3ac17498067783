"""A rehearsed site of any size, for measurements."""

import pathlib
import sys
import time

TOP = pathlib.Path(__file__).resolve().parent.parent


def write_site(count, folder):
    """The example site with networks of 65534 addresses and so many machines, one control node in ten."""
    folder.mkdir()
    for file in (TOP / "etc" / "examples" / "site").glob("*.yaml"):
        text = file.read_text()
        if file.name == "machines.yaml":
            template = next(part for part in text.split("---\n") if "drydock/BaremetalNode/v1" in part)
            text = "".join(machine(number, template) for number in range(count))
        else:
            for network in range(3):
                text = text.replace(f"10.20.{network}.0/24", f"NETWORK-{network}")
                text = text.replace(f"10.20.{network}.", f"10.2{network}.250.")
            for network in range(3):
                text = text.replace(f"NETWORK-{network}", f"10.2{network}.0.0/16")
        (folder / file.name).write_text(text)


def machine(number, template):
    text = template.replace("berth-1", f"n{number:04}")
    text = text.replace("host_profile: control", f"host_profile: {'worker' if number % 10 else 'control'}")
    text = text.replace("52:54:00:20:01:11", f"52:54:00:{number >> 8:02x}:{number & 255:02x}:11")
    # The last network first: what is written for one looks like no other that is to be replaced.
    for network in (2, 1, 0):
        text = text.replace(f"10.20.{network}.11", f"10.2{network}.{number // 200}.{number % 200 + 10}")
    return "---\n" + text


def until(condition, seconds, process):
    end = time.monotonic() + seconds
    while not condition():
        if process.poll() is not None or time.monotonic() > end:
            sys.exit(f"{process.args[0]} is not ready")
        time.sleep(0.05)
