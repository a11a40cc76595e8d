"""Its presence puts this folder on the import path, so that tests of every kind of source share `_run`."""
