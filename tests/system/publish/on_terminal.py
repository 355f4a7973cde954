# SPDX-License-Identifier: Apache-2.0
"""Programs whose standard error is a terminal."""
import os
import pty
import re
import select
import subprocess
import time

BAR = r"\r[\w -]+ \[#*[ ]*\] +\d+%"
WIPED = "\r\x1b[K"


def on_terminal(*command, meanwhile=lambda: time.sleep(0.02)):
    """What it draws on standard error where that is a terminal, and its exit status. `meanwhile` is called again and
    again while it runs."""
    near, far = pty.openpty()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=far)
    os.close(far)
    drawn = b""
    part = b"-"
    while part:
        meanwhile()
        if not select.select([near], [], [], 0)[0]:
            continue
        try:
            part = os.read(near, 65536)
        except OSError:
            part = b""
        drawn += part
    os.close(near)
    return drawn.decode(), process.wait()


def check_bar(drawn):
    """A bar was drawn, and its line is wiped."""
    assert re.search(BAR, drawn), drawn
    assert drawn.endswith(WIPED), "the line is not wiped at the end: %r" % drawn[-40:]
