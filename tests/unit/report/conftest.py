"""Homes and pages that several tests read."""

from __future__ import annotations

from pathlib import Path

import pytest
from _published import PROJECTIONS, Page, publish_home

from pipelines.report.page import write_page
from pipelines.settings import Settings


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with a scenario."""
    return publish_home(tmp_path_factory.mktemp("home"), PROJECTIONS)


@pytest.fixture(scope="session")
def html(home: Settings, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Its page."""
    return write_page(home, tmp_path_factory.mktemp("page") / "decision.html").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def page(html: str) -> Page:
    """Its page, parsed."""
    return Page(html)


@pytest.fixture(scope="session")
def bare_page(tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The page of a home that never projected."""
    folder: Path = tmp_path_factory.mktemp("bare")
    settings = publish_home(folder / "home")
    return Page(write_page(settings, folder / "decision.html").read_text(encoding="utf-8"))
