"""Licences in the words that tell them, and skills that have them."""

from pathlib import Path

from shellwright.skills.document import Document
from shellwright.skills.found import FoundSkill, SourceFile
from shellwright.skills.spdx import PROPRIETARY

GRANT = (
    "Permission is hereby granted, free of charge, to any person obtaining a copy of this software "
    'and associated documentation files (the "Software"), to deal in the Software\nwithout '
    "restriction, including without limitation the rights to use, copy, modify, merge, publish, "
    "distribute, sublicense, and/or sell copies of the Software. "
)
NOTICE = (
    "The above copyright notice and this permission notice shall be included in all copies or "
    "substantial portions of the Software. "
)
AS_IS = 'The software is provided "as is", without warranty of any kind. '
DISCLAIMS = 'The software is provided "as is" and the author disclaims all warranties. '
FEE = (
    "Permission to use, copy, modify, and/or distribute this software for any purpose with or "
    "without fee is hereby granted"
)
FORMS = (
    "Redistributions of source code must retain the above copyright notice. "
    "Redistributions in binary form must reproduce the above copyright notice. "
)
ENDORSE = (
    "Neither the name of A Company, Inc. nor the names of its contributors may be used to endorse "
    "or promote products derived from this software. "
)
PROVIDED = "This software is provided by the copyright holders and contributors as is. "
BOUND = (
    "4.0 International\n\nCreative Commons Corporation is not a law firm. You accept and agree to "
    "be bound by the terms and conditions of this Creative Commons "
)
TEXTS = {
    "MIT": "MIT License\n\nCopyright (c) 2026 A\n\n" + GRANT + NOTICE + AS_IS,
    "MIT-0": "MIT No Attribution\n\n" + GRANT + AS_IS,
    "ISC": FEE + ", provided that the above copyright notice and this permission notice appear in "
    "all copies. " + DISCLAIMS,
    "0BSD": FEE + ". " + DISCLAIMS,
    "BSD-2-Clause": "Copyright A. All rights reserved.\n" + FORMS + PROVIDED,
    "BSD-3-Clause": "Copyright A. All rights reserved.\n" + FORMS + ENDORSE + PROVIDED,
    "Apache-2.0": "Licensed under the Apache License, Version 2.0 (the 'License'); you may not use "
    "this file except in compliance with the License.",
    "MPL-2.0": "This Source Code Form is subject to the terms of the Mozilla Public "
    "License, v. 2.0.",
    "CC-BY-4.0": "Attribution " + BOUND + "Attribution 4.0 International Public License.",
    "CC-BY-SA-4.0": "This work is licensed under a Creative Commons Attribution-ShareAlike 4.0 "
    "International License.",
    "CC-BY-NC-SA-4.0": "Attribution "
    + BOUND
    + "Attribution-NonCommercial-ShareAlike 4.0 International Public "
    "License.",
    "CC-BY-NC-ND-4.0": "Attribution "
    + BOUND
    + "Attribution-NonCommercial-NoDerivatives 4.0 International Public "
    "License.",
    PROPRIETARY: "Copyright 2026 A. All rights reserved. No part of this may be copied.",
}


APACHE = (Path(__file__).parents[2] / "LICENSE").read_text()


def found(*licenses: tuple[str, str], path: str = "me/count") -> FoundSkill:
    files = tuple(SourceFile(name, text.encode()) for name, text in licenses)
    return FoundSkill(path, (SourceFile(f"{path}/SKILL.md", b""),), files, "0")


def document(hint: str = "") -> Document:
    return Document("count", "Count", "Counts.", "", license_hint=hint)
