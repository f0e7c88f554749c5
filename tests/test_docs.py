"""The reference page is what the catalog says, and every code of the catalog is one that the code can give."""

import re
import runpy
from pathlib import Path

from tiktok_destination.catalog.codes import codes
from tiktok_destination.catalog.fields import fields
from tiktok_destination.mapping.presets import preset, preset_names

ROOT = Path(__file__).parent.parent


def test_the_reference_page_is_fresh():
    page = runpy.run_path(str(ROOT / "docs" / "generate.py"))["page"]()
    written = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    assert written == page, "docs/reference.md is stale: run `make docs` and commit it"


def test_every_code_of_the_mapping_is_given_somewhere_and_every_given_code_has_a_row():
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for room in ("mapping", "api")
        for path in (ROOT / "tiktok_destination" / room).rglob("*.py")
    )
    quoted = set(re.findall(r'"([a-z][a-z0-9]*(?:_[a-z0-9]+)+|expired)"', source))
    of_presets = {
        kept["code"] for name in preset_names() for kept in preset(name).get("kept_off", {}).values()
    }
    of_fields = {field.required for field in fields().values()}
    assert set(codes()) <= quoted | of_presets | of_fields


def test_every_page_that_the_readme_and_docs_link_to_exists():
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} links to {target}"
