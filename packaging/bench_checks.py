"""Bounds of what `packaging/bench` measures."""

import sys

failed = []


def check(title, value, unit, bound, is_floor=False):
    """Prints a figure beside its bound, and notes it where it misses that."""
    good = value >= bound if is_floor else value <= bound
    if not good:
        failed.append(title)
    word = "floor" if is_floor else "ceiling"
    print(f"{title:<66}{value:>9.2f} {unit:<3} ({word} {bound:g} {unit}) {'ok' if good else 'MISSED'}", flush=True)


def finish():
    """Ends the program with 1 where something was missed."""
    if failed:
        sys.exit("Missed: " + ", ".join(failed))
