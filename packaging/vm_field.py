"""Disks and archives for packaging/test-vm: what earlier owners leave on disks, and what an archive says of its members."""

import hashlib
import os
import pathlib
import random
import re
import socket
import struct
import subprocess
import tarfile

MIB = 1 << 20
# What an earlier owner had in an array: md keeps it where the array's data begins.
OLD_DATA = b"boatyard: the contents of an earlier owner\n"
OLD_DATA_OFFSET = 128 * MIB
# A volume of VMware's cluster file system; blkid calls it VMFS_volume_member.
VMFS_MARK, VMFS_OFFSET = b"\x0d\xd0\x01\xc0", MIB


def old_disk(path, size=40 << 30):
    """A sparse disk as the field finds them: a member of an array, a ZFS pool, a GPT at its end only, and VMFS."""
    with open(path, "wb") as file:
        file.truncate(size)
    subprocess.run(["sfdisk", "--quiet", path], input=b"label: gpt\nname=old, size=1G\nname=older, size=2G\n", check=True)
    with open(path, "r+b") as file:
        write(file, 0, bytes(34 * 512))
        for label in (0, 256 << 10, size - (512 << 10), size - (256 << 10)):
            for place in range(8):
                uberblock = struct.pack("<QQQQQ", 0x00BAB10C, 5000, 100 + place, 1, 1_700_000_000)
                write(file, label + (128 << 10) + (place << 10), uberblock)
        write(file, 4096, md_superblock(size))
        write(file, OLD_DATA_OFFSET, OLD_DATA)
        write(file, VMFS_OFFSET, VMFS_MARK)


def write(file, place, contents):
    file.seek(place)
    file.write(contents)


def md_superblock(size):
    """Of version 1.2: one of two members of a mirror (linux/raid/md_p.h)."""
    sectors, offset = (size - OLD_DATA_OFFSET) // 512, OLD_DATA_OFFSET // 512
    block = bytearray(260)
    struct.pack_into("<IIII16s32sQIIQII", block, 0, 0xA92B4EFC, 1, 0, 0, b"boatyard-old-md!", b"old:0", 1_700_000_000, 1, 0,
                     sectors, 0, 2)
    struct.pack_into("<QQQ", block, 128, offset, sectors, 8)
    block[168:184] = b"boatyard-member!"
    struct.pack_into("<QQQII", block, 192, 1_700_000_000, 1, 2**64 - 1, 0, 2)
    struct.pack_into("<HH", block, 256, 0, 1)
    total = sum(struct.unpack("<65I", block))
    struct.pack_into("<I", block, 216, ((total & 0xFFFFFFFF) + (total >> 32)) & 0xFFFFFFFF)
    return bytes(block)


def old_places(path):
    """What stands where old_disk has written."""
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        found = []
        for place, length in ((0, 4 * MIB), (OLD_DATA_OFFSET, len(OLD_DATA)), (size - 4 * MIB, 4 * MIB)):
            file.seek(place)
            found.append(file.read(length))
    return found


def remove_vmfs(path):
    with open(path, "r+b") as file:
        write(file, VMFS_OFFSET, bytes(len(VMFS_MARK)))


def marks(path):
    """The types of all that wipefs finds on a disk, without what is in its partitions."""
    text = subprocess.run(["wipefs", "--noheadings", "--output", "TYPE", path], check=True, capture_output=True, text=True)
    return sorted(set(text.stdout.split()))


def other_layout(text):
    """The example site with other volumes in the same group: in another order, of other names and sizes."""
    begin, rest = text.split("        logical_volumes:\n", 1)
    end = rest.index("  platform:\n")
    volumes = """          - name: data
            size: 10g
            filesystem:
              mountpoint: /srv
              fstype: xfs
              mount_options: defaults,noatime
          - name: root
            size: 20g
            filesystem:
              mountpoint: /
              fstype: ext4
              mount_options: defaults
"""
    return begin + "        logical_volumes:\n" + volumes + rest[end:]


def virtual_media(text):
    """The example site with machines that the network does not boot: the installer comes by the drives of their BMCs."""
    oob = "    type: ipmi\n    network: oob\n"
    assert oob in text
    return text.replace(oob, "    type: redfish\n    boot: media\n    network: oob\n")


def nvme_disk(text):
    """The example site with a second disk, which is an NVMe one, for data."""
    place = "    volume_groups:\n"
    assert text.count(place) == 1
    disk = """      nvme0n1:
        partitions:
          - name: data
            size: 8g
            # Longer than systemd waits by itself: a starved host finds it late.
            filesystem: {mountpoint: /data, fstype: ext4, mount_options: "defaults,x-systemd.device-timeout=10min"}
"""
    return text.replace(place, disk + place)


def boot_disk(bus, address):
    """The example site with a boot disk on another bus."""
    def change(text):
        place = "      address: 0:0.0.0\n      bus_type: scsi\n"
        assert text.count(place) == 1
        return text.replace(place, f"      address: '{address}'\n      bus_type: {bus}\n")
    return change


def holds(path, words):
    """Whether a large sparse file has these words, which do not cross a boundary of 4096 bytes."""
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        place = 0
        while place < size:
            try:
                place = os.lseek(file.fileno(), place, os.SEEK_DATA)
            except OSError:
                return False
            end = os.lseek(file.fileno(), place, os.SEEK_HOLE)
            while place < end:
                piece = os.pread(file.fileno(), min(end - place, 16 * MIB), place)
                if words in piece:
                    return True
                place += len(piece)
    return False


def debian_13(text):
    assert "image: debian-12" in text
    return text.replace("image: debian-12", "image: debian-13")


def more_networks(text):
    """The example site with large frames, a route of its own, and a network of IPv6 on a VLAN; one machine's address ends as its
    IPv4 addresses do."""
    parts = text.split("---\n")
    for place, part in enumerate(parts):
        if "schema: drydock/NetworkLink/v1" in part and "name: data\n" in part:
            parts[place] = part.replace("mtu: 1500", "mtu: 9000").replace("    - storage\n", "    - storage\n    - backup\n")
        elif "schema: drydock/Network/v1" in part and "name: data\n" in part:
            route = "  routes:\n    - subnet: 192.0.2.0/24\n      gateway: 10.30.2.1\n      metric: 50\n"
            parts[place] = part.replace("mtu: 1500", "mtu: 9000") + route
        elif "schema: drydock/Network/v1" in part and "name: storage\n" in part:
            backup = part.replace("name: storage\n", "name: backup\n").replace("vlan: '30'", "vlan: '31'")
            backup = backup.replace("10.30.3.0/24", "fd00:30:4::/64").replace("10.30.3.", "fd00:30:4::")
            parts[place] = part + "---\n" + backup
        elif "schema: drydock/HostProfile/v1" in part:
            parts[place] = part.replace("        - storage\n", "        - storage\n        - backup\n")
        elif "schema: drydock/BaremetalNode/v1" in part:
            number = re.search(r"address: 10\.30\.3\.(\d+)\n", part).group(1)
            line = f"      address: 10.30.3.{number}\n"
            parts[place] = part.replace(line, line + f"    - network: backup\n      address: fd00:30:4::{number}\n")
    return "---\n".join(parts)


# The machine finds it by the address of the seed host.
ARCHIVE_PORT = 8081


def with_packages(text):
    """The example site with an archive of packages in place of Debian's, and a package of it."""
    keys = "data:\n  authorized_keys:\n"
    assert keys in text
    archive = f"""data:
  repositories:
    remove_unlisted: true
    main_archive:
      repo_type: apt
      url: http://10.30.1.1:{ARCHIVE_PORT}/
      arches: [amd64]
      components: [main]
      subrepos: []
      options: {{trusted: 'yes'}}
  authorized_keys:
"""
    action = """---
schema: drydock/BootAction/v1
metadata:
  schema: metadata/Document/v1
  name: packages
  layeringDefinition:
    abstract: false
    layer: site
  storagePolicy: cleartext
data:
  signaling: false
  assets:
    - type: pkg_list
      data:
        boatyard-field: '1.0-2'
"""
    return text.replace(keys, archive).rstrip("\n") + "\n" + action


def archive(folder, suite="bookworm"):
    """An archive of Debian's form with two versions of one package, which writes down that it was configured."""
    top = pathlib.Path(folder)
    index = b""
    for version in ("1.0-2", "1.0-3"):
        tree = top / f"tree-{version}"
        (tree / "DEBIAN").mkdir(parents=True)
        control = (f"Package: boatyard-field\nVersion: {version}\nArchitecture: all\nMaintainer: none <none@example.com>\n"
                   "Description: written by a test\n")
        (tree / "DEBIAN" / "control").write_text(control)
        script = tree / "DEBIAN" / "postinst"
        script.write_text(f"#!/bin/sh\necho {version} $1 > /var/lib/boatyard-field\n")
        script.chmod(0o755)
        path = top / "pool" / f"boatyard-field_{version}_all.deb"
        path.parent.mkdir(exist_ok=True)
        subprocess.run(["dpkg-deb", "--root-owner-group", "--build", tree, path], check=True, stdout=subprocess.DEVNULL)
        contents = path.read_bytes()
        index += (control + f"Filename: pool/{path.name}\nSize: {len(contents)}\n"
                  f"SHA256: {hashlib.sha256(contents).hexdigest()}\n\n").encode()
    lists = top / "dists" / suite / "main" / "binary-amd64"
    lists.mkdir(parents=True)
    (lists / "Packages").write_bytes(index)
    (top / "dists" / suite / "Release").write_text(
        f"Suite: {suite}\nCodename: {suite}\nArchitectures: amd64\nComponents: main\n"
        f"SHA256:\n {hashlib.sha256(index).hexdigest()} {len(index)} main/binary-amd64/Packages\n")


def with_large_file(image, folder, size):
    """The archive of an image with a file of so many bytes that cannot be compressed, and the file's SHA-256."""
    folder = pathlib.Path(folder)
    archive, extra, tree = folder / "large.tar", folder / "extra.tar", folder / "tree"
    with open(archive, "wb") as output:
        subprocess.run(["zstd", "--decompress", "--stdout", "--quiet", image], check=True, stdout=output)
    (tree / "opt").mkdir(parents=True)
    digest, generator = hashlib.sha256(), random.Random(12)
    with open(tree / "opt" / "large", "wb") as file:
        for _ in range(size // MIB):
            piece = generator.randbytes(MIB)
            digest.update(piece)
            file.write(piece)
    with open(extra, "wb") as output:
        subprocess.run(f"{PACKING} --directory={tree} ./opt/large", shell=True, check=True, stdout=output)
    subprocess.run(["tar", "--concatenate", f"--file={archive}", extra], check=True)
    extra.unlink()
    (tree / "opt" / "large").unlink()
    return archive, digest.hexdigest()


def mirrored(text):
    """The example site with a second disk, /boot on a mirror, and the volume group on another one: small, for all of it is written, and
    in percent, for a root of fewer bytes than 20 GB is no valid design."""
    begin, rest = text.split("  storage:\n    physical_devices:\n", 1)
    end = rest.index("    volume_groups:\n")
    partitions = "        partitions:\n          - {name: boot, size: 512m}\n          - {name: system, size: 6g}\n"
    def array(name, use):
        members = ", ".join(f"{{device: {disk}, partition: {name}}}" for disk in ("bootdisk", "otherdisk"))
        return f"      {name}:\n        level: raid1\n        members: [{members}]\n        {use}\n"
    storage = "  storage:\n    physical_devices:\n" + "".join(
        f"      {disk}:\n{partitions}" for disk in ("bootdisk", "otherdisk"))
    storage += "    raid:\n" + array("boot", "filesystem: {mountpoint: /boot}") + array("system", "volume_group: vg0")
    text = begin + storage + rest[end:].replace("size: 22g", "size: 65%", 1).replace("size: 30%", "size: 10%", 1)
    alias = "    bootdisk:\n      address: 0:0.0.0\n      bus_type: scsi\n      dev_type: Disk\n"
    assert alias in text
    return text.replace(alias, alias + alias.replace("bootdisk", "otherdisk").replace("0:0.0.0", "0:0.1.0"))


def tricky_tree(folder):
    """Files that archives lose most easily: owners, modes, capabilities, access lists, attributes, hard links, long names."""
    top = pathlib.Path(folder) / "opt" / "field"
    deep = top / ("a long name " * 10).strip() / "ü"
    deep.mkdir(parents=True)
    tool = top / "tool"
    tool.write_bytes(bytes(range(256)) * 1000)
    os.link(tool, deep / "the same tool")
    os.chown(tool, 1234, 4321)
    os.chmod(tool, 0o6751)
    os.setxattr(tool, "user.note", b"kept")
    probe = top / "probe"
    probe.write_bytes(b"#!/bin/true\n")
    os.chmod(probe, 0o755)
    # VFS_CAP_REVISION_2 with the effective bit, and CAP_NET_RAW.
    os.setxattr(probe, "security.capability", struct.pack("<IIIII", 0x02000001, 1 << 13, 0, 0, 0))
    shared = top / "shared"
    shared.mkdir()
    os.chown(shared, 0, 4321)
    os.chmod(shared, 0o3775)
    os.setxattr(shared, "system.posix_acl_access", access_list(7, 7, 5))
    os.setxattr(shared, "system.posix_acl_default", access_list(7, 7, 0))
    listed = top / "listed"
    listed.write_bytes(b"")
    os.setxattr(listed, "system.posix_acl_access", access_list(6, 4, 0))
    os.symlink("../tool", deep / "link")
    os.mkfifo(top / "pipe", 0o620)


def access_list(owner, other_user, rest):
    """An access control list with one more user, 77 (linux/posix_acl_xattr.h)."""
    nobody = 0xFFFFFFFF
    entries = ((1, owner, nobody), (2, other_user, 77), (4, 5, nobody), (0x10, 7, nobody), (0x20, rest, nobody))
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


# As mmdebstrap packs images. What is read back must be packed in the same way.
PACKING = "tar --create --file=- --format=pax --numeric-owner --xattrs --xattrs-include='*'"


def with_tricky_tree(image, folder):
    """The archive of an image, with tricky_tree in it; its path."""
    folder = pathlib.Path(folder)
    archive, extra, tree = folder / "field.tar", folder / "extra.tar", folder / "tree"
    with open(archive, "wb") as output:
        subprocess.run(["zstd", "--decompress", "--stdout", "--quiet", image], check=True, stdout=output)
    tricky_tree(tree)
    with open(extra, "wb") as output:
        subprocess.run(f"{PACKING} --directory={tree} ./opt/field", shell=True, check=True, stdout=output)
    subprocess.run(["tar", "--concatenate", f"--file={archive}", extra], check=True)
    extra.unlink()
    return archive


def members(path):
    """What an archive says of each of its members, by name: kind, mode, owners, sum or target, attributes, hard links."""
    found, links = {}, {}
    with tarfile.open(path) as archive:
        for member in archive:
            name = member.name.removeprefix("./")
            if member.islnk():
                target = member.linkname.removeprefix("./")
                # A folder that is packed twice has its files as links to themselves.
                if target == name:
                    continue
                found[name] = found[target]
                links[name] = links[target] = links.get(target, {target}) | {name}
                for other in links[name]:
                    links[other] = links[name]
                continue
            attributes = {key: value for key, value in member.pax_headers.items() if key.startswith("SCHILY.xattr.")}
            contents = member.linkname if member.issym() else ""
            if member.isfile():
                contents = hashlib.file_digest(archive.extractfile(member), "sha256").hexdigest()
            found[name] = dict(kind=member.type, mode=oct(member.mode), owner=(member.uid, member.gid), contents=contents,
                               attributes=attributes)
    return {name: dict(entry, links=sorted(links.get(name, ()))) for name, entry in found.items()}


# What an installation writes, and what a running system does.
CHANGED = re.compile(
    r"(proc|sys|dev|run|tmp|boot/grub|var/(log|lib|cache|tmp)|etc/(systemd|ssh|apt|mdadm|lvm|grub\.d|ld\.so\.cache))(/|$)"
    r"|etc/(fstab|hosts|hostname|machine-id|resolv\.conf|mtab|adjtime|default/grub|(passwd|group|shadow|gshadow|subuid|subgid)-?)$")


def differences(image, node):
    """In words: what of an image is not on a node as it was."""
    lines = []
    for name, entry in image.items():
        if name in ("", ".") or CHANGED.match(name):
            continue
        there = node.get(name)
        if there is None:
            lines.append(f"{name} is missing")
        elif there != entry:
            others = [key for key in entry if entry[key] != there[key]]
            lines.append(f"{name}: " + ", ".join(f"{key} {entry[key]} is {there[key]}" for key in others))
    return lines


def traces_of_this_host():
    """Words that would tell of the host an image was made on: its name, its proxies, its name servers."""
    words = {socket.gethostname()} | {os.environ.get(name, "") for name in ("http_proxy", "https_proxy")}
    try:
        lines = pathlib.Path("/etc/resolv.conf").read_text().split("\n")
    except OSError:
        lines = []
    words |= {line.split()[1] for line in lines if re.match(r"nameserver\s+\S", line)}
    usual = ("localhost", "debian", "127.0.0.1", "127.0.0.53", "10.30.1.1")
    return sorted(word for word in words if len(word) > 5 and word not in usual)


def files_with(words, folder, left_out=()):
    """The files below a folder that have one of some words in them, each with the word."""
    found = []
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in left_out]
        for path in (pathlib.Path(root, name) for name in names):
            if path.is_file() and not path.is_symlink():
                contents = path.read_bytes()
                found += [(str(path), word) for word in words if word.encode() in contents]
    return found
