"""The web chat: the widget, who its visitors are, and what it shows of a handoff."""
