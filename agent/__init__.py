"""The virtual agent: answers calls and messages on Twilio, and hands over to a human."""
