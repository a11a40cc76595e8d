"""A small company, generated from a seed in the real formats, with its known answer."""
