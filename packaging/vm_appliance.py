"""A Debian with the package on a virtual machine, for what a container cannot show: control groups with the controller of memory, and a
kernel that keeps the bounds of units. Used by packaging/test-vm.
"""

import subprocess

from vm_lab import TOP, Trouble, run

SUITE = "bookworm"
# In MiB: less than the daemon may take by its unit.
MEMORY = 1024
# In seconds. The machine is emulated, and others may run beside it.
PATIENCE = 2400

SCRIPT = """#!/bin/sh
set -eu
ip link set lo up
dpkg -i /root/boatyard.deb > /root/log 2>&1 || { cat /root/log; exit 1; }
echo "The package is installed."
boatyard get actions > /root/log 2>&1 || { cat /root/log; exit 1; }
echo "The daemon answers."
/root/memory-limit
"""

UNIT = """[Unit]
Description=What packaging/test-vm looks at
After=dbus.service systemd-user-sessions.service

[Service]
Type=oneshot
ExecStart=/root/appliance
ExecStopPost=systemctl poweroff --no-block
StandardOutput=append:/dev/ttyS0
StandardError=append:/dev/ttyS0
Environment=LC_ALL=C

[Install]
WantedBy=multi-user.target
"""


def package(programs):
    """The newest package, which is made where there is none as new as the programs."""
    def newest():
        return max(TOP.glob("boatyard_*.deb"), key=lambda path: path.stat().st_mtime, default=None)
    found = newest()
    if found is None or found.stat().st_mtime < (programs / "boatyard").stat().st_mtime:
        run(TOP / "packaging" / "build-deb", stdout=subprocess.DEVNULL)
        found = newest()
    return found


def console(lab):
    file = lab.folder / "appliance.console"
    return file.read_text(errors="replace") if file.exists() else ""


def run_until_off(lab):
    """Boots the machine, and waits until it has switched itself off."""
    process = lab.spawn(
        "appliance", "qemu-system-x86_64", "-nodefaults", "-display", "none", "-no-reboot", "-machine", "q35", "-accel", "tcg,tb-size=128",
        "-cpu", "max", "-smp", "1", "-m", str(MEMORY), "-nic", "none", "-serial", f"file:{lab.folder}/appliance.console",
        "-drive", f"if=virtio,format=raw,cache=unsafe,file={lab.folder}/appliance.raw",
        "-kernel", lab.folder / "vmlinuz", "-initrd", lab.folder / "initrd", "-append", "root=/dev/vda rw console=ttyS0 quiet")
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        raise Trouble(f"the appliance has not switched itself off within {PATIENCE} s:\n{console(lab)[-4000:]}")


def prepare(lab):
    """The machine's disk, kernel and ramdisk. The latter two are those of the lab's image."""
    made = package(lab.programs)
    archive = run(TOP / "packaging" / "debian-tree", SUITE, made, stdout=subprocess.PIPE, text=True).stdout.split("\n")[-2]
    tree = lab.folder / "tree"
    tree.mkdir()
    run("tar", "-C", tree, "-xf", archive)
    (tree / "etc" / "machine-id").write_text("")
    run("cp", made, tree / "root" / "boatyard.deb")
    run("cp", TOP / "packaging" / "memory-limit", tree / "root" / "memory-limit")
    script = tree / "root" / "appliance"
    script.write_text(SCRIPT)
    script.chmod(0o755)
    units = tree / "etc" / "systemd" / "system"
    (units / "appliance.service").write_text(UNIT)
    wants = units / "multi-user.target.wants"
    wants.mkdir(exist_ok=True)
    (wants / "appliance.service").symlink_to("../appliance.service")
    run("mke2fs", "-q", "-t", "ext4", "-d", tree, lab.folder / "appliance.raw", "2560M", stdout=subprocess.DEVNULL)
    run("rm", "-rf", tree)

    image = next((lab.state / "netboot" / "images" / "debian-12").glob("root-*"))
    boot = lab.folder / "kernel"
    boot.mkdir()
    run("tar", "-C", boot, "-xf", image, "--wildcards", "./boot/vmlinuz-*", "./boot/initrd.img-*")
    next(boot.glob("boot/vmlinuz-*")).rename(lab.folder / "vmlinuz")
    next(boot.glob("boot/initrd.img-*")).rename(lab.folder / "initrd")
