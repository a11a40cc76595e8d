"""Parts of the page: one module a section, each with `section(facts)`. `page.py` says in which order."""
