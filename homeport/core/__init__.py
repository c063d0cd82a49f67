"""Plain types and pure rules: no I/O, no clock but the one that is passed in."""
