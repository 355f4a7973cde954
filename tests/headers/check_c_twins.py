#!/usr/bin/env python3
"""Each public call of the classes that an application uses has its twin in a header of tmd/c and in the macro that
defines it, or a line with the reason in without_c_twin.txt; each status has its number.
usage: check_c_twins.py INCLUDE"""
import pathlib
import re
import sys

include = pathlib.Path(sys.argv[1])
here = pathlib.Path(__file__).parent
CLASSES = {"ModelStore": "tmd/model_store.hpp", "Updater": "tmd/updater.hpp"}


def without_comments(text):
    return re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.S)


def public_part(text, name):
    """What stands between `class NAME {`, at each `public:`, and the next access label at the class's own level."""
    body = text[re.search(rf"class {name} (?:: [^{{]*)?\{{", text).end():]
    depth, access, public, line = 1, "private", [], ""
    for char in body:
        if depth == 1 and char not in "{}":
            line += char
            label = re.search(r"(public|private|protected):$", line)
            if label:
                access, line = label[1], ""
            elif char == ";":
                public += [line] if access == "public" else []
                line = ""
        elif char == "{":
            if depth == 1:
                public += [line] if access == "public" else []
                line = ""
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0:
                return public
    raise SystemExit(f"FAILED: the end of class {name} is not found")


def calls(text, name):
    found = set()
    for declaration in public_part(text, name):
        match = re.search(r"([A-Za-z_]\w*)\s*\(", declaration)
        if match and match[1] not in (name, "operator", "static_assert"):
            found.add(match[1])
    return found


reasons = {}
for line in (here / "without_c_twin.txt").read_text().splitlines():
    if line and not line.startswith("#"):
        key, _, reason = line.partition(": ")
        reasons[key.strip()] = reason.strip()
header = without_comments((include / "tmd/c/tmd.h").read_text())
macro = (include / "tmd/c/define.hpp").read_text()
failures, looked_at, used = [], 0, set()


def check(key, twin, header=header, macro=macro):
    global looked_at
    looked_at += 1
    if key in reasons:
        used.add(key)
        if not reasons[key]:
            failures.append(f"{key} has no reason in without_c_twin.txt")
    elif not re.search(rf"\b{twin}\(", header) or not re.search(rf"\b{twin}\(", macro):
        failures.append(f"{key} has no C twin {twin}, in tmd/c and its macro")


for class_name, path in CLASSES.items():
    for call in sorted(calls(without_comments((include / path).read_text()), class_name)):
        check(f"{class_name}::{call}", f"tmd_{call}")
# Headers and macros of their own; of the history, what `log()` and `monitor()` give are values, read call by call. The
# updater in place has the calls of the Updater too: those are looked for where the Updater's are.
for class_name, path, pair, prefix in (("InPlaceUpdater", "tmd/in_place.hpp", "in_place", "tmd_"),
                                       ("Staging", "tmd/staging.hpp", "in_place", "tmd_staging_"),
                                       ("History", "tmd/history.hpp", "history", "tmd_history_"),
                                       ("AuditLog", "tmd/log.hpp", "history", "tmd_history_log_"),
                                       ("ModelMonitor", "tmd/monitor.hpp", "history", "tmd_history_monitor_"),
                                       ("TrialPolicy", "tmd/monitor.hpp", "history", "tmd_history_monitor_")):
    text = without_comments((include / path).read_text())
    text = re.sub(r"\bstruct (\w+) \{", r"class \1 {\n public:\n", text)
    its_header = without_comments((include / f"tmd/c/{pair}.h").read_text())
    its_macro = (include / f"tmd/c/define_{pair}.hpp").read_text()
    if class_name == "InPlaceUpdater":
        its_header, its_macro = its_header + header, its_macro + macro
    for call in sorted(calls(text, class_name)):
        check(f"{class_name}::{call}", f"{prefix}{call}", its_header, its_macro)
status = without_comments((include / "tmd/status.hpp").read_text())
for call in re.findall(r"^(?:constexpr|inline) [\w:* ]+?\*?\s?(\w+)\(Status \w+\)", status, re.M):
    check(call, {"to_string": "tmd_status_text", "is_open": "tmd_status_is_open"}.get(call, f"tmd_{call}"))
values = re.findall(r"^\s+(\w+)\s*=\s*(\d+),", status[:status.index("};")], re.M)
for name, number in values:
    if not re.search(rf"\bTMD_{name.upper()} = {number},", header):
        failures.append(f"Status::{name} = {number} has no TMD_{name.upper()} = {number}")
for key in sorted(set(reasons) - used):
    failures.append(f"without_c_twin.txt names {key}, which is not there")
for failure in failures:
    print("FAILED:", failure)
print(f"{looked_at} calls, {len(values)} statuses, {len(failures)} failed")
sys.exit(bool(failures) or looked_at < 30 or len(values) < 50)
