"""The launcher behind `manage.py up`: every process of the portal, on a developer's machine."""
