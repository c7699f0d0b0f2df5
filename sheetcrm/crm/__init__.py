"""What a client list is and what follows from it. Pure: tables in, tables out; no file, no network, no clock."""
