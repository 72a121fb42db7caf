"""What `readonce ui` serves: the web page, behind the gate that asks for a password if need be."""

import streamlit as st

from app.screens.desk import opened
from app.screens.gate import gates
from app.screens.serve import SCRIPT

app = st.App(SCRIPT, middleware=gates(), lifespan=opened)
