"""The verbs of `manage.py custody`, a file each."""
