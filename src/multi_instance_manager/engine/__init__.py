"""The container engine behind one protocol. Nothing outside knows its wire format."""
