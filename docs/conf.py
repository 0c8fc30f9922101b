"""How Sphinx makes the site of these pages: `make docs`. Nothing in it is fetched from elsewhere when it is read."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from behaviorvlm import __version__

project = "behaviorvlm"
author = "behaviorvlm contributors"
copyright = "behaviorvlm contributors"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "site_pages"]
exclude_patterns = ["pictures/*.py", "_build"]
myst_heading_anchors = 4
default_role = "py:obj"

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_type_aliases = {f"{kind}Array": f"{kind}Array" for kind in ("Any", "Bool", "Byte", "Float", "Float32", "Int")}
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True

html_theme = "furo"
html_title = f"behaviorvlm {__version__}"
html_show_sphinx = False
html_copy_source = False
