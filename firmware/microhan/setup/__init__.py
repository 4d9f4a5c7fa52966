"""Set-up: the cable (Improv), the access point with its portal, the claim, the button."""
