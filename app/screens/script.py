"""What streamlit runs for each visitor, from top to bottom, at each click."""

from app.screens.page import draw

draw()
