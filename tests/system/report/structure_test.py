#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The pages of tmd report as they lie in the file: well-formed, self-contained, every section there and filled.
With BROWSER the same pages in headless Chromium: at 360 pixels and wide, dark and light, by keyboard, without an error
and without a request. Exit status 77 (skipped) where there is no Chromium: `tools/setup.sh test-all` installs it.
usage: structure_test.py TMD MODELGEN [BROWSER]"""
import html.parser
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

from browser import Browser

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


def contrast(one, other):
    """Of two colours as CSS computes them; 4.5 is what text needs to be read (WCAG)."""
    def luminance(colour):
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        parts = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def check_look(page, sections, width, scheme):
    """Every section has a place, nothing is wider than the window, and text stands out from what is behind it."""
    at = "%d pixels, %s" % (width, scheme)
    assert page.value("innerWidth") == width, page.value("innerWidth")
    wide = page.value("document.documentElement.scrollWidth")
    assert wide <= width, "%s: the page is %d wide" % (at, wide)
    for name in sections:
        box = page.value("(({width, height}) => [width, height])(document.getElementById('%s').getBoundingClientRect())"
                         % name)
        assert box[0] > width / 2 and box[1] > 30, "%s: no room for section %s: %s" % (at, name, box)
    paper = page.value("getComputedStyle(document.body).backgroundColor")
    for kind in ("body", "a", "caption", "td", ".good", ".soft", "svg text"):
        colour = page.value("(e => e && getComputedStyle(e)[e.closest('svg') ? 'fill' : 'color'])"
                            "(document.querySelector('%s'))" % kind)
        assert colour is None or contrast(colour, paper) >= 4.5, "%s: %s is %s on %s" % (at, kind, colour, paper)
    small = page.value("Math.min(...[...document.querySelectorAll('main *')].filter(e => e.textContent.trim() && "
                       "!e.closest('svg')).map(e => parseFloat(getComputedStyle(e).fontSize)))")
    assert small >= 12, "%s: text of %s pixels" % (at, small)
    assert len(page.screenshot()) > 5000, "an empty picture"
    assert page.faults() == [], page.faults()
    return paper


def check_keyboard(page, path, sections):
    """Everything that can be used is reached by Tab, seen when it is, and used by Enter."""
    wanted = page.value("document.querySelectorAll('a[href],[tabindex=\"0\"]').length")
    reached = []
    for _ in range(wanted):
        page.key("Tab", 9)
        reached.append(page.value("(e => [e.tagName, e.getAttribute('href') || e.getAttribute('aria-label') || '', "
                                  "getComputedStyle(e).outlineStyle, e.getBoundingClientRect().right])"
                                  "(document.activeElement)"))
    assert len({(tag, name) for tag, name, _, _ in reached}) == wanted, reached
    for tag, name, outline, right in reached:
        assert outline == "solid" and right > 0, "not to be seen when it has the focus: %s %s" % (tag, name)
    assert reached[0][1] == "#content", "the first is the way past the contents"
    assert [name[1:] for tag, name, _, _ in reached[1:] if tag == "A"] == sections, reached
    # Anew, from the top to the last of the contents, and to what it names.
    page.open(path, 360, "light")
    for _ in range(1 + len(sections)):
        page.key("Tab", 9)
    page.key("Enter", 13)
    assert page.value("location.hash") == "#" + sections[-1], page.value("location.hash")
    top = page.value("document.getElementById('%s').getBoundingClientRect().top" % sections[-1])
    assert top < 800, "Enter leads nowhere: %s" % top
    # A table that is wider than the window is moved by the arrow keys.
    if page.value("[...document.querySelectorAll('.scroll')].some(e => e.scrollWidth > e.clientWidth)"):
        page.value("[...document.querySelectorAll('.scroll')].find(e => e.scrollWidth > e.clientWidth).focus() || 1")
        page.key("ArrowRight", 39)
        for _ in range(50):
            if page.value("document.activeElement.scrollLeft") > 0:
                break
            time.sleep(0.05)
        assert page.value("document.activeElement.scrollLeft") > 0, "a wide table does not move"


def check_in_browser(program, path, sections):
    page = Browser(program)
    try:
        papers = set()
        for width in (360, 1000):
            for scheme in ("light", "dark"):
                page.open(path, width, scheme)
                papers.add(check_look(page, sections, width, scheme))
        assert len(papers) == 2, "dark looks like light"
        page.open(path, 360, "light")
        check_keyboard(page, path, sections)
        assert page.faults() == [], page.faults()
    finally:
        page.close()


def rows_of(text, section):
    """The cells of each row, by the row's heading, of one section of a page."""
    part = text[text.index('<section id="%s"' % section):]
    part = part[:part.index("</section>")]
    return {cells[0]: cells[1:] for cells in (re.findall(r"<t[hd][^>]*>([^<]*)", row)
                                              for row in re.findall(r"<tr>.*?</tr>", part))}


def check_one_slot(tmd, folder):
    """The page about a patch that is applied in place, beside what tmd simulate says of the same."""
    base, target, patch = (folder + name for name in ("/base.tflite", "/finetune.tflite", "/in_place.tmd"))
    subprocess.run([tmd, "diff", "--quick", base, target, "--in-place", "-o", patch], check=True,
                   stdout=subprocess.DEVNULL)
    page = folder + "/one_slot.html"
    subprocess.run([tmd, "report", base, target, "--patch", patch, "-o", page], check=True,
                   stdout=subprocess.DEVNULL)
    simulated = json.loads(subprocess.check_output(
        [tmd, "simulate", base, patch, "--flash", folder + "/flash.bin", "--mtu", "200", "--json"]))
    with open(page, encoding="utf-8") as file:
        text = file.read()
    check_structure(text, SECTIONS)
    assert "no model to run" in text, "what passes without a model is not shaded"
    flash, erases, part = rows_of(text, "flash"), rows_of(text, "erases"), simulated["part"]
    assert list(flash) == ["Region", "Slot", "Ring", "Journal", "Staging area"], list(flash)
    sizes = [int(flash[name][1].replace(",", "")) for name in list(flash)[1:]]
    assert sizes == [part["slot_bytes"], part["spare_blocks"] * part["erase_size"], part["journal_bytes"],
                     part["staging_bytes"]], (sizes, part)
    everywhere = [sum(int(erases[name][column].replace(",", "")) for name in list(flash)[1:]) for column in (0, 1)]
    assert everywhere == [simulated["erases"], simulated["erases_without_model"]], (everywhere, simulated)


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
        run(tmd, "diff", "--quick", base, target, "-o", folder + "/update.tmd")
        run(tmd, "report", base, target, "--patch", folder + "/update.tmd", "-o", folder + "/step.html")
        os.mkdir(folder + "/bases")
        shutil.copy(base, folder + "/bases/gesture-1.0.0.tflite")
        shutil.copy(folder + "/head.tflite", folder + "/bases/gesture-1.1.0.tflite")
        run(tmd, "diff", "--quick", "--bases", folder + "/bases", target, "-o", folder + "/patches")
        run(tmd, "report", "--bases", folder + "/patches", "-o", folder + "/fleet.html")
        # A model whose names are hostile to a page: any bytes.
        with open(folder + "/<b>&.bin", "wb") as file:
            file.write(os.urandom(3000))
        run(tmd, "report", "/dev/null", folder + "/<b>&.bin", "-o", folder + "/odd.html")

        check_one_slot(tmd, folder)
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
            check_in_browser(browser, folder + "/step.html", SECTIONS)
            check_in_browser(browser, folder + "/fleet.html", ["matrix", "ways"])
    print("the pages are as they should be" + (" in " + browser if browser else ""))
    return 0


if __name__ == "__main__":
    sys.exit(main())
