"""The container engine behind one protocol; nothing outside this folder knows its wire format."""
