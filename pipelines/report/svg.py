"""Charts as inline SVG: one look for all, no script, no style attribute, nothing loaded.

Belongs here: the theme, and what turns a Vega-Lite chart into markup that may stand in the page. Not here: any chart.
"""

from __future__ import annotations

import re
from typing import Any, Final
from xml.etree import ElementTree

import altair as alt
import vl_convert
from markupsafe import Markup

# Okabe and Ito's colours: told apart with every common colour blindness.
BLUE: Final = "#0072B2"
ORANGE: Final = "#E69F00"
GREEN: Final = "#009E73"
VERMILION: Final = "#D55E00"
SKY: Final = "#56B4E9"
PURPLE: Final = "#CC79A7"
INK: Final = "#1c2127"
MUTED: Final = "#5c6670"
FAINT: Final = "#e3e7eb"

# Zero has no size: "0", not "0M".
MONEY_LABELS: Final = "datum.value == 0 ? '0' : format(datum.value, '~s')"

LARGEST_RATIO: Final = 1.3
FONT: Final = "Helvetica, Arial, sans-serif"
_NAMESPACE: Final = "{http://www.w3.org/2000/svg}"
# Roles and labels of single marks would read the chart out point by point; the title and description stand for it.
_DROPPED: Final = frozenset({"class", "style", "role", "version", "pointer-events", "aria-hidden", "aria-label",
                             "aria-roledescription", "width", "height"})  # fmt: skip


def inline(chart: alt.TopLevelMixin, *, key: str, title: str, description: str) -> Markup:
    """A chart as `<svg>` to stand in HTML.

    Args:
        chart: an altair chart; text in its data is drawn as text, whatever it holds.
        key: prefix that keeps its ids apart from those of other charts.
        title: name of the chart for those who cannot see it.
        description: what it shows, in words.
    """
    drawn = ElementTree.fromstring(vl_convert.vegalite_to_svg(_styled(chart).to_dict(), show_warnings=False))
    width = float(drawn.get("width", "0"))
    _clean(drawn, key)
    # As wide as there is room for, but never so wide that its letters outgrow the page's.
    drawn.attrib |= {
        "width": f"{width * LARGEST_RATIO:.0f}",
        "role": "img",
        "aria-labelledby": f"{key}-title {key}-description",
        "focusable": "false",
    }
    for position, (name, words) in enumerate((("title", title), ("desc", description))):
        element = ElementTree.Element(name, {"id": f"{key}-{'title' if name == 'title' else 'description'}"})
        element.text = words
        drawn.insert(position, element)
    return Markup(ElementTree.tostring(drawn, encoding="unicode"))


def _clean(parent: ElementTree.Element, key: str) -> None:
    parent.tag = parent.tag.removeprefix(_NAMESPACE)
    for name, value in list(parent.attrib.items()):
        if name in _DROPPED:
            del parent.attrib[name]
        elif name == "id":
            parent.set(name, f"{key}-{value}")
        else:
            parent.set(name, re.sub(r"url\(#([^)]*)\)", rf"url(#{key}-\1)", value))
    for child in list(parent):
        if child.get("display") == "none":
            parent.remove(child)
        else:
            _clean(child, key)


def _styled(chart: alt.TopLevelMixin) -> Any:
    axis = {"labelColor": MUTED, "titleColor": MUTED, "titleFontWeight": "normal", "gridColor": FAINT,
            "domainColor": "#aab2ba", "tickColor": "#aab2ba", "labelFontSize": 11, "titleFontSize": 11,
            "labelLimit": 190, "titlePadding": 8}  # fmt: skip
    return chart.configure(
        font=FONT,
        background="transparent",
        padding=4,
        aria=False,
        axis=axis,
        view={"stroke": None},
        legend={"labelColor": INK, "labelFontSize": 11, "title": None, "orient": "top", "symbolType": "square",
                "symbolSize": 110, "labelLimit": 220, "columnPadding": 14, "offset": 6},
        header={"labelColor": INK, "labelFontSize": 12, "labelFontWeight": "bold", "title": None, "labelLimit": 260},
        text={"fontSize": 11, "color": INK},
    )  # fmt: skip
