"""The web page, drawn with streamlit."""
