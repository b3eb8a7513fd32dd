"""The revision of the tables this code expects; a test compares it with the newest migration."""

REVISION = "0011"
