"""The page loads nothing, runs nothing, and shows names from the data as text (X10)."""

from __future__ import annotations

import base64
import hashlib
import re

from _published import EVIL, SOURCE, Page

LOADING = {
    "script",
    "link",
    "img",
    "iframe",
    "object",
    "embed",
    "image",
    "use",
    "form",
    "base",
    "audio",
    "video",
    "style",
}


def test_page_has_no_element_that_loads_or_runs_something(page: Page) -> None:
    assert {tag for tag, _ in page.tags} & LOADING == {"style"}


def test_every_reference_stays_within_the_page(page: Page) -> None:
    names = {"src", "href", "xlink:href", "srcset", "action", "data", "poster", "background", "formaction"}
    found = [value for _, attributes in page.tags for name, value in attributes.items() if name in names]
    assert found
    assert all(value is not None and value.startswith("#") for value in found)


def test_no_attribute_is_a_handler_a_style_or_an_address(page: Page) -> None:
    for tag, attributes in page.tags:
        for name, value in attributes.items():
            assert not name.startswith("on"), tag
            assert name not in ("style", "srcdoc"), tag
            assert "://" not in (value or ""), (tag, name)


def test_styles_and_drawings_fetch_nothing(html: str) -> None:
    assert "@import" not in html
    assert {url for url in re.findall(r"url\(([^)]*)\)", html) if not url.startswith("#")} == set()


def test_policy_allows_only_the_style_that_stands_there(html: str, page: Page) -> None:
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    (policy,) = [
        values["content"] for tag, values in page.tags if values.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_markup_in_a_workload_is_shown_as_text_in_tables(page: Page) -> None:
    """X10."""
    assert EVIL in page.headings["strategies"]
    assert EVIL in page.row("realised", EVIL, "owned").texts


def test_markup_in_a_workload_is_shown_as_text_inside_drawings(page: Page) -> None:
    """X10: as a label on an axis, a name from the data is the text of an SVG element and nothing else."""
    assert EVIL in page.drawn


def test_sources_with_an_address_are_text_not_links(page: Page) -> None:
    assert page.row("assumptions", "energy rate").texts[7] == SOURCE


def test_ids_are_unique_so_that_no_drawing_is_clipped_by_another(page: Page) -> None:
    ids = [values["id"] for _, values in page.tags if "id" in values]
    assert len(ids) == len(set(ids))


def test_every_drawing_names_and_describes_itself(page: Page) -> None:
    ids = {values["id"] for tag, values in page.tags if tag in ("title", "desc") and "id" in values}
    drawings = [values["aria-labelledby"] or "" for tag, values in page.tags if tag == "svg"]
    assert len(drawings) >= 8
    assert {name for drawing in drawings for name in drawing.split()} == ids
