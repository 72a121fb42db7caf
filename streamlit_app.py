"""The entry of the web page: `readonce ui` serves it."""

from app.screens.page import draw

draw()
