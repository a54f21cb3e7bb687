"""The HTTP side: health now; auth, events, api and pages have their place here."""
