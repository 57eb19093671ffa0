"""As the staff's pages write them everywhere, the time zone named: 2026-11-26 14:05 UTC."""

DATETIME_FORMAT = "Y-m-d H:i e"
DATE_FORMAT = "Y-m-d"
