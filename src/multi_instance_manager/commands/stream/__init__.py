"""Commands that follow instances until they end or the person stops them."""
