"""The verbs of the command line: one module a group, found by folder.

Belongs here: arguments, a call into the packages, and a way to show what came back. Not here: what a verb does.
"""
