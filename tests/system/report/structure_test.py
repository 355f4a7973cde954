#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The pages of tmd report as they lie in the file: well-formed, self-contained, every section there and filled.
With BROWSER the same pages in headless Chromium: what is rendered, at 360 pixels too, dark and light, without an error
and without a request. Exit status 77 (skipped) where there is no Chromium: `tools/setup.sh test-all` installs it.
usage: structure_test.py TMD MODELGEN [BROWSER]"""
import html.parser
import os
import re
import shutil
import subprocess
import sys
import tempfile

SECTIONS = ["summary", "verdict", "layers", "moves", "composition", "tools", "links", "flash", "erases"]
VOID = {"meta", "link", "rect", "br", "input"}


class Page(html.parser.HTMLParser):
    """Checks that elements are closed in order, and collects what a reader relies on."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.links, self.rows, self.headings = [], set(), [], {}, 0
        self.feed(text)
        assert not self.open, "not closed: %s" % self.open

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        for name in ("src", "href", "action"):
            value = attributes.get(name, "")
            assert not re.match(r"(https?:)?//", value), "a request to elsewhere: %s" % value
        assert tag not in ("script", "iframe", "object", "embed"), tag
        assert not any(name.startswith("on") for name in attributes), attributes
        if "id" in attributes:
            assert attributes["id"] not in self.ids, "twice: " + attributes["id"]
            self.ids.add(attributes["id"])
        if attributes.get("href", "").startswith("#"):
            self.links.append(attributes["href"][1:])
        if tag == "th":
            assert attributes.get("scope") in ("row", "col"), "a heading of a table without scope"
        if tag == "svg":
            assert attributes.get("role") == "img" and attributes.get("aria-label"), "a picture without a name"
        if tag == "section":
            self.section = attributes["id"]
        if tag == "tr":
            self.rows[self.section] = self.rows.get(self.section, 0) + 1
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        pass

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        assert self.open and self.open[-1] == tag, "%s closes %s" % (tag, self.open[-1:])
        self.open.pop()


def check_structure(text, sections):
    text.encode("utf-8")
    page = Page(text)
    missing = [name for name in sections if name not in page.ids]
    assert not missing, "no section %s" % missing
    assert set(page.links) <= page.ids, "links to nowhere: %s" % (set(page.links) - page.ids)
    assert all(name in page.links for name in sections), "a section is not in the contents"
    assert "prefers-color-scheme:dark" in text and "width=device-width" in text
    return page


def render(browser, path, width, *more):
    """The page's elements as Chromium has them after layout, and what it wrote to its log."""
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run(
            [browser, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=" + profile,
             "--host-resolver-rules=MAP * ~NOTFOUND", "--window-size=%d,900" % width, "--enable-logging=stderr",
             *more, "file://" + path], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    faults = [line for line in done.stderr.splitlines() if ":CONSOLE" in line or "ERR_NAME_NOT_RESOLVED" in line]
    assert not faults, faults
    return done.stdout


def check_in_browser(browser, folder, path, sections):
    dom = render(browser, path, 1000, "--dump-dom")
    for name in sections:
        assert 'id="%s"' % name in dom, "not rendered: " + name
    for width, more in ((360, []), (1000, []), (1000, ["--blink-settings=preferredColorScheme=0"])):
        picture = os.path.join(folder, "page.png")
        render(browser, path, width, "--screenshot=" + picture, *more)
        assert os.path.getsize(picture) > 5000, "an empty picture"
        os.remove(picture)


def main():
    tmd, modelgen = map(os.path.abspath, sys.argv[1:3])
    browser = None
    if len(sys.argv) > 3:
        browser = shutil.which(sys.argv[3])
        if browser is None:
            print("%s is not installed" % sys.argv[3])
            return 77
    with tempfile.TemporaryDirectory() as folder:
        def run(*arguments):
            subprocess.run(list(arguments), check=True, stdout=subprocess.DEVNULL)

        run(modelgen, "--quick", "--out", folder)
        base, target = folder + "/base.tflite", folder + "/finetune.tflite"
        run(tmd, "diff", base, target, "-o", folder + "/update.tmd")
        run(tmd, "report", base, target, "--patch", folder + "/update.tmd", "-o", folder + "/step.html")
        os.mkdir(folder + "/bases")
        shutil.copy(base, folder + "/bases/gesture-1.0.0.tflite")
        shutil.copy(folder + "/head.tflite", folder + "/bases/gesture-1.1.0.tflite")
        run(tmd, "diff", "--bases", folder + "/bases", target, "-o", folder + "/patches")
        run(tmd, "report", "--bases", folder + "/patches", "-o", folder + "/fleet.html")
        # A model whose names are hostile to a page: any bytes.
        with open(folder + "/<b>&.bin", "wb") as file:
            file.write(os.urandom(3000))
        run(tmd, "report", "/dev/null", folder + "/<b>&.bin", "-o", folder + "/odd.html")

        with open(folder + "/step.html", encoding="utf-8") as file:
            text = file.read()
        page = check_structure(text, SECTIONS)
        size = os.path.getsize(folder + "/update.tmd")
        assert "{:,} bytes".format(size) in text, "the page does not say how large the patch is"
        assert "A model patch is enough" in text
        for name in SECTIONS[1:]:
            assert page.rows.get(name, 0) >= 2, "nothing in section " + name
        assert text.count("<rect") > 10, "no erases are drawn"
        for name, sections in (("fleet", ["matrix", "ways"]), ("odd", SECTIONS)):
            with open("%s/%s.html" % (folder, name), encoding="utf-8") as file:
                other = file.read()
            check_structure(other, sections)
            assert "<b>&" not in other
        if browser is not None:
            check_in_browser(browser, folder, folder + "/step.html", SECTIONS)
            check_in_browser(browser, folder, folder + "/fleet.html", ["matrix", "ways"])
    print("the pages are as they should be" + (" in " + browser if browser else ""))
    return 0


if __name__ == "__main__":
    sys.exit(main())
