"""What leaves tenure in a standard's shape, for tools that read the standard.

Belongs here: the standard's columns, and what each is made of. Not here: pages for people (`report`).
"""
