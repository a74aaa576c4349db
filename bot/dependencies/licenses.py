"""What license a package says it has, as an SPDX expression where that can be told for sure."""

from __future__ import annotations

import re
from email.message import Message
from typing import cast

# Those that our packages have; an id that is not here is passed on as a text, which is always allowed.
SPDX = frozenset(
    "0BSD AFL-2.1 Apache-2.0 BSD-2-Clause BSD-3-Clause BlueOak-1.0.0 CC-BY-4.0 CC0-1.0 CNRI-Python GPL-2.0-or-later "
    "GPL-3.0-or-later HPND ISC LGPL-2.1-or-later LGPL-3.0-only LGPL-3.0-or-later MIT MIT-0 MIT-CMU MPL-1.1 MPL-2.0 PSF-2.0 "
    "Python-2.0 Unlicense Zlib".split()
)
_TEXTS = {
    "apache 2.0": "Apache-2.0",
    "apache-2.0 license": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache license version 2.0": "Apache-2.0",
    "apache software license 2.0": "Apache-2.0",
    "apache 2": "Apache-2.0",
    "mit license": "MIT",
    "the mit license": "MIT",
    "mit": "MIT",
    "3-clause bsd license": "BSD-3-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "bsd 2-clause license": "BSD-2-Clause",
    "mpl 2.0": "MPL-2.0",
    "lgpl with exceptions": "LGPL with exceptions",
}
_CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "MIT License": "MIT",
    "ISC License (ISCL)": "ISC",
    "Mozilla Public License 1.1 (MPL 1.1)": "MPL-1.1",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.0-or-later",
    "Python Software Foundation License": "PSF-2.0",
    "Historical Permission Notice and Disclaimer (HPND)": "HPND",
}
# A license file that was pasted into the field is not a name.
_LONGEST = 80


def license_of(metadata: object) -> str | None:
    """The license in the metadata of a distribution: its expression, else its short field, else its classifiers."""
    fields = cast(Message, metadata)
    expression = (fields.get("License-Expression") or "").strip()
    if expression:
        return expression
    text = (fields.get("License") or "").strip()
    lines = [part.rpartition(" :: ")[2] for part in fields.get_all("Classifier") or [] if part.startswith("License :: ")]
    classified = [_CLASSIFIERS.get(line, line) for line in lines if line != "OSI Approved"]
    known = _TEXTS.get(text.lower(), text)
    if known in SPDX:
        return known
    if classified:
        return " OR ".join(classified) if all(one in SPDX for one in classified) else ", ".join(classified)
    short = text and len(text) <= _LONGEST and "\n" not in text and text != "UNKNOWN"
    return known if short else None


def cyclonedx(text: str | None) -> list[dict[str, object]]:
    """The license as CycloneDX writes it: an id, an expression of ids, or the text as a name; nothing where there is none."""
    if not text:
        return []
    if text in SPDX:
        return [{"license": {"id": text}}]
    words = re.findall(r"[\w.+-]+", text)
    joined = {"AND", "OR"}
    if words and joined.intersection(words) and all(word in SPDX | joined for word in words):
        return [{"expression": text}]
    return [{"license": {"name": text}}]
