"""Settings of Sphinx for `build.py`."""

project = "thumborlike"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "thumborlike"
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
html_show_sourcelink = False
myst_heading_anchors = 3
