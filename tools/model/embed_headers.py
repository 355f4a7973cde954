#!/usr/bin/env python3
"""Writes C++ with the text of one of the project's headers and of all of its own that it includes.

usage: embed_headers.py INCLUDE HEADER OUTPUT DEPFILE
"""

import pathlib
import re
import sys

OURS = re.compile(r'^\s*#\s*include\s*"(tmd/[^"]+)"', re.MULTILINE)
DELIMITER = 'embedded'


def closure(include, header):
    """The header and what it includes, each once, as names and text."""
    texts, waiting = {}, [header]
    while waiting:
        name = waiting.pop()
        if name not in texts:
            texts[name] = (include / name).read_text(encoding='utf-8')
            waiting += OURS.findall(texts[name])
    return dict(sorted(texts.items()))


def main():
    include, header, output, depfile = pathlib.Path(sys.argv[1]), *sys.argv[2:]
    texts = closure(include, header)
    with open(output, 'w', encoding='utf-8') as out:
        out.write('#include "model/embedded_headers.hpp"\n\nnamespace tmd::host::model {\n\n')
        out.write('const EmbeddedHeader kEmbeddedHeaders[] = {\n')
        for name, text in texts.items():
            out.write(f'    {{"{name}", R"{DELIMITER}({text}){DELIMITER}"}},\n')
        out.write('};\n')
        out.write('const std::size_t kEmbeddedHeaderCount = sizeof kEmbeddedHeaders / sizeof kEmbeddedHeaders[0];\n')
        out.write('\n}  // namespace tmd::host::model\n')
    with open(depfile, 'w', encoding='utf-8') as out:
        out.write(f'{output}: ' + ' '.join(str(include / name) for name in texts) + '\n')


if __name__ == '__main__':
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main()
