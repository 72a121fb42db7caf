"""Contrast, measured on every word of every page in both themes, and the order of the keyboard."""

from __future__ import annotations

from itertools import pairwise, takewhile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import QUESTION, ask, hand_in_valley, look_at, question_box, settled, walk

pytestmark = pytest.mark.browser

LEAST = 4.5
ROW = 24  # pixels within which things stand side by side

FAINT = """(least) => {
  const parse = (text) => {
    const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], [x, y, z]) =>
    [r * a + x * (1 - a), g * a + y * (1 - a), b * a + z * (1 - a)];
  const light = (colour) => {
    const [r, g, b] = colour.map((part) => part / 255)
      .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const chain = (element) => element ? [...chain(element.parentElement), element] : [];
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement;
    const text = walk.currentNode.textContent.trim();
    const box = element.getBoundingClientRect();
    if (!text || !box.width || !box.height) continue;
    if (element.closest("style, script, [disabled]")) continue;
    if (!element.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue;
    if (getComputedStyle(element).fontFamily.includes("Material")) continue;
    let back = [255, 255, 255], opacity = 1;
    for (const each of chain(element)) {
      const style = getComputedStyle(each);
      opacity *= parseFloat(style.opacity);
      const its = each.getBoundingClientRect();  // a slider's number stands outside its thumb
      if (its.width < 60 && (its.bottom < box.bottom - 1 || its.top > box.top + 1)) continue;
      back = over(parse(style.backgroundColor), back);
    }
    const ink = parse(getComputedStyle(element).color);
    if (!ink[3]) continue;
    const front = over([ink[0], ink[1], ink[2], ink[3] * opacity], back);
    const [one, two] = [light(front), light(back)].sort((a, b) => b - a);
    const contrast = (one + 0.05) / (two + 0.05);
    if (contrast < least) found.push(`${contrast.toFixed(2)} ${text.slice(0, 60)}`);
  }
  return found;
}"""
"""Every word whose contrast with what lies behind it is less than this."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_stands_out_from_what_lies_behind_it(
    page: Page, address: str, tmp_path: Path, pictures: Path, scheme: str
) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    hand_in_valley(page, address, tmp_path, f"A {scheme} Vale")
    ask(page, QUESTION)
    _legible(page, pictures / f"document-{scheme}.png")
    for view in ("Summary", "Key figures", "Conversations"):
        look_at(page, view)
        _legible(page, pictures / f"{view.split()[0].lower()}-{scheme}.png")
    for place in walk(page, address):
        _legible(page, pictures / f"{place}-{scheme}.png")


def _legible(page: Page, picture: Path) -> None:
    settled(page)
    page.screenshot(path=picture, full_page=True)
    assert page.evaluate(FAINT, LEAST) == [], picture.stem


def test_faint_words_are_found(page: Page) -> None:
    """What measures can fail."""
    page.set_content(
        '<body style="background:#fff"><p style="color:#777">just too faint</p>'
        '<p style="color:#767676">just enough</p><div style="opacity:.5"><p>half there</p></div>'
        '<p style="color:#fff;background:rgb(0 0 0 / 30%)">white on grey</p></body>'
    )
    assert [line.split(" ", 1)[1] for line in page.evaluate(FAINT, LEAST)] == [
        "just too faint", "half there", "white on grey",
    ]  # fmt: skip


PLACE = """() => {
  const element = document.activeElement;
  const box = element.getBoundingClientRect();
  const ring = (each) => {
    const style = getComputedStyle(each);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0
      || style.boxShadow !== "none" || style.borderColor;
  };
  const name = element.ariaLabel || element.innerText || element.placeholder || element.type;
  return {name: (name || "").trim(), main: !!element.closest('[data-testid="stMain"]'),
          beside: !!element.closest(".st-key-beside"), top: box.top + scrollY,
          shown: !!ring(element)};
}"""


def test_the_keyboard_goes_through_the_page_in_the_order_in_which_it_is_read(
    page: Page, address: str, tmp_path: Path
) -> None:
    hand_in_valley(page, address, tmp_path, "A Vale of Keys")
    ask(page, QUESTION)
    settled(page)
    page.locator("h1.title").click()
    stops = []
    for _ in range(24):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(PLACE))
    before = takewhile(lambda stop: not stop["beside"], stops)
    left = [stop for stop in before if stop["main"]]
    names = [stop["name"] for stop in left]
    tops = [stop["top"] for stop in left]
    assert all(after > above - ROW for above, after in pairwise(tops)), names
    assert all(stop["shown"] for stop in left), names
    order = [
        next(number for number, name in enumerate(names) if wanted in name)
        for wanted in ("New conversation", "1 · Page 2", "Your next question")
    ]
    assert order == sorted(order), names
    beside = [number for number, stop in enumerate(stops) if stop["beside"]]
    box = next(n for n, stop in enumerate(stops) if "Your next question" in stop["name"])
    assert beside
    assert min(beside) > box, "the page beside comes after what is asked"


def test_an_answer_is_chosen_with_keys_alone(page: Page, address: str, tmp_path: Path) -> None:
    hand_in_valley(page, address, tmp_path, "A Vale without a mouse")
    question_box(page).focus()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator(".quote")).to_have_count(1)
    settled(page)
    page.locator('[class*="st-key-place-0-1"] button').first.focus()
    page.keyboard.press("Enter")
    chosen = page.locator('[class*="st-key-place-0-1"] button[kind="primary"]')
    expect(chosen.first).to_be_visible()
